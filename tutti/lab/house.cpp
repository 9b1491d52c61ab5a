#include "tutti/lab/house.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tutti::lab {

LinkOptions links_with_all(const Site& site) {
  LinkOptions links{.network = "everybody 1", .name = fmt::format("peer {}", site.number)};
  for (std::uint32_t i = 0; i < site.house.peer_count(); ++i)
    if (i != site.number) links.targets.push_back({site.house.endpoint_of(i), site.house.peer_id(i)});
  links.links_max = std::max(links.links_max, links.targets.size());
  return links;
}

}  // namespace tutti::lab
