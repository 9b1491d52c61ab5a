#include "tutti/lab/scenario.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"

namespace tutti::lab {
namespace {

static_assert(scenario_line_bytes_max <= UINT16_MAX, "a column fits its type");

constexpr std::string_view blanks = " \t";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A place in a line, and what can be read from there.
class Cursor {
 public:
  Cursor(std::string_view line, std::size_t place) : line_(line), place_(place) {}

  [[nodiscard]] std::size_t place() const { return place_; }
  [[nodiscard]] std::uint16_t column() const { return static_cast<std::uint16_t>(place_ + 1); }
  [[nodiscard]] std::string_view rest() const { return line_.substr(place_); }
  [[nodiscard]] bool at_end() const { return rest().empty() || rest().front() == '#'; }

  void skip_blanks() {
    take_while([](char c) { return blanks.contains(c); });
  }
  bool take(char c) {
    if (!rest().starts_with(c)) return false;
    ++place_;
    return true;
  }
  /// Everything up to a blank.
  std::string_view take_word() {
    return take_while([](char c) { return !blanks.contains(c); });
  }
  /// Letters and digits, a letter first; empty if there is none.
  std::string_view take_name() {
    if (rest().empty() || !is_letter(rest().front())) return {};
    return take_while([](char c) { return is_letter(c) || is_digit(c); });
  }
  /// A value's text: up to its closing quote, or to what cannot be part of a value.
  std::string_view take_value() {
    if (!rest().starts_with('"'))
      return take_while([](char c) { return !std::string_view(" \t,()#").contains(c); });
    std::size_t length = 1;
    for (bool open = true; open && length < rest().size(); ++length) {
      if (rest()[length] == '\\')
        ++length;
      else
        open = rest()[length] != '"';
    }
    return take_first(std::min(length, rest().size()));
  }

 private:
  template <typename Predicate>
  std::string_view take_while(Predicate predicate) {
    const auto end = std::ranges::find_if_not(rest(), predicate);
    return take_first(static_cast<std::size_t>(end - rest().begin()));
  }
  std::string_view take_first(std::size_t length) {
    const auto taken = rest().substr(0, length);
    place_ += length;
    return taken;
  }

  std::string_view line_;
  std::size_t place_;
};

std::unexpected<Fault> fault(const Cursor& at, std::string what) {
  return std::unexpected(Fault{at.place(), std::move(what)});
}

std::expected<std::string, Fault> read_name(Cursor& cursor) {
  const Cursor begin = cursor;
  const auto name = cursor.take_name();
  if (name.empty())
    return fault(begin, fmt::format("a name of letters and digits is needed, not {}", quote(begin.rest())));
  if (name.size() > name_bytes_max)
    return fault(begin, fmt::format("a name is at most {} letters long", name_bytes_max));
  return std::string(name);
}

/// What stands between the parentheses, and the second of them.
std::expected<void, Fault> read_values(Cursor& cursor, Call& call) {
  cursor.skip_blanks();
  if (cursor.take(')')) return {};
  for (;;) {
    cursor.skip_blanks();
    const Cursor begin = cursor;
    auto value = parse_command_value(cursor.take_value());
    if (!value) return fault(begin, std::move(value.error()));
    call.values.push_back(*std::move(value));
    call.columns.values.push_back(begin.column());
    cursor.skip_blanks();
    if (cursor.take(')')) return {};
    if (!cursor.take(','))
      return fault(cursor, cursor.rest().empty() ? "the parenthesis is never closed"
                                                 : "a comma or the closing parenthesis is needed");
  }
}

std::expected<Call, Fault> read_call(Cursor& cursor) {
  constexpr auto form = "a call such as Peer.start() or Peer.Flood.setDropMessages(true) is needed";
  if (cursor.at_end()) return fault(cursor, fmt::format("the line ends too early: {}", form));
  const Cursor begin = cursor;
  if (cursor.take_name() != "Peer" || !cursor.take('.'))
    return fault(begin, fmt::format("{} does not begin with Peer.: {}", quote(begin.rest()), form));
  Call call;
  call.columns.peerlet = call.columns.method = cursor.column();
  auto name = read_name(cursor);
  if (!name) return std::unexpected(std::move(name.error()));
  call.method = *std::move(name);
  if (cursor.take('.')) {
    call.columns.method = cursor.column();
    auto method = read_name(cursor);
    if (!method) return std::unexpected(std::move(method.error()));
    call.peerlet = std::exchange(call.method, *std::move(method));
  }
  if (!cursor.take('('))
    return fault(cursor, fmt::format("an opening parenthesis is needed after {}", quote(call.method)));
  if (const auto values = read_values(cursor, call); !values) return std::unexpected(values.error());
  cursor.skip_blanks();
  if (!cursor.at_end())
    return fault(cursor, fmt::format("{} after the call: only a comment may follow", quote(cursor.rest())));
  return call;
}

std::expected<Duration, Fault> read_time(Cursor& cursor) {
  if (cursor.at_end()) return fault(cursor, "the line ends too early: seconds and a call are needed");
  const Cursor begin = cursor;
  const auto word = cursor.take_word();
  const auto nanoseconds = parse_decimal(word, 9);
  if (!nanoseconds)
    return fault(begin,
                 fmt::format("{} is no time: seconds such as 14.3 are needed, with at most nine decimals",
                             quote(word)));
  if (Duration(*nanoseconds) > scenario_time_max)
    return fault(begin, fmt::format("{} is more than 100 years", quote(word)));
  return Duration(*nanoseconds);
}

std::expected<ScenarioLine, Fault> read_line(Cursor& cursor) {
  ScenarioLine line;
  line.peers_column = cursor.column();
  const Cursor begin = cursor;
  auto peers = PeerSet::parse(cursor.take_word());
  if (!peers) {
    peers.error().offset += begin.place();
    return std::unexpected(std::move(peers.error()));
  }
  line.peers = *std::move(peers);
  cursor.skip_blanks();
  const auto time = read_time(cursor);
  if (!time) return std::unexpected(time.error());
  line.time = *time;
  cursor.skip_blanks();
  auto call = read_call(cursor);
  if (!call) return std::unexpected(std::move(call.error()));
  line.call = *std::move(call);
  return line;
}

/// Seconds without needless zeros: "14.3", "150".
std::string seconds_text(Duration time) {
  const auto whole = time.count() / 1'000'000'000;
  auto text = fmt::format("{}.{:09}", whole, time.count() % 1'000'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

std::string Mistake::text() const {
  return fmt::format("{}:{}:{}: {}", source, line, column, what);
}

std::string Call::text() const {
  std::string out = "Peer.";
  if (!peerlet.empty()) (out += peerlet) += '.';
  (out += method) += '(';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ", ";
    out += tutti::text(values[i]);
  }
  return out += ')';
}

std::expected<Call, Fault> parse_call(std::string_view text, std::size_t begin) {
  require(text.size() <= scenario_line_bytes_max && begin <= text.size(), "a call stands in one line");
  Cursor cursor(text, begin);
  cursor.skip_blanks();
  return read_call(cursor);
}

std::expected<Scenario, Mistakes> parse_scenario(std::string_view text, std::string source) {
  Mistakes mistakes;
  std::uint32_t number = 0;
  const auto add_mistake = [&](std::size_t offset, std::string what) {
    mistakes.push_back(
        {source, std::max(number, 1u), static_cast<std::uint32_t>(offset + 1), std::move(what)});
  };
  Scenario scenario{source};
  std::optional<std::string_view> rest = text;
  if (text.size() > scenario_bytes_max) {
    add_mistake(
        0, fmt::format("the file is too large: {} bytes, {} are possible", text.size(), scenario_bytes_max));
    rest.reset();
  }
  while (rest) {
    if (mistakes.size() >= mistakes_max) {
      add_mistake(0, "too many mistakes: from here on the file was not read");
      break;
    }
    auto [line, others] = split(*rest, '\n');
    rest = others;
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > scenario_line_bytes_max) {
      add_mistake(scenario_line_bytes_max,
                  fmt::format("the line is too long: {} bytes are possible", scenario_line_bytes_max));
      continue;
    }
    Cursor cursor(line, 0);
    cursor.skip_blanks();
    if (cursor.at_end()) continue;
    if (scenario.lines.size() >= scenario_lines_max) {
      add_mistake(0, fmt::format("too many calls: {} are possible", scenario_lines_max));
      break;
    }
    auto read = read_line(cursor);
    if (!read) {
      add_mistake(read.error().offset, std::move(read.error().what));
      continue;
    }
    read->number = number;
    scenario.lines.push_back(*std::move(read));
  }
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return scenario;
}

std::string print(const Scenario& scenario) {
  std::string out;
  for (const auto& line : scenario.lines)
    out += fmt::format("{} {} {}\n", line.peers.text(), seconds_text(line.time), line.call.text());
  return out;
}

}  // namespace tutti::lab
