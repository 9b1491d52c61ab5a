#include "topology.hpp"

#include <algorithm>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "tutti/base/text.hpp"

namespace tutti::tools {
namespace {

constexpr std::uint32_t peers_max = 1'000;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::optional<std::uint32_t> peer_number(std::string_view text) {
  const auto number = parse_whole<std::uint32_t>(text);
  return number && *number < peers_max ? number : std::nullopt;
}

}  // namespace

std::expected<Topology, std::string> read_topology(const std::filesystem::path& file) {
  std::ifstream input(file);
  if (!input) return std::unexpected(fmt::format("{}: cannot be read", file.string()));
  Topology topology;
  std::string line;
  for (int count = 1; std::getline(input, line); ++count) {
    const auto text = trimmed(split(line, '#').first);
    if (text.empty()) continue;
    const auto [first, second] = split(text, ',');
    const auto one = peer_number(trimmed(first));
    const auto other = second ? peer_number(trimmed(*second)) : std::nullopt;
    if (!one || !other) {
      if (count == 1) continue;  // the names of the columns
      return std::unexpected(fmt::format("{}:{}: '{}' is not PEER,NEIGHBOUR with numbers below {}",
                                         file.string(), count, text, peers_max));
    }
    if (*one == *other)
      return std::unexpected(fmt::format("{}:{}: peer {} is linked with itself", file.string(), count, *one));
    topology.links.emplace_back(*one, *other);
    topology.peers = std::max({topology.peers, *one + 1, *other + 1});
  }
  if (topology.links.empty()) return std::unexpected(fmt::format("{}: has no links", file.string()));
  return topology;
}

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
