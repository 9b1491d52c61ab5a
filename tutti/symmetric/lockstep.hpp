// Lockstep: a session without rollbacks, at the price of waiting.
//
// Usually a replica runs at network time and travels back when an event comes late. In lockstep it runs no
// tick before this peer holds all events of all others up to it. What for is nothing new: a peer's words
// about the past (stability.hpp) promise that its later events are due after some tick, and whoever holds
// what it said before need not wait for it up to there. In lockstep the promise is about the future. Events
// are stamped a deadline ahead, so the next one is due after present + deadline - 1 in any case; and peers
// promise often, as pulses of the broadcaster. While the deadline covers the way of a promise and the pause
// between two, everybody holds promises for every tick before it is due, and the application runs at network
// time.
//
// A peer keeps to its own promises, too: what its user does may take a while to its replica, when it has to
// be durable first (durable_inlet.hpp).
//
// When somebody's promises stay away, everybody's state stands still, and then hurries after network time.
// What users do meanwhile is stamped and told as ever: nothing is lost. It stands still for no longer than
// the patience of a peer: then it waits for that member no more, and what that one did is worked in by a
// rollback when it is back. Who says goodbye is not waited for at all.
//
// A newcomer is waited for from its first words on. Until these have reached everybody it does nothing: its
// first promise reaches further.
//
// Rejected: to wait for messages instead of ticks, as the lockstep of real-time strategy games does (Bettner,
// Terrano, "1500 Archers on a 28.8", 2001): a turn that everybody must finish makes all as slow as the
// slowest link, even when the deadline would hide it. And aggregating promises along the links, which is less
// traffic and adds a pause at every hop: sessions in lockstep are small.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "tutti/base/time.hpp"

namespace tutti::symmetric {

struct Lockstep {
  /// For how long the others stand still for somebody who is silent. Each peer may have its own.
  Duration patience = std::chrono::seconds(10);

  constexpr bool operator==(const Lockstep&) const = default;
};

/// From one promise to the next. A deadline that adapts to the paths is longer by this and a tick; a fixed
/// one is at least as long.
inline constexpr Duration promise_interval = std::chrono::milliseconds(50);
/// What a peer does that others may not know of yet is due no sooner than this.
inline constexpr Duration introduction = std::chrono::seconds(2);

/// "no", or the patience as a time such as 10s. The error is a sentence.
std::expected<std::optional<Lockstep>, std::string> parse_lockstep(std::string_view text);

/// What peers call their network, given what peers of the application call it: lockstep is for all or for
/// none.
std::string network_of(std::string application, const std::optional<Lockstep>& lockstep);

}  // namespace tutti::symmetric
