// What a peer has heard, by origin: which broadcasts, with gaps, and the payloads of those that are kept for
// peers who come later.
#pragma once

#include <cstddef>
#include <map>
#include <ranges>
#include <utility>
#include <vector>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/overlay/sequence_set.hpp"

namespace tutti {

class BroadcastLog {
 public:
  struct Kept {
    Bytes payload;
    Bytes seal;  ///< see seal.hpp

    /// Roughly, of memory and of traffic.
    [[nodiscard]] std::size_t bytes() const { return payload.size() + seal.size() + overhead_bytes; }
  };
  struct Stretch {
    Origin origin;
    SequenceInterval interval;
  };

  [[nodiscard]] bool heard(const Origin& origin, Sequence sequence) const;
  /// Whether anything of it is heard.
  [[nodiscard]] bool knows(const Origin& origin) const { return histories_.contains(origin); }
  [[nodiscard]] std::size_t origins() const { return histories_.size(); }
  /// Of each origin, what is heard of it. Valid until the next change.
  [[nodiscard]] auto all_heard() const {
    return histories_ | std::views::transform([](const auto& entry) {
             return std::pair<const Origin&, const SequenceSet&>(entry.first, entry.second.heard);
           });
  }
  /// What is kept and not in `theirs`, by origin.
  [[nodiscard]] std::vector<Stretch> missing(const std::map<Origin, SequenceSet>& theirs) const;

  /// Null if it is not kept. Valid until the next change.
  [[nodiscard]] const Kept* find(const Origin& origin, Sequence sequence) const;
  /// Of all that is kept.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// It is heard, of an origin that is known, and not kept.
  void hear(const Origin& origin, Sequence sequence);
  void keep(const Origin& origin, Sequence sequence, Kept broadcast);
  /// Of what is kept without one.
  void seal(const Origin& origin, Sequence sequence, Bytes seal);

  /// It is not kept any more, and stays heard.
  void forget(const Origin& origin, Sequence sequence);
  void forget(const Origin& origin);
  /// What is kept or in `known` is heard, and nothing else; of at most so many origins.
  void begin_anew(const std::map<Origin, SequenceSet>& known, std::size_t origins_max);

 private:
  static constexpr std::size_t overhead_bytes = 64;

  struct History {
    SequenceSet heard;
    std::map<Sequence, Kept> kept;
  };

  std::map<Origin, History> histories_;
  std::size_t bytes_ = 0;
};

}  // namespace tutti
