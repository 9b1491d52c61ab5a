#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "tutti/base/text.hpp"
#include "tutti/lab/text_file.hpp"
#include "tutti/lab/topology.hpp"
#include "tutti/peer/command_value.hpp"

namespace tutti::lab {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::optional<std::uint32_t> peer_number(std::string_view text) {
  const auto number = parse_whole<std::uint32_t>(trimmed(text));
  return number && *number < topology_peers_max ? number : std::nullopt;
}

/// Keeps the first mention of each link, in whichever direction.
void drop_repeated(Links& links) {
  struct Mention {
    std::uint32_t low, high;
    std::size_t place;
    auto operator<=>(const Mention&) const = default;
  };
  std::vector<Mention> mentions;
  mentions.reserve(links.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    const auto [low, high] = std::minmax(links[i].first, links[i].second);
    mentions.push_back({low, high, i});
  }
  std::ranges::sort(mentions);
  const auto [repeated, end] = std::ranges::unique(
      mentions, [](const Mention& a, const Mention& b) { return a.low == b.low && a.high == b.high; });
  mentions.erase(repeated, end);
  std::ranges::sort(mentions, {}, &Mention::place);
  Links kept;
  kept.reserve(mentions.size());
  for (const auto& mention : mentions) kept.push_back(links[mention.place]);
  links = std::move(kept);
}

}  // namespace

std::expected<Topology, std::string> parse_topology(std::string_view text, std::string_view source) {
  Topology topology;
  std::size_t count = 0;
  for (std::optional<std::string_view> rest = text; rest;) {
    const auto [line, others] = split(*rest, '\n');
    rest = others;
    ++count;
    const auto content = trimmed(split(line, '#').first);
    if (content.empty()) continue;
    const auto refuse = [&](std::string_view why) {
      return std::unexpected(fmt::format("{}:{}: {}", source, count, why));
    };
    const auto [first, second] = split(content, ',');
    const auto one = peer_number(first);
    const auto other = second ? peer_number(*second) : std::nullopt;
    if (!one || !other) {
      const bool words = content.find_first_of("0123456789") == std::string_view::npos;
      if (topology.links.empty() && words && second) continue;  // the names of the columns
      return refuse(
          fmt::format("{} is not PEER,NEIGHBOUR with numbers below {}", quote(content), topology_peers_max));
    }
    if (*one == *other) return refuse(fmt::format("peer {} is linked with itself", *one));
    if (topology.links.size() == topology_links_max)
      return refuse(fmt::format("more than {} links", topology_links_max));
    topology.links.emplace_back(*one, *other);
    topology.peers = std::max({topology.peers, *one + 1, *other + 1});
  }
  if (topology.links.empty()) return std::unexpected(fmt::format("{}: has no links", source));
  drop_repeated(topology.links);
  return topology;
}

std::expected<Topology, std::string> read_topology(const std::filesystem::path& file) {
  const auto text = read_text(file, topology_bytes_max);
  if (!text) return std::unexpected(fmt::format("{}: {}", file.string(), text.error()));
  return parse_topology(*text, file.string());
}

}  // namespace tutti::lab
