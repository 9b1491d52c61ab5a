// Places that are sent to and from where nothing has been heard: whether it is time to try for a tunnel
// there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>

#include "tutti/base/time.hpp"
#include "tutti/net/endpoint.hpp"

namespace tutti {

class Unheard {
 public:
  /// An answer is given so much time: some round trips of nearly any path (RFC 8305, 5, gives half as much
  /// where both ways are alike).
  static constexpr Duration patience = std::chrono::milliseconds(500);
  /// A tunnel that was tried in vain is not tried again before.
  static constexpr Duration respite = std::chrono::seconds(2);
  /// What is sent after such a pause is another attempt, in what may be another network by now.
  static constexpr Duration pause = std::chrono::seconds(10);
  /// Places remembered; beyond, the one that was tried first is forgotten.
  static constexpr std::size_t places_max = 64;

  /// Something is sent there. Whether nothing has been heard for so long that a tunnel should be tried now.
  bool sent(const Endpoint& place, TimePoint now) {
    if (places_.size() >= places_max && !places_.contains(place))
      places_.erase(
          std::ranges::min_element(places_, {}, [](const auto& entry) { return entry.second.since; }));
    auto& known = places_.try_emplace(place, Place{.since = now, .last = now}).first->second;
    if (now - known.last > pause) known = {.since = now, .last = now};
    known.last = now;
    if (known.heard || now - known.since < patience || (known.tried && now - *known.tried < respite))
      return false;
    known.tried = now;
    return true;
  }
  /// Something has come from there. It need not have been sent to.
  void heard(const Endpoint& place) {
    if (const auto found = places_.find(place); found != places_.end()) found->second.heard = true;
  }
  void forget(const Endpoint& place) { places_.erase(place); }

 private:
  struct Place {
    TimePoint since;
    TimePoint last;  // when something was last sent there
    bool heard = false;
    std::optional<TimePoint> tried{};  // when a tunnel last was
  };
  std::map<Endpoint, Place> places_;
};

}  // namespace tutti
