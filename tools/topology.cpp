#include "topology.hpp"

namespace tutti::tools {

Topology indirect_topology(std::uint32_t peers) {
  Topology topology{.peers = peers, .links = {}};
  if (peers == 6) {
    topology.links = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 1}, {3, 5}};
    return topology;
  }
  for (std::uint32_t i = 1; i + 1 < peers; ++i) topology.links.emplace_back(i - 1, i);
  if (peers > 3) topology.links.emplace_back(peers - 2, 0);
  if (peers > 1) topology.links.emplace_back((peers - 1) / 2, peers - 1);
  return topology;
}

}  // namespace tutti::tools
