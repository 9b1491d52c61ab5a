// For tests: ids of events in few words, and a time machine's budget that ends no replay early.
#pragma once

#include <cstdint>

#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

constexpr std::int64_t no_limit = 1'000'000'000;  // of ticks that one call may replay

/// Peers that differ in their first byte.
inline PeerId peer(std::uint8_t number) {
  return PeerId{{number}};
}
inline Origin origin(std::uint8_t number, std::uint64_t incarnation = 1) {
  return {peer(number), incarnation};
}
inline EventId event_id(std::int64_t tick, std::uint8_t peer, std::uint64_t sequence,
                        std::uint64_t incarnation = 1) {
  return {Tick(tick), origin(peer, incarnation), Sequence(sequence)};
}

}  // namespace tutti::symmetric
