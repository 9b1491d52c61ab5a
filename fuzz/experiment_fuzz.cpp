// Experiments, topologies and references as nobody would write them: every mistake has a place and words,
// what is read has cells, and what was changed can be read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tutti/base/require.hpp"
#include "tutti/lab/experiment_text.hpp"
#include "tutti/lab/reference_file.hpp"

namespace {

using namespace tutti;
using namespace tutti::lab;

void expect_words(const Mistakes& mistakes) {
  require(!mistakes.empty() && mistakes.size() <= mistakes_max, "a refusal has reasons, but not too many");
  for (const auto& mistake : mistakes)
    require(mistake.line > 0 && mistake.column > 0 && !mistake.what.empty(),
            "a mistake has a place and words");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto experiment = parse_experiment(text, "e.toml")) {
    require(!cells_of(*experiment).empty(), "an experiment has a cell");
    const auto changed = parse_experiment(text, "e.toml", {{"seed", "7"}});
    require(changed && changed->seed == 7, "a seed can be changed");
    require(parse_experiment(changed->text, "e.toml").has_value(), "what was changed can be read again");
  } else {
    expect_words(experiment.error());
  }
  Experiment sweep;
  sweep.axes.push_back({.name = "a", .title = "", .unit = "", .values = {1.0, "word"}});
  Reference reference;
  reference.column = "v";
  if (const auto values = parse_reference(text, "r.csv", sweep, reference); !values)
    expect_words(values.error());
  else
    require(values->size() == 2, "every cell is asked for");
  if (const auto topology = parse_topology(text, "t.csv"); !topology) expect_words(topology.error());
  return 0;
}
