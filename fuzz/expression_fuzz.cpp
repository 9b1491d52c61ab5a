// Expressions and texts with braces as nobody would write them: every fault has a place in the text, and what
// is evaluated is finite.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tutti/base/require.hpp"
#include "tutti/lab/expression.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutti;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto expression = lab::Expression::parse(text)) {
    const auto value =
        expression->evaluate([](std::string_view name) { return 1.0 / static_cast<double>(name.size()); });
    require(!value || std::isfinite(*value), "a value is finite");
  } else {
    require(expression.error().offset <= size && !expression.error().what.empty(), "a fault has a place");
  }
  if (const auto filled = lab::fill_in(text, {{"a", 5}}, {{"b", "word"}}); !filled)
    require(filled.error().offset <= size && !filled.error().what.empty(), "a fault has a place");
  return 0;
}
