// Lines of an interrupted sweep as nobody wrote them: refused with words, or taken, and then written and read
// back without a change.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tutti/base/require.hpp"
#include "tutti/lab/results.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutti;
  using namespace tutti::lab;
  const auto run = from_line(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!run) {
    require(!run.error().empty(), "every error has its sentence");
    return 0;
  }
  const auto line = to_line(*run);
  const auto again = from_line(line);
  require(again.has_value(), "a run that was read can be written and read back");
  require(to_line(*again) == line, "a second journey changes nothing");
  require(again->totals == run->totals && again->series == run->series, "measures survive");
  return 0;
}
