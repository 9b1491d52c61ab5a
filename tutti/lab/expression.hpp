// Small arithmetic in experiment files: "5 * latency * multiplier", "100 * a.back / a.ticks".
//
// Numbers, names (letters, digits, '.' and '_', a letter first), + - * / with the usual precedence, unary
// minus, parentheses, and min(a, b), max(a, b). A division by zero gives nothing, as does a name that has no
// value: what was not measured is missing, not zero. So does whatever grows beyond the range of a double.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/lab/mistake.hpp"

namespace tutti::lab {

class Expression {
 public:
  /// Gives the value of a name, if it has one.
  using Values = std::function<std::optional<double>(std::string_view)>;

  static constexpr std::size_t bytes_max = 1024;
  static constexpr int depth_max = 64;

  /// The fault says where the text is no expression, and what was expected.
  static std::expected<Expression, Fault> parse(std::string_view text);

  /// All names in it, each once, in the order of the text.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::optional<double> evaluate(const Values& values) const;

 private:
  struct Step {  // of a stack machine
    enum class Kind : std::uint8_t {
      number,
      name,
      add,
      subtract,
      multiply,
      divide,
      negate,
      least,
      greatest
    } kind{};
    double number = 0;
    std::size_t name = 0;
  };
  friend class ExpressionParser;

  std::vector<std::string> names_;
  std::vector<Step> steps_;
};

/// The shortest decimal that reads back the same: "50", "0.1", "1e+30".
std::string real_text(double value);

/// Replaces every {expression} in `text` by its value: the shortest decimal that reads back the same, or the
/// text itself where a brace holds nothing but the name of a value that is a word. "{{" and "}}" stand for
/// braces. Names in braces that nobody knows and values that are not finite are faults.
std::expected<std::string, Fault> fill_in(std::string_view text, const std::map<std::string, double>& numbers,
                                          const std::map<std::string, std::string>& words);

}  // namespace tutti::lab
