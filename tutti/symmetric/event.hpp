// What users did, when, in an order that all peers share.
//
// An event is due at a tick. Among the events of one tick the order is that of their origins and then of each
// origin's sequence numbers: arbitrary, but the same everywhere, whatever the order of arrival. An origin is
// one life of a peer, so nobody ever uses an id twice: a peer that has forgotten what it sent has started
// again as a new origin.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <utility>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/base/strong.hpp"
#include "tutti/symmetric/application.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::symmetric {

/// A frame of the session, counted from its beginning: tick 0 is the started state.
using Tick = Strong<struct TickTag, std::int64_t>;

/// Names one event in the session; its order is the order in which events are applied.
struct EventId {
  Tick tick;
  Origin origin;
  Sequence sequence;

  constexpr auto operator<=>(const EventId&) const = default;
};

/// What a user did, by the name under which it was first said.
struct Act {
  Origin origin;
  Sequence first;

  constexpr auto operator<=>(const Act&) const = default;
};
/// The one that an event is unless it is said again.
constexpr Act own_act(const EventId& id) {
  return {id.origin, id.sequence};
}

/// The broadcast form of an event: its origin and sequence are the broadcast's own.
struct StampedEvent {
  Tick tick;  ///< when it is due
  Bytes event;
  /// What could not be taken in elsewhere under the name that it was first said under, this one, is said
  /// again, by the same peer, in the same life or a later one. Whoever knows both lets it happen once.
  std::optional<Act> again{};

  bool operator==(const StampedEvent&) const = default;
};

/// The longest encoding of one application event: with its stamp it fits a broadcast. Larger things go
/// through storage, and the event names them.
inline constexpr std::size_t event_bytes_max = 65'536 - 64;

enum class EventError : std::uint8_t {
  too_long,   ///< the encoding exceeds event_bytes_max
  malformed,  ///< the bytes are no event of this application
  watching,   ///< this peer only watches
};
std::string_view describe(EventError error);

/// The bytes of an event; too_long if they exceed the limit.
template <typename App>
[[nodiscard]] std::expected<Bytes, EventError> encode_event(const typename App::Event& event) {
  static_assert(check_application<App>());
  auto bytes = encode(event);
  if (bytes.size() > event_bytes_max) return std::unexpected(EventError::too_long);
  return bytes;
}

/// The inverse of encode_event, for bytes that nobody vouches for.
template <typename App>
[[nodiscard]] std::expected<typename App::Event, EventError> decode_event(ByteView bytes) {
  static_assert(check_application<App>());
  if (bytes.size() > event_bytes_max) return std::unexpected(EventError::too_long);
  auto event = decode<typename App::Event>(bytes);
  if (!event) return std::unexpected(EventError::malformed);
  return std::move(*event);
}

}  // namespace tutti::symmetric
