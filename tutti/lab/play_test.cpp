#include "tutti/lab/play.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/lab/recording_stage.hpp"
#include "tutti/overlay/flood.hpp"
#include "tutti/runtime/simulator.hpp"

namespace tutti::lab {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

Vocabulary flood_vocabulary() {
  Vocabulary vocabulary;
  vocabulary.add(peerlet_type<Flood>);
  return vocabulary;
}

Scenario scenario_of(std::string_view text, std::string source = "f") {
  auto scenario = parse_scenario(text, std::move(source));
  EXPECT_TRUE(scenario) << scenario.error().front().text();
  return *std::move(scenario);
}

Lines play_mistakes(std::string_view text, const Vocabulary& vocabulary = flood_vocabulary(),
                    std::uint32_t peers = 10) {
  Lines found;
  for (const auto& mistake : check(scenario_of(text), vocabulary, peers)) found.push_back(mistake.text());
  return found;
}

TEST(Vocabulary, a_mistyped_name_is_answered_by_what_was_probably_meant) {
  EXPECT_EQ(play_mistakes("0 1 Peer.Router.setDropMessage(true)\n"
                          "0 2 Peer.strat()\n"
                          "0 3 Peer.Floood.setDropMessages(true)\n"
                          "0 4 Peer.Voronoi.join()\n"
                          "0 5 Peer.Flood.teleport()\n"),
            (Lines{"f:1:17: there is no 'setDropMessage'; did you mean 'setDropMessages(true|false)'?",
                   "f:2:10: there is no 'strat'; did you mean 'start()'?",
                   "f:3:10: there is no peerlet 'Floood'; did you mean 'Flood'?",
                   "f:4:10: there is no peerlet 'Voronoi', only Broadcaster, Flood, Router",
                   "f:5:16: there is no 'teleport': Flood has setDropMessages(true|false)"}));
}

TEST(Vocabulary, arguments_are_checked_in_number_type_and_range) {
  EXPECT_EQ(
      play_mistakes("0 1 Peer.start(1)\n"
                    "0 2 Peer.setDropMessages(1)\n"
                    "0 3 Peer.cutLink(10)\n"
                    "0 4 Peer.setDelay(\"slow\")\n"
                    "0 5 Peer.setLoss(\"200%\")\n"
                    "0 6 Peer.setClockDrift(1e6)\n"
                    "0 7 Peer.partition(-1)\n"
                    "8-12 8 Peer.start()\n"),
      (Lines{"f:1:10: start(): takes 0 arguments, not 1",
             "f:2:26: setDropMessages(true|false): needs true or false, not 1",
             "f:3:18: cutLink(peer): there are only 10 peers, 0 to 9",
             "f:4:19: setDelay(\"normal:50ms,10ms\"): 'slow' is no network model: one of none, constant, "
             "uniform, normal, pareto, "
             "coordinates, king, matrix, regions, pairs, loss, bursts, loss-matrix, duplicate, reorder, "
             "bandwidth, partition is needed",
             "f:5:18: setLoss(\"1%\"): '200%' is no loss: 0% to 100% is needed",
             "f:6:24: setClockDrift(ppm): 1000000 is no drift: -100000 to 100000 ppm is possible",
             "f:7:20: partition(group): -1 is no group: 0 to 9999999 is possible",
             "f:8:1: there is no peer 12: there are only 10 peers, 0 to 9"}));
}

TEST(Vocabulary, an_application_checks_the_text_of_its_events) {
  auto vocabulary = flood_vocabulary();
  vocabulary.set_event_check([](std::string_view event) -> std::expected<void, std::string> {
    if (event == "turn") return {};
    return std::unexpected("no event but 'turn' is known");
  });
  EXPECT_EQ(play_mistakes("0 1 Peer.submit(\"turn\")\n0 2 Peer.submit(\"trun\")\n", vocabulary),
            Lines{"f:2:17: submit(\"text\"): no event but 'turn' is known"});
}

TEST(Vocabulary, knows_the_commands_of_a_peer_and_lists_all_calls) {
  Simulator simulator(1);
  const auto peer = Peer::build(simulator.add_node(), {}).add<Flood>().start();
  Vocabulary vocabulary;
  vocabulary.add(*peer);
  EXPECT_EQ(
      vocabulary.list(),
      (Lines{"Peer.start()", "Peer.stop()", "Peer.kill()", "Peer.setDropMessages(true|false)", "Peer.cut()",
             "Peer.heal()", "Peer.cutLink(peer)", "Peer.healLink(peer)", "Peer.partition(group)",
             "Peer.setDelay(\"normal:50ms,10ms\")", "Peer.setLoss(\"1%\")", "Peer.setClockDrift(ppm)",
             "Peer.stepClock(seconds)", "Peer.submit(\"text\")", "Peer.Flood.setDropMessages(true|false)",
             "Peer.Broadcaster.setDropMessages(true|false)", "Peer.Router.setDropMessages(true|false)"}));
}

TEST(Play, goes_by_time_and_at_equal_times_by_the_order_in_the_file_and_of_the_files) {
  auto play = Play::prepare({scenario_of("2,1 5 Peer.stop()\n3 5 Peer.kill()\n* 0.5 Peer.start()\n"),
                             scenario_of("0 5 Peer.cut()\n", "g")},
                            {}, 4);
  ASSERT_TRUE(play);
  RecordingStage stage;
  EXPECT_EQ(play->next(), 500ms);
  EXPECT_TRUE(play->run_until(499ms, stage).empty());
  EXPECT_TRUE(stage.calls.empty());
  EXPECT_TRUE(play->run_until(500ms, stage).empty());
  EXPECT_EQ(stage.calls, (Lines{"0 Peer.start()", "1 Peer.start()", "2 Peer.start()", "3 Peer.start()"}));
  stage.calls.clear();
  EXPECT_EQ(play->next(), 5s);
  EXPECT_TRUE(play->run_until(1h, stage).empty());
  EXPECT_EQ(stage.calls, (Lines{"1 Peer.stop()", "2 Peer.stop()", "3 Peer.kill()", "0 Peer.cut()"}));
  EXPECT_EQ(play->next(), std::nullopt);
  EXPECT_EQ(play->due(1h), std::nullopt);
}

TEST(Play, makes_every_call_with_its_arguments) {
  const Lines calls{"1 Peer.start()",
                    "1 Peer.stop()",
                    "1 Peer.kill()",
                    "1 Peer.setDropMessages(true)",
                    "1 Peer.cut()",
                    "1 Peer.heal()",
                    "1 Peer.cutLink(2)",
                    "1 Peer.healLink(2)",
                    "1 Peer.partition(3)",
                    "1 Peer.setDelay(\"normal:50ms,10ms\")",
                    "1 Peer.setLoss(\"25%\")",
                    "1 Peer.setClockDrift(-12.5)",
                    "1 Peer.stepClock(-1.5)",
                    "1 Peer.submit(\"turn \\\"left\\\"\")",
                    "1 Peer.Broadcaster.setDropMessages(false)"};
  EXPECT_EQ(calls.size(), built_in_calls().size() + 1);
  std::string text;
  for (const auto& call : calls) text += "1 7 " + call.substr(2) + "\n";
  auto play = Play::prepare({scenario_of(text)}, flood_vocabulary(), 4);
  ASSERT_TRUE(play);
  RecordingStage stage;
  EXPECT_TRUE(play->run_until(7s, stage).empty());
  EXPECT_EQ(stage.calls, calls);
}

TEST(Play, a_call_that_fails_is_reported_with_its_place_and_the_others_go_on) {
  auto play = Play::prepare({scenario_of("# two\n3-4 15.1 Peer.stop()\n")}, {}, 5);
  ASSERT_TRUE(play);
  RecordingStage stage;
  stage.answer = [](const std::string& call) -> Stage::Outcome {
    if (call.starts_with('3')) return std::unexpected("it is not running");
    return {};
  };
  const auto failures = play->run_until(16s, stage);
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].text(), "f:2:15: peer 3 at 15.100 s: Peer.stop() failed: it is not running");
  EXPECT_EQ(stage.calls.size(), 2u);
}

TEST(Play, what_an_offline_peer_was_to_do_at_random_is_no_failure_and_what_was_written_for_it_is) {
  auto random = scenario_of("0-2 1 Peer.submit(\"turn\")\n");
  random.lines.front().at_random = true;
  auto play = Play::prepare({random, scenario_of("1 2 Peer.submit(\"turn\")\n")}, {}, 3);
  ASSERT_TRUE(play);
  RecordingStage stage;
  stage.offline = {PeerNumber(1)};
  stage.answer = [](const std::string& call) -> Stage::Outcome {
    if (call.starts_with('0')) return {};
    return std::unexpected(call.starts_with('1') ? "it is not running" : "it makes no sense");
  };
  const auto failures = play->run_until(3s, stage);
  ASSERT_EQ(failures.size(), 2u);
  EXPECT_TRUE(failures[0].text().contains("peer 2 at 1.000 s")) << failures[0].text();
  EXPECT_TRUE(failures[1].text().contains("peer 1 at 2.000 s")) << failures[1].text();
}

TEST(Play, does_not_begin_with_a_mistake_in_any_scenario) {
  const auto play =
      Play::prepare({scenario_of("0 1 Peer.stat()"), scenario_of("9 1 Peer.start()", "g")}, {}, 5);
  ASSERT_FALSE(play);
  ASSERT_EQ(play.error().size(), 2u);
  EXPECT_EQ(play.error()[1].text(), "g:1:1: there is no peer 9: there are only 5 peers, 0 to 4");
}

TEST(Play, a_long_scenario_of_all_peers_needs_no_room_for_each_call) {
  auto play = Play::prepare({scenario_of("* 1 Peer.start()\n* 2 Peer.stop()\n")}, {}, peers_max);
  ASSERT_TRUE(play);
  EXPECT_EQ(play->due(1s)->peer, PeerNumber(0));
  EXPECT_EQ(play->due(1s)->peer, PeerNumber(1));
}

}  // namespace
}  // namespace tutti::lab
