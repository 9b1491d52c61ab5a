// Fetching a foundation in parts, from every neighbour that offers the same one.
//
// First the list of the hashes of the parts, which the offer's hash vouches for, then the parts, each vouched
// for by the list: so a wrong one is the fault of whoever sent it, and of nobody else. Each neighbour is
// asked for a few parts at a time. What does not come is asked of another one after a while, what was asked
// of a neighbour that is gone at once. While a peer fetches, nothing is final for it, and so for nobody: who
// offers a foundation and does not deliver it is found out after a time that its size allows for.
//
// So nobody can give anything but what was offered. Whether the state offered is true nothing here tells: all
// who offer it vouch for it.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "tutti/base/time.hpp"
#include "tutti/symmetric/foundation.hpp"

namespace tutti::symmetric {

/// A pure core: told who offers and what arrives, says whom to ask for what.
class Download {
 public:
  static constexpr std::size_t asked_at_once_max = 4;  ///< parts of one neighbour
  static constexpr Duration patience = std::chrono::seconds(5);
  /// A neighbour that has let this many of its parts time out is not asked again.
  static constexpr std::uint32_t timeouts_max = 6;
  /// A download that takes longer is given up: so much for any, and a second more for each so many bytes.
  static constexpr Duration span_min = std::chrono::minutes(1);
  static constexpr std::uint64_t bytes_per_second_min = 64 * 1024;

  Download(const FoundationOffer& offer, TimePoint now);

  [[nodiscard]] const FoundationOffer& offer() const { return offer_; }
  void add_source(PeerId source) { sources_.try_emplace(source); }
  void remove_source(PeerId source);

  struct Ask {
    PeerId source;
    std::uint32_t part;
  };
  /// What to ask for now.
  std::vector<Ask> asks(TimePoint now);
  /// A part has arrived. The error is the sender's fault, which is no source any more: it lies, or was
  /// not asked.
  std::expected<void, std::string> arrived(PeerId from, std::uint32_t part, Bytes bytes);

  [[nodiscard]] bool complete() const { return hashes_known_ && missing_ == 0; }
  /// Nobody is left to ask.
  [[nodiscard]] bool failed() const { return sources_.empty(); }
  /// Those that offered it and did not deliver in time.
  [[nodiscard]] const std::vector<PeerId>& defaulters() const { return defaulters_; }
  /// The encoded foundation, when it is complete.
  [[nodiscard]] Bytes bytes() const;

 private:
  struct Source {
    std::map<std::uint32_t, TimePoint> asked;  // and when to ask somebody else
    std::map<std::uint32_t, int> expected;     // answers that may still come, those given up too
    std::uint32_t timeouts = 0;
  };

  [[nodiscard]] std::size_t part_bytes(std::uint32_t part) const;
  [[nodiscard]] bool lacks(std::uint32_t part) const;
  [[nodiscard]] bool is_asked(std::uint32_t part) const;
  /// False if the source has nothing more to give.
  std::expected<bool, std::string> take(Source& source, std::uint32_t part, Bytes bytes);
  std::expected<bool, std::string> take_hashes(ByteView bytes);

  FoundationOffer offer_;
  TimePoint end_;
  std::map<PeerId, Source> sources_;
  std::vector<PeerId> defaulters_;
  std::vector<std::uint64_t> hashes_;
  bool hashes_known_ = false;
  std::vector<Bytes> parts_;  // empty while they are missing
  std::size_t missing_ = 0;
};

}  // namespace tutti::symmetric
