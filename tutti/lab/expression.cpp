#include "tutti/lab/expression.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "tutti/base/nearest.hpp"
#include "tutti/base/text.hpp"
#include "tutti/peer/command_value.hpp"

namespace tutti::lab {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_of_name(char c) {
  return is_letter(c) || is_digit(c) || c == '.' || c == '_';
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

/// Recursive descent, one function for each precedence; each gives whether it has found what it looked for.
/// Operands come before their operators in the steps.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  std::expected<Expression, Fault> parse() && {
    if (text_.size() > Expression::bytes_max)
      fail(fmt::format("the expression is too long: {} bytes are possible", Expression::bytes_max));
    else if (read_sum() && place_ < text_.size())
      fail(fmt::format("an operator or the end is needed, not {}", quote(text_.substr(place_))));
    if (fault_) return std::unexpected(*std::move(fault_));
    return std::move(made_);
  }

 private:
  using Kind = Expression::Step::Kind;

  bool fail(std::string what) {
    if (!fault_) fault_ = Fault{place_, std::move(what)};
    return false;
  }
  void skip_blanks() { place_ = std::min(text_.find_first_not_of(" \t", place_), text_.size()); }
  [[nodiscard]] bool sees(char c) const { return place_ < text_.size() && text_[place_] == c; }
  bool take(char c) {
    if (!sees(c)) return false;
    ++place_;
    skip_blanks();
    return true;
  }
  template <typename Predicate>
  std::string_view take_while(Predicate predicate) {
    const auto begin = place_;
    while (place_ < text_.size() && predicate(text_[place_])) ++place_;
    return text_.substr(begin, place_ - begin);
  }
  void add(Kind kind) { made_.steps_.push_back({.kind = kind}); }

  bool read_sum() {
    skip_blanks();
    if (!read_product()) return false;
    for (;;) {
      const bool plus = take('+');
      if (!plus && !take('-')) return true;
      if (!read_product()) return false;
      add(plus ? Kind::add : Kind::subtract);
    }
  }

  bool read_product() {
    if (!read_factor()) return false;
    for (;;) {
      const bool times = take('*');
      if (!times && !take('/')) return true;
      if (!read_factor()) return false;
      add(times ? Kind::multiply : Kind::divide);
    }
  }

  /// Every nesting goes through here.
  bool read_factor() {
    if (depth_ == Expression::depth_max)
      return fail(
          fmt::format("the expression is nested too deeply: {} levels are possible", Expression::depth_max));
    ++depth_;
    const bool found = read_nested();
    --depth_;
    skip_blanks();
    return found;
  }

  bool read_nested() {
    if (take('-')) {
      if (!read_factor()) return false;
      add(Kind::negate);
      return true;
    }
    if (take('(')) return read_sum() && close();
    if (place_ < text_.size() && is_digit(text_[place_])) return read_number();
    if (place_ < text_.size() && is_letter(text_[place_])) return read_name();
    return fail(place_ == text_.size()
                    ? "the expression ends too early: a number, a name or a parenthesis is needed"
                    : fmt::format("a number, a name or a parenthesis is needed, not {}",
                                  quote(text_.substr(place_))));
  }

  bool close() { return take(')') || fail("a closing parenthesis is needed"); }

  bool read_number() {
    double number = 0;
    const auto* const begin = text_.data() + place_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (error != std::errc{} || !std::isfinite(number)) return fail("the number is out of range");
    place_ += static_cast<std::size_t>(end - begin);
    made_.steps_.push_back({.kind = Kind::number, .number = number});
    return true;
  }

  bool read_name() {
    const auto begin = place_;
    const auto name = take_while(is_of_name);
    skip_blanks();
    if (sees('(')) return read_function(name, begin);
    auto& names = made_.names_;
    const auto known = std::ranges::find(names, name);
    made_.steps_.push_back({.kind = Kind::name, .name = static_cast<std::size_t>(known - names.begin())});
    if (known == names.end()) names.emplace_back(name);
    return true;
  }

  bool read_function(std::string_view name, std::size_t begin) {
    if (name != "min" && name != "max") {
      place_ = begin;
      return fail(fmt::format("there is no function {}, only min and max", quote(name)));
    }
    take('(');
    if (!read_sum()) return false;
    if (!take(',')) return fail(fmt::format("a comma is needed: {}(a, b)", name));
    if (!read_sum() || !close()) return false;
    add(name == "min" ? Kind::least : Kind::greatest);
    return true;
  }

  std::string_view text_;
  std::size_t place_ = 0;
  int depth_ = 0;
  Expression made_;
  std::optional<Fault> fault_;
};

std::expected<Expression, Fault> Expression::parse(std::string_view text) {
  return ExpressionParser(text).parse();
}

std::optional<double> Expression::evaluate(const Values& values) const {
  std::vector<double> stack;
  for (const auto& step : steps_) {
    double result = step.number;
    if (step.kind == Step::Kind::name) {
      const auto value = values(names_[step.name]);
      if (!value) return std::nullopt;
      result = *value;
    } else if (step.kind == Step::Kind::negate) {
      result = -stack.back();
      stack.pop_back();
    } else if (step.kind != Step::Kind::number) {
      const double right = stack.back();
      stack.pop_back();
      const double left = stack.back();
      stack.pop_back();
      switch (step.kind) {
        case Step::Kind::add:
          result = left + right;
          break;
        case Step::Kind::subtract:
          result = left - right;
          break;
        case Step::Kind::multiply:
          result = left * right;
          break;
        case Step::Kind::divide:
          result = left / right;
          break;
        case Step::Kind::least:
          result = std::min(left, right);
          break;
        default:
          result = std::max(left, right);
      }
    }
    if (!std::isfinite(result)) return std::nullopt;
    stack.push_back(result);
  }
  if (stack.empty()) return std::nullopt;  // nobody has parsed it
  return stack.back();
}

namespace {

/// What stands in one pair of braces, which begins at `begin` of the whole text.
std::expected<std::string, Fault> value_of(std::string_view text, std::size_t begin,
                                           const std::map<std::string, double>& numbers,
                                           const std::map<std::string, std::string>& words) {
  if (const auto word = words.find(std::string(trimmed(text))); word != words.end()) return word->second;
  const auto expression = Expression::parse(text);
  if (!expression) return std::unexpected(Fault{begin + expression.error().offset, expression.error().what});
  const auto fault = [&](std::string what) { return std::unexpected(Fault{begin, std::move(what)}); };
  for (const auto& name : expression->names()) {
    if (numbers.contains(name)) continue;
    if (words.contains(name))
      return fault(fmt::format("{} is a word: nothing is to be computed with it", name));
    std::vector<std::string_view> known;
    for (const auto& [each, value] : numbers) known.push_back(each);
    for (const auto& [each, value] : words) known.push_back(each);
    const auto nearest = nearest_name(std::string_view(name).substr(0, 64), known);
    return fault(nearest ? fmt::format("there is no axis {}; did you mean '{}'?", quote(name), *nearest)
                         : fmt::format("there is no axis {}", quote(name)));
  }
  const auto value = expression->evaluate(
      [&](std::string_view name) -> std::optional<double> { return numbers.at(std::string(name)); });
  if (!value) return fault(fmt::format("{} is no finite number here", quote(text)));
  return real_text(*value);
}

}  // namespace

std::string real_text(double value) {
  return fmt::format("{}", value + 0.0);  // minus zero is zero
}

std::expected<std::string, Fault> fill_in(std::string_view text, const std::map<std::string, double>& numbers,
                                          const std::map<std::string, std::string>& words) {
  std::string filled;
  for (std::size_t place = 0; place < text.size();) {
    const char c = text[place];
    if (c != '{' && c != '}') {
      filled += c;
      ++place;
    } else if (text.substr(place + 1).starts_with(c)) {
      filled += c;
      place += 2;
    } else if (c == '}') {
      return std::unexpected(Fault{place, "no brace is open here; }} stands for a brace"});
    } else {
      const auto end = text.find('}', place);
      if (end == std::string_view::npos)
        return std::unexpected(Fault{place, "the brace is never closed; {{ stands for a brace"});
      auto value = value_of(text.substr(place + 1, end - place - 1), place + 1, numbers, words);
      if (!value) return value;
      filled += *value;
      place = end + 1;
    }
  }
  return filled;
}

}  // namespace tutti::lab
