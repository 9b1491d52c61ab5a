#include "tutti/symmetric/pace.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tutti/base/require.hpp"

namespace tutti::symmetric {
namespace {

/// A correction that is under way is not stretched by the next one, but no remainder is squeezed into less
/// than this.
constexpr Duration spread_min = std::chrono::milliseconds(100);
/// A beat may seem to come from the future, by what clocks are off along the way; more is a lie.
constexpr Duration beat_early_max = std::chrono::seconds(5);
/// A parent that changes to another reference may take its followers back this far, by errors of measurement;
/// one that goes back further has begun anew and knows nothing.
constexpr Duration relapse_max = std::chrono::seconds(1);
/// Differences below this are left alone: drawing a new line for each measurement would only pass on its
/// noise.
constexpr Duration noise = std::chrono::microseconds(20);

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

/// a * b / c without overflow, towards negative infinity, for b >= 0 and c > 0.
std::int64_t scale(std::int64_t a, std::int64_t b, std::int64_t c) {
  std::int64_t narrow = 0;
  if (!__builtin_mul_overflow(a, b, &narrow))
      [[likely]]  // years of session time; the wide division costs ten times as much
    return narrow / c - (narrow % c < 0 ? 1 : 0);
  __extension__ using Wide = __int128;
  const Wide product = Wide{a} * b;
  const Wide quotient = product / c;
  return static_cast<std::int64_t>(product % c < 0 ? quotient - 1 : quotient);
}

}  // namespace

SessionTime PaceLine::at(TimePoint now) const {
  const Duration elapsed = std::max(now - since, Duration::zero());
  if (elapsed >= spread) return begin + elapsed + correction;
  return begin + elapsed + Duration(scale(correction.count(), elapsed.count(), spread.count()));
}

TimePoint PaceLine::when(SessionTime time) const {
  const Duration wanted = time - begin;
  if (wanted <= Duration::zero()) return since;
  const Duration at_end = spread + correction;
  if (wanted >= at_end) return since + (wanted - correction);
  TimePoint moment = since + Duration(scale(wanted.count(), spread.count(), at_end.count()));
  while (at(moment) < time) moment += Duration(1);  // rounding: at most a few nanoseconds
  return moment;
}

Tick TickRate::tick_at(SessionTime time) const {
  return Tick(scale(time.count(), ticks_per_second_, nanoseconds_per_second));
}

SessionTime TickRate::begin_of(Tick tick) const {
  // Rounded up, so that tick_at(begin_of(k)) is k.
  return SessionTime(-scale(-tick.value(), nanoseconds_per_second, ticks_per_second_));
}

std::int64_t TickRate::ticks_in(Duration span) const {
  return std::max<std::int64_t>(1, -scale(-span.count(), ticks_per_second_, nanoseconds_per_second));
}

Pace::Pace(Origin self, TimePoint now, PaceOptions options, SessionTime begin)
    : options_(options),
      self_(self),
      route_{.reference = self},
      former_{.reference = self},
      offset_(begin - now.time_since_epoch()),
      line_{.since = now, .begin = begin},
      started_(now) {}

SessionTime Pace::settled_at(TimePoint now) const {
  return now.time_since_epoch() + offset_;
}

PaceStatus Pace::status(TimePoint now) const {
  return {.reference = route_.reference,
          .hops = route_.hops,
          .offset_ns = offset_.count(),
          .beat_ns = route_.reference == self_ ? settled_at(now).count() : route_.beat_ns,
          .followed_ns = followed_ns_};
}

bool Pace::fresh(std::uint32_t hops, Duration age) const {
  return age >= -beat_early_max && age <= options_.beat_age_max + hops * options_.beat_age_hop;
}

bool Pace::feasible(const PaceStatus& status) const {
  for (const auto& known : {route_, former_})
    if (status.reference == known.reference)
      return status.beat_ns > known.beat_ns || (status.beat_ns == known.beat_ns && status.hops < known.hops);
  return true;
}

Pace::Outcome Pace::exchanged(PeerId neighbour, const ClockExchange& exchange, const PaceStatus& status,
                              TimePoint now, SessionTime believed) {
  give_up_silent_reference(now);
  auto& [clock, in_time] = neighbours_[neighbour];
  if (!clock.add(exchange)) return Outcome::useless;
  // The neighbour's network time minus ours, checked before it is used: both parts may be lies.
  __extension__ using Wide = __int128;
  const Wide wide_lead = Wide{clock.estimate().count()} + status.offset_ns - offset_.count();
  const Wide plausible_max = (synchronized_ ? options_.lead_max : options_.age_max).count();
  const auto believed_lead = std::max(believed - settled_at(now), Duration::zero());
  if (wide_lead > plausible_max) {
    // Whoever has followed somebody there has heard a beat that has that lead, even if nobody is left whom it
    // follows.
    const bool followed_somebody = Wide{status.followed_ns} - settled_at(now).count() > plausible_max;
    if (in_time && !followed_somebody) return Outcome::jumped;
    in_time = false;  // and may be a reference itself next time
    if (wide_lead > believed_lead.count() + plausible_max) return Outcome::implausible;
  }
  if (wide_lead < -plausible_max) return Outcome::unchanged;  // far behind: it will follow us
  const Duration lead(static_cast<std::int64_t>(wide_lead));
  in_time = in_time || std::chrono::abs(lead) <= options_.lead_max;
  if (std::chrono::abs(lead) <= options_.tolerance) synchronized_ = true;

  // Checked before it is used, too: how long ago, by the neighbour's network time, the reference spoke.
  const Wide wide_age = Wide{settled_at(now).count()} + lead.count() - status.beat_ns;
  const bool is_fresh = wide_age < Duration::max().count() && wide_age > Duration::min().count() &&
                        fresh(status.hops, Duration(static_cast<std::int64_t>(wide_age)));
  const bool can_be_parent = status.reference != self_ && status.hops + 1 < options_.hops_max;
  bool is_parent = parent_ == neighbour;
  if (is_parent && !can_be_parent) {
    become_reference();  // the parent now follows us, or nobody
    is_parent = false;
  }
  if (!can_be_parent || !is_fresh) return Outcome::unchanged;
  if (is_parent && status.reference != route_.reference && lead < -relapse_max) {
    become_reference();
    return Outcome::unchanged;
  }
  bool follows = feasible(status);
  if (status.reference == route_.reference)
    follows = follows && (is_parent || status.hops + 1 < route_.hops);
  else
    follows = follows && (is_parent || lead > options_.tolerance ||
                          (lead >= -options_.tolerance && status.reference < route_.reference));
  if (!follows) return Outcome::unchanged;
  const bool joins = !std::exchange(synchronized_, true) && now - started_ <= options_.joining;
  const Duration before = offset_;
  follow(neighbour, status, offset_ + lead, now, joins);
  return offset_ == before ? Outcome::unchanged : Outcome::corrected;
}

void Pace::follow(PeerId neighbour, const PaceStatus& status, Duration offset, TimePoint now, bool jump) {
  take_route({.reference = status.reference, .hops = status.hops + 1, .beat_ns = status.beat_ns});
  parent_ = neighbour;
  if (std::chrono::abs(offset - offset_) < noise) return;
  const TimePoint end = line_.since + line_.spread;
  const SessionTime current = line_.at(now);
  offset_ = offset;
  line_.since = now;
  line_.begin = current;
  line_.correction = settled_at(now) - current;
  if (jump && line_.correction > Duration::zero()) {
    line_.begin = settled_at(now);
    line_.correction = line_.spread = Duration::zero();
  } else if (line_.correction >= Duration::zero()) {
    line_.spread = now < end ? std::clamp(end - now, spread_min, options_.catch_up) : options_.catch_up;
  } else {
    const auto gentle = from_seconds(in_seconds(-line_.correction) / options_.slow_down_max);
    line_.spread = std::max(gentle, options_.catch_up);
  }
}

void Pace::take_route(const Route& route) {
  if (route.reference != route_.reference && route_.reference != self_) former_ = route_;
  if (route.reference.peer != self_.peer) followed_ns_ = std::max(followed_ns_, route.beat_ns);
  route_ = route;
}

void Pace::become_reference() {
  take_route({.reference = self_});
  parent_.reset();
}

void Pace::give_up_silent_reference(TimePoint now) {
  if (route_.reference != self_ && !fresh(route_.hops, settled_at(now) - Duration(route_.beat_ns)))
    become_reference();
}

bool Pace::wants_exchanges(PeerId neighbour) const {
  const auto found = neighbours_.find(neighbour);
  return found == neighbours_.end() || found->second.clock.wants_more();
}

void Pace::neighbour_lost(PeerId neighbour) {
  neighbours_.erase(neighbour);
  if (parent_ == neighbour) become_reference();
}

}  // namespace tutti::symmetric
