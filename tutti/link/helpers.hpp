// Whom of its neighbours a peer asks for help, where several could give it: one at random, and nobody again
// before it has had a respite. So what has to be found out again and again burdens no neighbour, and depends
// on none.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "tutti/base/ids.hpp"
#include "tutti/base/random.hpp"
#include "tutti/base/time.hpp"

namespace tutti {

class Helpers {
 public:
  explicit Helpers(Duration respite) : respite_(respite) {}

  /// One of those that could help, and counts as asked now. Nothing if all of them have their respite.
  std::optional<PeerId> choose(std::vector<PeerId> able, TimePoint now, Random& random) {
    std::erase_if(able, [&](const PeerId& peer) {
      const auto last = asked_.find(peer);
      return last != asked_.end() && now - last->second < respite_;
    });
    if (able.empty()) return std::nullopt;
    const auto helper = able[random.below(able.size())];
    asked_.insert_or_assign(helper, now);
    return helper;
  }
  /// It is no neighbour any more.
  void forget(const PeerId& peer) { asked_.erase(peer); }

 private:
  Duration respite_;
  std::map<PeerId, TimePoint> asked_;  // when each was last
};

}  // namespace tutti
