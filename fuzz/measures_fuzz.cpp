// Any bytes are taken for measures or refused. What is valid can be merged, asked and written down; merged
// with itself it has the same names; and it survives a second journey.
#include <array>

#include "tutti/base/require.hpp"
#include "tutti/measure/table.hpp"
#include "tutti/wire/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutti;
  const auto window = decode<measure::Window>({data, size});
  if (!window) return 0;
  const auto checked = measure::check(window->measures);
  if (!checked) {
    require(!checked.error().empty(), "every error has its sentence");
    return 0;
  }
  const auto twice = decode<measure::Window>(encode(*window));
  require(twice && encode(*twice) == encode(*window), "a second journey changes nothing");
  const auto both = measure::merge(window->measures, twice->measures);
  require(both.all.size() == window->measures.all.size(), "the same names are the same measures");
  for (const auto& measure : both.all) {
    const auto statistics = measure::statistics_of(measure.value);
    require(statistics.min <= statistics.median && statistics.median <= statistics.max,
            "percentiles lie between the least and the greatest");
  }
  require(!measure::to_json(std::array{*window}).empty(), "whatever is valid can be written");
  require(!measure::to_csv(std::array{*window}).empty(), "whatever is valid can be written");
  return 0;
}
