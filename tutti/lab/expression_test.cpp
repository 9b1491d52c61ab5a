#include "tutti/lab/expression.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tutti::lab {
namespace {

std::optional<double> value(std::string_view text) {
  const auto expression = Expression::parse(text);
  EXPECT_TRUE(expression) << text << ": " << expression.error().what;
  if (!expression) return std::nullopt;
  return expression->evaluate([](std::string_view name) -> std::optional<double> {
    if (name == "a") return 2;
    if (name == "b.c_1") return 10;
    return std::nullopt;
  });
}

Fault fault_in(std::string_view text) {
  const auto expression = Expression::parse(text);
  EXPECT_FALSE(expression) << text;
  return expression ? Fault{} : expression.error();
}

TEST(Expression, has_the_usual_precedence) {
  EXPECT_EQ(value("1 + 2 * 3"), 7);
  EXPECT_EQ(value("(1+2)*3"), 9);
  EXPECT_EQ(value("10 - 4 - 3"), 3);
  EXPECT_EQ(value("16 / 4 / 2"), 2);
  EXPECT_EQ(value("-2 * -3"), 6);
  EXPECT_EQ(value("--2 - -a"), 4);
  EXPECT_EQ(value(" 1.5e2 "), 150);
  EXPECT_EQ(value("100 * a / b.c_1"), 20);
  EXPECT_EQ(value("min(a, 1) + max(a, 5 - 1)"), 5);
}

TEST(Expression, what_was_not_measured_is_missing_and_not_zero) {
  EXPECT_EQ(value("a / 0"), std::nullopt);
  EXPECT_EQ(value("0 * nobody"), std::nullopt);
  EXPECT_EQ(value("max(1, 1 / 0)"), std::nullopt);
  EXPECT_EQ(value("1e300 * 1e300"), std::nullopt);
}

TEST(Expression, knows_its_names_each_once_and_in_order) {
  EXPECT_EQ(Expression::parse("z + a * z / min(m.p90, a)")->names(),
            (std::vector<std::string>{"z", "a", "m.p90"}));
}

TEST(Expression, a_fault_says_where_it_is_and_what_is_needed) {
  EXPECT_EQ(fault_in(""),
            (Fault{0, "the expression ends too early: a number, a name or a parenthesis is needed"}));
  EXPECT_EQ(fault_in("1 + "),
            (Fault{4, "the expression ends too early: a number, a name or a parenthesis is needed"}));
  EXPECT_EQ(fault_in("1 + * 2"), (Fault{4, "a number, a name or a parenthesis is needed, not '* 2'"}));
  EXPECT_EQ(fault_in("1 2"), (Fault{2, "an operator or the end is needed, not '2'"}));
  EXPECT_EQ(fault_in("(1 + 2"), (Fault{6, "a closing parenthesis is needed"}));
  EXPECT_EQ(fault_in("1 + sin(2)"), (Fault{4, "there is no function 'sin', only min and max"}));
  EXPECT_EQ(fault_in("min(2)"), (Fault{5, "a comma is needed: min(a, b)"}));
  EXPECT_EQ(fault_in("1e999"), (Fault{0, "the number is out of range"}));
}

TEST(Expression, has_limits) {
  const auto nested = [](int depth) { return std::string(static_cast<std::size_t>(depth), '('); };
  EXPECT_TRUE(Expression::parse(nested(Expression::depth_max - 1) + "1" +
                                std::string(Expression::depth_max - 1, ')')));
  EXPECT_EQ(fault_in(nested(Expression::depth_max) + "1").what,
            "the expression is nested too deeply: 64 levels are possible");
  EXPECT_EQ(fault_in(std::string(500, '-') + "1").offset, std::size_t{Expression::depth_max});
  EXPECT_EQ(fault_in(std::string(Expression::bytes_max + 1, ' ')).what,
            "the expression is too long: 1024 bytes are possible");
}

/// A tree that knows its value without any parser, and how it is written with no needless parenthesis.
struct Tree {
  std::string text;
  double value = 0;
  int strength = 3;  // 1: a sum, 2: a product, 3: whatever stands alone
};

Tree random_tree(int depth) {
  const auto kind = depth == 0 ? 0 : *rc::gen::inRange(0, 8);
  if (kind == 0) {
    const auto number = *rc::gen::inRange(0, 100);
    return {fmt::format("{}", number), static_cast<double>(number)};
  }
  const auto in = [](const Tree& tree, int strength) {
    return tree.strength < strength ? "(" + tree.text + ")" : tree.text;
  };
  const auto left = random_tree(depth - 1);
  if (kind == 1) return {"-" + in(left, 3), -left.value};
  const auto right = random_tree(depth - 1);
  switch (kind) {
    case 2:
      return {in(left, 1) + " + " + in(right, 2), left.value + right.value, 1};
    case 3:
      return {in(left, 1) + "-" + in(right, 2), left.value - right.value, 1};
    case 4:
      return {in(left, 2) + "*" + in(right, 3), left.value * right.value, 2};
    case 5:
      return {in(left, 2) + " / " + in(right, 3), left.value / right.value, 2};
    case 6:
      return {fmt::format("min({},{})", left.text, right.text), std::min(left.value, right.value)};
    default:
      return {fmt::format("max( {} , {})", left.text, right.text), std::max(left.value, right.value)};
  }
}

RC_GTEST_PROP(Expression, means_what_the_tree_means_that_it_was_written_from, ()) {
  const auto tree = random_tree(4);
  RC_PRE(tree.text.size() <= Expression::bytes_max);
  const auto expression = Expression::parse(tree.text);
  RC_ASSERT(expression.has_value());
  const auto result = expression->evaluate([](std::string_view) { return std::nullopt; });
  if (result)
    RC_ASSERT(*result == tree.value);
  else
    RC_ASSERT(tree.text.contains('/'));
  if (!std::isfinite(tree.value)) RC_ASSERT(!result);
}

RC_GTEST_PROP(Expression, a_fault_is_within_the_text, (const std::vector<std::uint8_t>& choices)) {
  static constexpr std::string_view alphabet = "0159.e+-*/(),ab_ minax";
  std::string text;
  for (const auto choice : choices) text += alphabet[choice % alphabet.size()];
  if (const auto expression = Expression::parse(text); !expression) {
    RC_ASSERT(expression.error().offset <= text.size());
    RC_ASSERT(!expression.error().what.empty());
  }
}

TEST(FillIn, braces_hold_expressions_or_words) {
  const std::map<std::string, double> numbers{{"latency", 25}, {"share", 0.1}};
  const std::map<std::string, std::string> words{{"overlay", "chord"}};
  EXPECT_EQ(fill_in("normal:{latency}ms,{latency / 5}ms", numbers, words), "normal:25ms,5ms");
  EXPECT_EQ(fill_in("{ overlay } {{{share}}} {0 * -1}", numbers, words), "chord {0.1} 0");
  EXPECT_EQ(fill_in("", numbers, words), "");
}

TEST(FillIn, a_fault_is_where_it_stands_in_the_whole_text) {
  const std::map<std::string, double> numbers{{"latency", 25}};
  const std::map<std::string, std::string> words{{"overlay", "chord"}};
  const auto fault = [&](std::string_view text) { return fill_in(text, numbers, words).error(); };
  EXPECT_EQ(fault("x {latncy}"), (Fault{3, "there is no axis 'latncy'; did you mean 'latency'?"}));
  EXPECT_EQ(fault("x {latency +}").offset, 12u);
  EXPECT_EQ(fault("{2 * overlay}"), (Fault{1, "overlay is a word: nothing is to be computed with it"}));
  EXPECT_EQ(fault("{1 / 0}"), (Fault{1, "'1 / 0' is no finite number here"}));
  EXPECT_EQ(fault("ab{"), (Fault{2, "the brace is never closed; {{ stands for a brace"}));
  EXPECT_EQ(fault("ab}"), (Fault{2, "no brace is open here; }} stands for a brace"}));
}

}  // namespace
}  // namespace tutti::lab
