// From a divergence to the bytes that differ: two peers whose states differ at a tick show each other the
// hashes of the states' pages, and then the pages whose hashes differ.
//
// Each asks on its own, and a state is asked for by its fingerprint, so that nobody is shown another one than
// was compared. The hashes are believed if they make up the state's, a page if it has its hash; what was not
// asked for, or is wrong, changes nothing, and an answer that does not come is not waited for long. XXH3
// guards against mistakes, not against forgers: a peer that lies about its state is believed, as it is when
// it says a wrong fingerprint in the first place.
//
// What this costs a peer is bounded: it inquires once, about the first divergence it finds, and answers each
// neighbour a few times. Of states above 64 MiB the first 64 are compared, and of what differs the first MiB
// is fetched.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/base/time.hpp"
#include "tutti/memory/image.hpp"
#include "tutti/symmetric/comparison.hpp"
#include "tutti/symmetric/fingerprint.hpp"

namespace tutti::symmetric {

/// Asks for the hashes of the pages of the state with this fingerprint.
struct PageHashQuery {
  Fingerprint state;
};
/// Of a state that can be shown; for others there is no answer.
struct PageHashAnswer {
  std::uint64_t bytes = 0;            ///< of the state
  std::vector<std::uint64_t> hashes;  ///< of its first page_hashes_max pages
};
/// Asks for some of its pages; at most pages_per_query_max.
struct PageQuery {
  Fingerprint state;
  std::vector<std::uint32_t> pages;
};
/// All of them, in the order of the query.
struct PageAnswer {
  std::vector<Bytes> pages;
};
using PageMessage = std::variant<PageHashQuery, PageHashAnswer, PageQuery, PageAnswer>;

/// 64 MiB of state; about 144 KiB as a message.
inline constexpr std::size_t page_hashes_max = 16'384;
/// 32 KiB as a message.
inline constexpr std::size_t pages_per_query_max = 8;
/// That are fetched: 1 MiB, so that of any state up to that size everything is known.
inline constexpr std::size_t pages_fetched_max = 256;
/// An answer takes as long as the neighbour's replica needs to run up to a tick again.
inline constexpr Duration page_patience = std::chrono::seconds(5);
/// For each neighbour; it needs one, and starts again now and then while its fault is looked for.
inline constexpr std::uint32_t inquiries_answered_max = 4;
/// So many neighbours are answered at all.
inline constexpr std::size_t inquirers_max = 256;

/// What is known of two states that differ, this peer's own and another's.
struct StateDifference {
  PeerId peer;
  memory::Image ours;
  std::uint64_t their_bytes = 0;            ///< of the whole state
  std::size_t pages_compared = 0;           ///< from the first on, of the longer state
  std::vector<std::uint32_t> pages{};       ///< of them, those that differ or that only one state has
  std::map<std::uint32_t, Bytes> theirs{};  ///< of those, what the other has shown

  /// Those that differ and that the other has not shown.
  [[nodiscard]] std::size_t pages_missing() const;
  /// Whether their_state() is all the other's.
  [[nodiscard]] bool whole() const;
  /// The other's state as far as it was compared; what is not known of it is as in this peer's, or zero.
  [[nodiscard]] Bytes their_state() const;
};

/// One peer's side: it inquires of one neighbour, and answers all.
class PageExchange {
 public:
  /// This peer's own state with just this fingerprint; nothing if it cannot be shown.
  using Own = std::function<std::optional<memory::Image>(const Fingerprint&)>;

  explicit PageExchange(Own own) : own_(std::move(own)) {}

  /// Begins the one inquiry; nothing if it has begun already, or this peer's state cannot be shown.
  std::optional<PageMessage> inquire(const Divergence& divergence);
  /// What is to be said to the neighbour.
  std::optional<PageMessage> received(PeerId from, const PageMessage& message);
  /// Tells the time, now and then: an inquiry without news for page_patience is over.
  void wait(TimePoint now);

  /// What the inquiry has brought so far; nothing before the hashes have come.
  [[nodiscard]] const std::optional<StateDifference>& difference() const { return difference_; }
  /// Whether the inquiry has begun and nothing more will come.
  [[nodiscard]] bool over() const { return over_; }

 private:
  struct Inquiry {
    PeerId peer;
    Fingerprint theirs;
    memory::Image ours;
    std::vector<std::uint64_t> hashes{};  // theirs
    std::vector<std::uint32_t> asked{};   // the pages that are waited for; none: the hashes are
    std::optional<TimePoint> ends{};      // unless there is news
  };
  struct Inquirer {
    std::uint32_t hash_queries = 0;
    std::uint32_t page_queries = 0;
  };
  struct Shown {
    Fingerprint fingerprint;
    memory::Image image;
  };

  std::optional<PageMessage> take(PeerId from, const PageHashQuery& query);
  std::optional<PageMessage> take(PeerId from, const PageHashAnswer& answer);
  std::optional<PageMessage> take(PeerId from, const PageQuery& query);
  std::optional<PageMessage> take(PeerId from, const PageAnswer& answer);
  std::optional<PageMessage> next_query();
  const memory::Image* shown(const Fingerprint& fingerprint);
  void end();

  Own own_;
  std::optional<Inquiry> inquiry_;  // while it is under way
  std::optional<StateDifference> difference_;
  bool over_ = false;
  std::map<PeerId, Inquirer> inquirers_;
  std::optional<Shown> shown_;  // the last state that was asked for
};

}  // namespace tutti::symmetric
