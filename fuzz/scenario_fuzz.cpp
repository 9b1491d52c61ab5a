// Scenario files and generators as nobody would write them: whatever is read can be written and read back,
// every mistake has a place and words, and checking and playing what was read never fails otherwise.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tutti/base/require.hpp"
#include "tutti/lab/generators.hpp"
#include "tutti/lab/play.hpp"
#include "tutti/lab/recording_stage.hpp"
#include "tutti/overlay/flood.hpp"

namespace {

using namespace tutti;
using namespace tutti::lab;

constexpr std::uint32_t peers = 3;

void expect_words(const Mistakes& mistakes) {
  require(!mistakes.empty(), "a refusal has a reason");
  for (const auto& mistake : mistakes)
    require(mistake.line > 0 && mistake.column > 0 && !mistake.what.empty(),
            "a mistake has a place and words");
}

void play(const Scenario& scenario) {
  Vocabulary vocabulary;
  vocabulary.add(peerlet_type<Flood>);
  auto play = Play::prepare({scenario}, vocabulary, peers);
  if (!play) return expect_words(play.error());
  RecordingStage stage;
  require(play->run_until(scenario_time_max, stage).empty(), "a call that was checked can be made");
  require(!play->next(), "a play comes to its end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto scenario = parse_scenario(text, "file")) {
    const auto again = parse_scenario(print(*scenario), "again");
    require(again && *again == *scenario, "a scenario survives being written and read");
    play(*scenario);
  } else {
    expect_words(scenario.error());
  }
  if (const auto generator = parse_generator(text, "generator")) {
    if (const auto made = generate(*generator, size, {peers, std::chrono::seconds(10)}, "made");
        made && made->lines.size() < 10'000)
      play(*made);
  } else {
    expect_words(generator.error());
  }
  return 0;
}
