#include "tutti/lab/scenario_text.hpp"

#include "tutti/lab/generators.hpp"
#include "tutti/lab/scenario.hpp"

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

std::optional<Fault> fault_in_line(std::string_view line) {
  if (line.contains('\n')) return Fault{line.find('\n'), "one line is needed: each in quotes of its own"};
  const char first = line.empty() ? ' ' : line.front();
  const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
  Mistakes mistakes;
  if (letter) {
    if (auto generator = parse_generator(line, ""); !generator) mistakes = std::move(generator.error());
  } else if (auto scenario = parse_scenario(line, ""); !scenario) {
    mistakes = std::move(scenario.error());
  }
  if (mistakes.empty()) return std::nullopt;
  return Fault{mistakes.front().column - 1, std::move(mistakes.front().what)};
}

}  // namespace tutti::lab
