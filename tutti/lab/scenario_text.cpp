#include "tutti/lab/scenario_text.hpp"

#include <utility>

namespace tutti::lab {

std::string_view without_comment(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '\\')
      ++i;
    else if (line[i] == '"')
      quoted = !quoted;
    else if (line[i] == '#' && !quoted)
      line = line.substr(0, i);
  }
  const auto begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

std::expected<ScenarioPart, Fault> read_part(std::string_view line, const std::string& source,
                                             std::uint32_t number) {
  if (line.contains('\n'))
    return std::unexpected(Fault{line.find('\n'), "one line is needed: each in quotes of its own"});
  const auto fault = [](Mistakes mistakes) {
    return std::unexpected(Fault{mistakes.front().column - 1, std::move(mistakes.front().what)});
  };
  const auto content = without_comment(line);
  const char first = content.empty() ? ' ' : content.front();
  const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
  if (letter) {
    auto generator = parse_generator(content, source);
    if (!generator) {
      auto found = fault(std::move(generator.error()));
      found.error().offset += static_cast<std::size_t>(content.data() - line.data());
      return found;
    }
    return ScenarioPart{source, number, *std::move(generator)};
  }
  auto scenario = parse_scenario(line, source);
  if (!scenario) return fault(std::move(scenario.error()));
  for (auto& one : scenario->lines) one.number = number;
  return ScenarioPart{source, number, *std::move(scenario)};
}

}  // namespace tutti::lab
