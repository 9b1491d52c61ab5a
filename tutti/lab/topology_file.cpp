#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "tutti/base/text.hpp"
#include "tutti/lab/text_file.hpp"
#include "tutti/lab/topology.hpp"
#include "tutti/peer/command_value.hpp"

namespace tutti::lab {
namespace {

/// Of a line: a part without the blanks around it, and where that begins.
struct Field {
  std::string_view text;
  std::uint32_t column = 1;
};

Field field_in(std::string_view line, std::string_view part) {
  constexpr std::string_view blanks = " \t\r";
  const auto begin = std::min(part.find_first_not_of(blanks), part.size());
  part.remove_prefix(begin);
  return {part.substr(0, part.find_last_not_of(blanks) + 1),
          static_cast<std::uint32_t>(part.data() - line.data() + 1)};
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

class TopologyReader {
 public:
  TopologyReader(const std::string& source, std::optional<std::uint32_t> peers)
      : source_(source), peers_(peers) {}

  std::expected<Topology, Mistakes> read(std::string_view text) && {
    for (std::optional<std::string_view> rest = text; rest && mistakes_.size() < mistakes_max;) {
      const auto [line, others] = split(*rest, '\n');
      rest = others;
      ++line_;
      const auto content = split(line, '#').first;
      if (field_in(line, content).text.empty()) continue;
      if (topology_.links.size() == topology_links_max) {
        add(1, fmt::format("there are more than {} links", topology_links_max));
        break;
      }
      read_link(line, content);
      head_possible_ = false;
    }
    if (topology_.links.empty() && mistakes_.empty()) {
      line_ = 1;
      add(1, "there are no links: lines PEER,NEIGHBOUR are needed");
    }
    if (!mistakes_.empty()) return std::unexpected(std::move(mistakes_));
    if (peers_) topology_.peers = *peers_;
    drop_repeated(topology_.links);
    return std::move(topology_);
  }

 private:
  void add(std::uint32_t column, std::string what) {
    mistakes_.push_back({source_, line_, column, std::move(what)});
  }

  void read_link(std::string_view line, std::string_view content) {
    const auto [first, second] = split(content, ',');
    if (!second) {
      const auto field = field_in(line, content);
      return add(field.column, fmt::format("PEER,NEIGHBOUR is needed, not {}", quote(field.text)));
    }
    const bool words = content.find_first_of("0123456789") == std::string_view::npos;
    if (head_possible_ && words) return;  // the names of the columns
    const auto one = peer_in(field_in(line, first));
    const auto neighbour = field_in(line, *second);
    const auto other = one ? peer_in(neighbour) : std::nullopt;
    if (!other) return;
    if (*one == *other) return add(neighbour.column, fmt::format("peer {} is linked with itself", *one));
    topology_.links.emplace_back(*one, *other);
    topology_.peers = std::max({topology_.peers, *one + 1, *other + 1});
  }

  /// Nothing, and it is noted, if there is none.
  std::optional<std::uint32_t> peer_in(const Field& field) {
    const auto number = parse_whole<std::uint32_t>(field.text);
    if (!number || *number >= topology_peers_max)
      add(field.column, fmt::format("{} is no peer: a whole number below {} is needed", quote(field.text),
                                    topology_peers_max));
    else if (peers_ && *number >= *peers_)
      add(field.column, fmt::format("there is no peer {}, only {} peers", *number, *peers_));
    else
      return number;
    return std::nullopt;
  }

  const std::string& source_;
  std::optional<std::uint32_t> peers_;
  Topology topology_;
  bool head_possible_ = true;
  std::uint32_t line_ = 0;
  Mistakes mistakes_;
};

}  // namespace

std::expected<Topology, Mistakes> parse_topology(std::string_view text, const std::string& source,
                                                 std::optional<std::uint32_t> peers) {
  return TopologyReader(source, peers).read(text);
}

std::expected<Topology, Mistakes> read_topology(const std::filesystem::path& file,
                                                std::optional<std::uint32_t> peers) {
  const auto text = read_text(file, topology_bytes_max);
  if (!text) return std::unexpected(Mistakes{{file.string(), 1, 1, text.error()}});
  return parse_topology(*text, file.string(), peers);
}

}  // namespace tutti::lab
