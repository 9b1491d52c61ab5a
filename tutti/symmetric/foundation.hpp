// Foundations: what a peer's past rests on once it is folded, and what happens when two of them meet.
//
// A foundation is an image of the state at a tick, with the history of the events up to it and their names.
// Neighbours offer each other theirs. Whose own foundation is not the later one can judge: it knows its own
// history at the tick of the other's. If the two are equal, both have one past, of which one side may keep
// more. If not, each has taken in something that the other never can: they were apart for too long. Then the
// side with fewer events up to that tick gives way: it adopts the other's foundation, and its users' events
// that are missing in it happen again, now. Who judges and is the one to stay says so, by an offer that
// names the foundation it is meant to replace.
//
// A newcomer is the case of a side that has nothing to lose, and adopts a foundation to save itself the way.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "tutti/overlay/sequence_set.hpp"
#include "tutti/symmetric/event.hpp"
#include "tutti/wire/message.hpp"

namespace tutti::symmetric {

/// Some events, named by their number and the sum of their hashes.
struct Account {
  std::uint64_t history = 0;
  std::uint64_t events = 0;

  constexpr bool operator==(const Account&) const = default;
};

/// Which events of one origin are part of a foundation.
struct FoldedOrigin {
  Origin origin;
  std::vector<SequenceInterval> sequences;
  Tick last_tick;  ///< of the last of them, and of what is listed next
  /// What it had first said and is part of the foundation as it was said again, by it or in a later life.
  std::vector<SequenceInterval> again{};

  bool operator==(const FoldedOrigin&) const = default;
};

/// All that is needed to go on from a tick. Tick 0 without an image is the started state.
struct Foundation {
  Tick tick;
  Account account;
  std::uint64_t timeline_history = 0;  ///< as the replicas count it
  std::vector<FoldedOrigin> folded;    ///< by origin; those silent for origin_memory are left out
  Bytes image;                         ///< of the state

  bool operator==(const Foundation&) const = default;
};

/// Names a foundation, wherever it is.
struct FoundationName {
  Tick tick;
  std::uint64_t history = 0;

  constexpr auto operator<=>(const FoundationName&) const = default;
};

/// Says what one's past rests on; to every neighbour when a link comes up and whenever it changes.
struct FoundationOffer {
  FoundationName name;
  std::uint64_t events = 0;  ///< up to the tick
  std::uint64_t hash = 0;    ///< the short_sha256() of the list of those of its parts
  std::uint64_t bytes = 0;   ///< of the encoded foundation; 0 for the started state, which needs none
  /// The receiver's, which this one ought to replace.
  std::optional<FoundationName> replaces{};
};
/// Whether they offer the same foundation, byte for byte.
[[nodiscard]] bool offer_the_same(const FoundationOffer& one, const FoundationOffer& other);
/// Asks for a part: 0 is the list of the hashes of the others, in order.
struct FoundationRequest {
  FoundationName name;
  std::uint64_t hash = 0;
  std::uint32_t part = 0;
};
/// Answers; empty if it is not here any more.
struct FoundationPart {
  std::uint64_t hash = 0;  ///< the offer's
  std::uint32_t part = 0;
  Bytes bytes;
};

}  // namespace tutti::symmetric

namespace tutti {

template <>
struct MessageTraits<symmetric::FoundationOffer> {
  static constexpr MessageId id{0x0024};
};
template <>
struct MessageTraits<symmetric::FoundationRequest> {
  static constexpr MessageId id{0x0025};
};
template <>
struct MessageTraits<symmetric::FoundationPart> {
  static constexpr MessageId id{0x0026};
};

}  // namespace tutti

namespace tutti::symmetric {

inline constexpr std::size_t foundation_part_bytes = 32 * 1024;
/// Of an encoded foundation.
inline constexpr std::size_t foundation_bytes_max = std::size_t{64} << 20;
/// Of the intervals of all origins in one.
inline constexpr std::size_t foundation_intervals_max = 100'000;
static_assert(foundation_bytes_max / foundation_part_bytes * 9 + 5 <= foundation_part_bytes,
              "the list of hashes fits one part");

/// From bytes that nobody vouches for, of any size. The error is a sentence.
std::expected<Foundation, std::string> decode_foundation(ByteView bytes);

/// A foundation as it travels: parts, and the hash that names them all.
class PackedFoundation {
 public:
  /// Too large if nothing.
  static std::optional<PackedFoundation> pack(const Foundation& foundation);

  [[nodiscard]] const FoundationOffer& offer() const { return offer_; }
  /// Nothing if there is no such part.
  [[nodiscard]] std::optional<Bytes> part(std::uint32_t index) const;

 private:
  FoundationOffer offer_;
  Bytes hashes_;
  Bytes bytes_;
};

/// What was packed, from bytes whose hashes were as offered; the error says what the offer said otherwise.
std::expected<Foundation, std::string> unpack_foundation(const FoundationOffer& offer, ByteView bytes);

/// What follows from a neighbour's offer.
enum class Meeting : std::uint8_t {
  agreed,     ///< one past: nothing to do
  adopt,      ///< take over the neighbour's
  insist,     ///< the neighbour is to take over this peer's
  undecided,  ///< the neighbour is the one to judge
};
struct Own {
  FoundationName name;             ///< of this peer's foundation
  std::optional<Account> at_tick;  ///< what it knows of up to the tick of the offer, if that is not before
                                   ///< its own foundation
  Tick now;
  bool gives_way = false;  ///< always: nobody believes what it makes of the past
};
[[nodiscard]] Meeting meet(const Own& own, const FoundationOffer& offer);

}  // namespace tutti::symmetric
