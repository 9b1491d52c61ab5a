#include "tutti/lab/topology_text.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tutti/base/nearest.hpp"
#include "tutti/base/text.hpp"
#include "tutti/lab/scenario.hpp"
#include "tutti/peer/command_value.hpp"

namespace tutti::lab {
namespace {

using Kind = TopologySpec::Kind;
using Outcome = std::expected<void, std::string>;

struct Word {
  std::string_view text;
  Kind kind;
};
constexpr std::array kinds{Word{"none", Kind::none},
                           Word{"file", Kind::file},
                           Word{"line", Kind::line},
                           Word{"ring", Kind::ring},
                           Word{"full", Kind::full},
                           Word{"random", Kind::random},
                           Word{"small_world", Kind::small_world},
                           Word{"preferential", Kind::preferential}};

Outcome set_kind(Kind& kind, const std::string& text) {
  const auto* const word = std::ranges::find(kinds, text, &Word::text);
  if (word != kinds.end()) {
    kind = word->kind;
    return {};
  }
  std::vector<std::string_view> names;
  for (const auto& each : kinds) names.push_back(each.text);
  const auto nearest = nearest_name(std::string_view(text).substr(0, name_bytes_max), names);
  return std::unexpected(
      nearest ? fmt::format("there is no kind {}; did you mean '{}'?", quote(text), *nearest)
              : fmt::format("there is no kind {}, only {}", quote(text), fmt::join(names, ", ")));
}

Outcome set_count(std::uint32_t& count, std::string_view key, const std::string& text) {
  const auto number = parse_whole<std::int64_t>(text);
  if (!number) return std::unexpected(fmt::format("{} is {}: a whole number is needed", key, text));
  if (*number < 1 || *number > topology_peers_max)
    return std::unexpected(fmt::format("{} is {}: 1 to {} is possible", key, *number, topology_peers_max));
  count = static_cast<std::uint32_t>(*number);
  return {};
}

Outcome set_probability(double& probability, const std::string& text) {
  const auto number = parse_real(text);
  if (!number || !(*number >= 0 && *number <= 1))
    return std::unexpected(fmt::format("probability is {}: 0 to 1 is possible", text));
  probability = *number;
  return {};
}

}  // namespace

Outcome set_field(TopologySpec& spec, std::string_view key, const std::string& text,
                  const std::filesystem::path& folder) {
  if (key == "kind") return set_kind(spec.kind, text);
  if (key == "peers") return set_count(spec.peers, key, text);
  if (key == "degree") return set_count(spec.degree, key, text);
  if (key == "probability") return set_probability(spec.probability, text);
  spec.file = (folder / text).lexically_normal();
  return {};
}

}  // namespace tutti::lab
