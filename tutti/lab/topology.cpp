#include "tutti/lab/topology.hpp"

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/lab/random_links.hpp"

namespace tutti::lab {
namespace {

using Kind = TopologySpec::Kind;
using Made = std::expected<Topology, std::string>;
using Checked = std::expected<void, std::string>;

std::unexpected<std::string> refuse(std::string why) {
  return std::unexpected(std::move(why));
}

Links line(std::uint32_t peers) {
  Links links;
  for (std::uint32_t peer = 1; peer < peers; ++peer) links.emplace_back(peer - 1, peer);
  return links;
}

Links full(std::uint32_t peers) {
  Links links;
  for (std::uint32_t a = 0; a < peers; ++a)
    for (std::uint32_t b = a + 1; b < peers; ++b) links.emplace_back(a, b);
  return links;
}

Made made(std::uint32_t peers, std::optional<Links> links) {
  if (!links) return refuse("too many draws were not connected: a higher degree is needed");
  return Topology{.peers = peers, .links = *std::move(links)};
}

}  // namespace

Checked check(const TopologySpec& spec) {
  const std::uint64_t peers = spec.peers;
  const std::uint64_t degree = spec.degree;
  if (peers > topology_peers_max)
    return refuse(fmt::format("{} peers are too many: {} are possible", peers, topology_peers_max));
  if (spec.kind == Kind::file) return spec.file.empty() ? Checked(refuse("a file is needed")) : Checked();
  if (peers == 0) return refuse("the number of peers is needed");
  if (spec.kind == Kind::ring && peers < 3) return refuse("a ring needs at least 3 peers");
  if (spec.kind == Kind::full && peers * (peers - 1) / 2 > topology_links_max)
    return refuse(
        fmt::format("{} peers, each linked with each, have more than {} links", peers, topology_links_max));
  if (spec.kind != Kind::random && spec.kind != Kind::small_world && spec.kind != Kind::preferential)
    return {};
  if (degree == 0) return refuse("the degree must be above 0");
  if (degree >= peers) return refuse(fmt::format("the degree {} must be below the {} peers", degree, peers));
  const std::uint64_t ends_counted = spec.kind == Kind::preferential ? 1 : 2;  // newcomers have links besides
  if (peers * degree > ends_counted * topology_links_max)
    return refuse(
        fmt::format("{} peers of degree {} have more than {} links", peers, degree, topology_links_max));
  if (spec.kind == Kind::random && peers * degree % 2 != 0)
    return refuse(
        fmt::format("{} peers cannot all have {} links: one of the two must be even", peers, degree));
  if (spec.kind == Kind::random && degree == 1 && peers > 2)
    return refuse(fmt::format("{} peers of degree 1 cannot be connected", peers));
  if (spec.kind == Kind::small_world && degree % 2 != 0)
    return refuse(fmt::format("the degree {} of a small world must be even", degree));
  if (spec.kind == Kind::small_world && !(spec.probability >= 0 && spec.probability <= 1))
    return refuse(fmt::format("the probability {} must be between 0 and 1", spec.probability));
  return {};
}

Made make_topology(const TopologySpec& spec, std::uint64_t seed) {
  require(spec.kind != Kind::file, "a file is read, not made");
  if (const auto fits = check(spec); !fits) return std::unexpected(fits.error());
  const auto peers = spec.peers;
  switch (spec.kind) {
    case Kind::none:
    case Kind::file:
      break;
    case Kind::line:
      return made(peers, line(peers));
    case Kind::ring: {
      auto links = line(peers);
      links.emplace_back(peers - 1, 0);
      return made(peers, std::move(links));
    }
    case Kind::full:
      return made(peers, full(peers));
    case Kind::random:
      return made(peers, random_regular_links(peers, spec.degree, seed));
    case Kind::small_world:
      return made(peers, small_world_links(peers, spec.degree, spec.probability, seed));
    case Kind::preferential:
      return made(peers, preferential_links(peers, spec.degree, seed));
  }
  return made(peers, Links());
}

std::vector<std::vector<std::uint32_t>> neighbours_in(const Topology& topology) {
  std::vector<std::vector<std::uint32_t>> neighbours(topology.peers);
  for (const auto& [one, other] : topology.links) {
    neighbours[one].push_back(other);
    neighbours[other].push_back(one);
  }
  return neighbours;
}

}  // namespace tutti::lab
