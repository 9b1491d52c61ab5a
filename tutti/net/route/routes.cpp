#include "tutti/net/route/routes.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tutti/net/route/peer_endpoint.hpp"

namespace tutti {
namespace {

/// Whether a route is to be taken although another is in use.
bool better(const Routes::Known& one, const Routes::Known& present) {
  if (one.doubted || present.doubted)
    return present.doubted && (!one.doubted || *one.doubted < *present.doubted);
  if (one.route.direct() != present.route.direct()) return one.route.direct();
  if (!one.route.direct()) return one.confirmed > present.confirmed;
  if (one.route.tunnelled() || present.route.tunnelled()) return !one.route.tunnelled();
  if (!one.round_trip || !present.round_trip) return false;
  return *one.round_trip + Routes::hysteresis < *present.round_trip;
}

}  // namespace

std::string describe(const Route& route) {
  const auto* how = !route.direct() ? "over" : route.tunnelled() ? "over TCP at" : "directly at";
  return fmt::format("{} {}", how, place_text(route.endpoint));
}

template <typename Change>
void Routes::after(Change&& change) {
  const auto present = best() != nullptr ? std::optional(*best()) : std::nullopt;
  change();
  choose(present);
}

Routes::Known* Routes::find(const Route& route) {
  const auto found = std::ranges::find(known_, route, &Known::route);
  return found == known_.end() ? nullptr : &*found;
}

Routes::Known& Routes::insert(const Route& route) {
  if (auto* known = find(route)) return *known;
  if (known_.size() >= routes_max) {
    const auto oldest = std::ranges::min_element(known_, {}, [this](const Known& known) {
      return std::pair(best() != nullptr && known.route == *best(), known.confirmed);
    });
    *oldest = {.route = route, .confirmed = {}};
    return *oldest;
  }
  return known_.emplace_back(Known{.route = route, .confirmed = {}});
}

void Routes::confirm(const Route& route, std::optional<Duration> round_trip, TimePoint now) {
  after([&] {
    auto& known = insert(route);
    known.confirmed = now;
    known.doubted.reset();
    if (round_trip) known.round_trip = round_trip;
  });
}

void Routes::follow(const Route& route, TimePoint now) {
  std::erase_if(known_, [&](const Known& known) {
    return known.route.direct() && !known.route.tunnelled() && known.route != route;
  });
  best_.reset();
  auto& known = insert(route);
  known.confirmed = now;
  known.doubted.reset();
  choose(route);
}

void Routes::doubt(const Route& route, TimePoint now) {
  after([&] {
    if (auto* known = find(route)) known->doubted = now;
  });
}

void Routes::trust(const Route& route) {
  after([&] {
    if (auto* known = find(route)) known->doubted.reset();
  });
}

void Routes::remove(const Route& route) {
  after([&] { std::erase_if(known_, [&](const Known& known) { return known.route == route; }); });
}

void Routes::remove_direct() {
  after([&] { std::erase_if(known_, [](const Known& known) { return known.route.direct(); }); });
}

void Routes::remove_relay(MeetingId meeting) {
  after([&] { std::erase_if(known_, [&](const Known& known) { return known.route.relay == meeting; }); });
}

/// The present one if it is still there and none is better; otherwise the best of the others, the earlier one
/// of equals.
void Routes::choose(const std::optional<Route>& present) {
  best_.reset();
  for (std::size_t i = 0; i < known_.size(); ++i)
    if (present && known_[i].route == *present) best_ = i;
  for (std::size_t i = 0; i < known_.size(); ++i)
    if (!best_ || better(known_[i], known_[*best_])) best_ = i;
}

}  // namespace tutti
