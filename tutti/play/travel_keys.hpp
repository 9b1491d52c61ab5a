// The keys with which a person travels through time, in a session and in a recording alike.
#pragma once

#include <array>
#include <cstdint>

#include "tutti/play/key.hpp"
#include "tutti/symmetric/travel.hpp"

namespace tutti::play {

/// A leap is so long, and its pace so many times the session's own.
inline constexpr std::int64_t leap_seconds = 5;
inline constexpr std::int64_t leap_pace = 4;
/// The past is played at these times the session's own pace, in either direction.
inline constexpr std::array<std::int64_t, 3> play_paces{1, 4, 16};

/// Minus plays backwards and plus forwards, at the session's own pace; pressed while it moves that way
/// already, each goes on to the next faster of play_paces. Page Up and Page Down move five seconds, comma and
/// period one tick, Home goes to the beginning, Backspace stands still, Return and Escape come back to now.
/// Other keys do nothing.
void travel_by(Key key, symmetric::Travel& travel, TimePoint now, symmetric::Travel::Range range,
               std::int64_t ticks_per_second);

}  // namespace tutti::play
