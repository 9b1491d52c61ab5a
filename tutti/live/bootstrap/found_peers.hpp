// Whom one Bootstrap names, held within bounds: anybody can write a list of a million addresses, and a peer
// that believed it would send packets to all of them. So many new ones are let through in a while, each at
// most once in it; the rest is forgotten, and those that are meant seriously are named again.
#pragma once

#include <set>

#include "tutti/base/time.hpp"
#include "tutti/link/link_manager.hpp"

namespace tutti {

class FoundPeers {
 public:
  static constexpr std::size_t targets_max = 32;
  static constexpr Duration period = std::chrono::seconds(30);

  /// Whether this one is to be tried now.
  bool take(TimePoint now, const LinkTarget& target) {
    if (now - since_ >= period) {
      since_ = now;
      taken_.clear();
    }
    return target.endpoint.port != 0 && taken_.size() < targets_max &&
           taken_.emplace(target.endpoint, target.peer).second;
  }

 private:
  TimePoint since_{};
  std::set<std::pair<Endpoint, std::optional<PeerId>>> taken_;
};

}  // namespace tutti
