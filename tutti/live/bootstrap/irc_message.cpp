#include "tutti/live/bootstrap/irc_message.hpp"

#include <algorithm>
#include <utility>

namespace tutti {
namespace {

bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}
bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

char lower(char character) {
  static constexpr std::string_view upper_marks = "[]\\~";
  static constexpr std::string_view lower_marks = "{}|^";
  if (character >= 'A' && character <= 'Z') return static_cast<char>(character - 'A' + 'a');
  const auto mark = upper_marks.find(character);
  return mark == std::string_view::npos ? character : lower_marks[mark];
}

/// The text up to the next space; it and the spaces behind it are taken off the line.
std::string_view take_word(std::string_view& line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(std::min(line.find_first_not_of(' ', end), line.size()));
  return word;
}

}  // namespace

std::string_view IrcMessage::nick() const {
  const std::string_view all = prefix;
  return all.substr(0, all.find_first_of("!@"));
}

std::string_view IrcMessage::parameter(std::size_t index) const {
  return index < parameters.size() ? std::string_view(parameters[index]) : std::string_view();
}

std::optional<IrcMessage> parse_irc(std::string_view line) {
  static constexpr std::string_view forbidden("\0\r\n", 3);
  if (line.find_first_of(forbidden) != std::string_view::npos) return std::nullopt;
  IrcMessage message;
  if (line.starts_with(':')) {
    message.prefix = take_word(line).substr(1);
    if (message.prefix.empty()) return std::nullopt;
  }
  message.command = take_word(line);
  const bool numeric = message.command.size() == 3 && std::ranges::all_of(message.command, is_digit);
  const bool named = !message.command.empty() && std::ranges::all_of(message.command, is_letter);
  if (!numeric && !named) return std::nullopt;
  for (auto& letter : message.command)
    if (letter >= 'a') letter = static_cast<char>(letter - 'a' + 'A');
  while (!line.empty()) {
    const bool last = message.parameters.size() + 1 == IrcMessage::parameters_max;
    if (line.starts_with(':') || last) {
      message.parameters.emplace_back(line.substr(line.starts_with(':') ? 1 : 0));
      break;
    }
    message.parameters.emplace_back(take_word(line));
  }
  return message;
}

std::string irc_line(std::string_view command, const std::vector<std::string>& parameters) {
  static constexpr std::string_view end = "\r\n";
  std::string line(command);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    line += i + 1 == parameters.size() ? " :" : " ";
    line += parameters[i];
  }
  for (auto& character : line)
    if (character == '\0' || character == '\r' || character == '\n') character = ' ';
  line.resize(std::min(line.size(), IrcMessage::line_bytes_max - end.size()));
  line += end;
  return line;
}

bool same_irc_name(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, lower, lower);
}

std::optional<std::string> IrcLines::next() {
  for (;;) {
    const auto end = waiting_.find('\n');
    if (end == std::string::npos) {
      if (waiting_.size() >= IrcMessage::line_bytes_max) {
        if (!std::exchange(skipping_, true)) ++too_long_;
        waiting_.clear();
      }
      return std::nullopt;
    }
    auto line = waiting_.substr(0, end);
    waiting_.erase(0, end + 1);
    const bool skipped = std::exchange(skipping_, false);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (skipped || line.empty()) continue;
    if (line.size() + 2 <= IrcMessage::line_bytes_max) return line;
    ++too_long_;
  }
}

}  // namespace tutti
