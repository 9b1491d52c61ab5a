#include "tutti/lab/generators.hpp"

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/random.hpp"

namespace tutti::lab {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

Generator generator_of(std::string_view text) {
  auto generator = parse_generator(text, "g");
  EXPECT_TRUE(generator) << text << ": " << generator.error().front().text();
  return *std::move(generator);
}

Scenario made_by(std::string_view text, std::uint64_t seed = 1, Extent extent = {21, 600s}) {
  auto scenario = generate(generator_of(text), seed, extent, "g");
  EXPECT_TRUE(scenario) << text << ": " << scenario.error();
  return *std::move(scenario);
}

Lines generator_mistakes(std::string_view text) {
  Lines found;
  if (const auto generator = parse_generator(text, "g"); !generator)
    for (const auto& mistake : generator.error()) found.push_back(mistake.text());
  return found;
}

TEST(Churn, every_peer_starts_and_stops_in_turn_for_exponential_times) {
  const auto scenario = made_by("churn online=40s offline=20s peers=0-20 from=10s until=20000s");
  std::map<PeerNumber, const ScenarioLine*> latest;
  std::map<std::string, std::vector<double>> lasting;  // by the call that ended it
  for (const auto& line : scenario.lines) {
    EXPECT_GE(line.time, 10s);
    EXPECT_LT(line.time, 20'000s);
    const auto*& before = latest[line.peers.at(0)];
    EXPECT_EQ(line.call.method, before != nullptr && before->call.method == "start" ? "stop" : "start");
    if (before != nullptr) lasting[line.call.method].push_back(in_seconds(line.time - before->time));
    before = &line;
  }
  EXPECT_EQ(latest.size(), 21u);
  for (const auto& [method, seconds] : lasting) {
    double sum = 0;
    double squares = 0;
    for (const auto x : seconds) {
      sum += x;
      squares += x * x;
    }
    const auto count = static_cast<double>(seconds.size());
    const double mean = method == "stop" ? 40 : 20;
    EXPECT_GT(count, 6000);
    EXPECT_NEAR(sum / count / mean, 1, 0.04);
    EXPECT_NEAR(squares / count / (mean * mean), 2, 0.2);  // as of an exponential distribution
  }
}

TEST(Churn, may_begin_with_everybody_online) {
  EXPECT_EQ(made_by("churn online=1s offline=1s begin=online").lines.front().call.method, "stop");
  EXPECT_EQ(made_by("churn online=1s offline=1s begin=offline").lines.front().call.method, "start");
}

TEST(Churn, of_one_peer_does_not_depend_on_the_others) {
  const auto all = made_by("churn online=40s offline=20s");
  Scenario of_five;
  for (const auto& line : all.lines)
    if (line.peers == PeerSet::one(PeerNumber(5))) of_five.lines.push_back(line);
  EXPECT_EQ(made_by("churn online=40s offline=20s peers=5"), of_five);
}

TEST(Poisson, makes_each_call_on_each_peer_equally_often_at_the_rate_of_the_whole_network) {
  const auto scenario =
      made_by(R"(poisson rate=25/min peers=1,4,7-9 call='Peer.submit("turn")' call='Peer.submit("pause")')",
              1, {21, 36'000s});
  EXPECT_NEAR(static_cast<double>(scenario.lines.size()), 25 * 600, 400);
  std::map<std::string, int> by_call;
  std::map<std::uint32_t, int> by_peer;
  for (const auto& line : scenario.lines) {
    EXPECT_TRUE(line.at_random);
    ++by_call[line.call.text()];
    ++by_peer[line.peers.at(0).value()];
  }
  ASSERT_EQ(by_call.size(), 2u);
  EXPECT_NEAR(by_call[R"(Peer.submit("turn"))"], 7500, 300);
  ASSERT_EQ(by_peer.size(), 5u);
  for (const auto& [peer, count] : by_peer) EXPECT_NEAR(count, 3000, 250) << peer;
  EXPECT_EQ(by_peer.begin()->first, 1u);
  EXPECT_EQ(by_peer.rbegin()->first, 9u);
}

TEST(Poisson, understands_rates_by_second_minute_and_hour) {
  const auto count = [](std::string_view rate) {
    return static_cast<double>(
        made_by(fmt::format("poisson rate={} call=Peer.cut() until=10000s", rate)).lines.size());
  };
  EXPECT_NEAR(count("1/s"), 10'000, 400);
  EXPECT_NEAR(count("60/min"), 10'000, 400);
  EXPECT_NEAR(count("3600/h"), 10'000, 400);
}

TEST(Flash, all_start_once_within_the_span_around_a_time) {
  const auto scenario = made_by("flash peers=100-1099 at=60s within=5s", 1, {2000, 100s});
  ASSERT_EQ(scenario.lines.size(), 1000u);
  std::map<PeerNumber, int> starts;
  for (const auto& line : scenario.lines) {
    ++starts[line.peers.at(0)];
    EXPECT_GE(line.time, 57'500ms);
    EXPECT_LE(line.time, 62'500ms);
  }
  EXPECT_EQ(starts.size(), 1000u);
  EXPECT_LT(scenario.lines.front().time, 58s);
  EXPECT_GT(scenario.lines.back().time, 62s);
}

TEST(Ramp, peers_start_evenly_one_after_the_other) {
  EXPECT_EQ(print(made_by("ramp peers=3,7-8 from=1s every=500ms")),
            "3 1 Peer.start()\n7 1.5 Peer.start()\n8 2 Peer.start()\n");
}

TEST(Generator, a_mistake_is_named_with_its_place_and_what_was_expected) {
  EXPECT_EQ(generator_mistakes("chrun online=40s"),
            Lines{"g:1:1: there is no generator 'chrun'; did you mean 'churn'?"});
  EXPECT_EQ(generator_mistakes("storm"),
            Lines{"g:1:1: there is no generator 'storm', only churn, poisson, flash, ramp"});
  EXPECT_EQ(generator_mistakes("churn onlin=40s peers=x until=5"),
            (Lines{"g:1:1: churn needs offline=20s", "g:1:1: churn needs online=40s",
                   "g:1:7: there is no 'onlin'; did you mean 'online'?",
                   "g:1:23: 'x' names no peers: numbers, ranges and lists such as 1,4,7-9 or * are needed",
                   "g:1:31: '5' is no time: a number with ns, us, ms or s is needed, such as 50ms"}));
  EXPECT_EQ(generator_mistakes("churn online=0s offline=1s offline=2s from=5s until=4s begin=x"),
            (Lines{"g:1:14: a mean is above zero", "g:1:28: 'offline' is there twice",
                   "g:1:53: it ends before it begins", "g:1:62: online or offline is needed, not 'x'"}));
  EXPECT_EQ(
      generator_mistakes("poisson rate=fast call='Peer.submit(turn)'"),
      (Lines{"g:1:14: 'fast' is no rate: a number above zero with /s, /min or /h is needed, such as 25/min",
             "g:1:37: 'turn' is no value: true, false, a number, a duration such as 50ms or a text in "
             "quotes is needed"}));
  EXPECT_EQ(generator_mistakes("flash at=1s within=5s"),
            Lines{"g:1:20: half of it is before 'at', but that is before the experiment begins"});
  EXPECT_EQ(generator_mistakes("ramp every=1s peers='1,2"),
            Lines{"g:1:21: the single quote is never closed"});
  EXPECT_EQ(generator_mistakes("ramp every=1s 5"), Lines{"g:1:15: key=value is needed, not '5'"});
}

TEST(Generator, has_limits_and_says_so) {
  const auto error = [](std::string_view text) {
    const auto scenario = generate(generator_of(text), 1, {1000, 600s}, "g");
    return scenario ? "none" : scenario.error();
  };
  EXPECT_EQ(error("ramp peers=0-1000 every=1s"), "there is no peer 1000: there are 1000 peers");
  EXPECT_EQ(error("churn online=1ns offline=1ns"), "it makes more than 1000000 calls");
  EXPECT_EQ(error("ramp every=3000000000s"), "it makes calls after more than 100 years");
  EXPECT_EQ(error("churn online=3000000000s offline=3000000000s until=3000000000s"), "none");
}

RC_GTEST_PROP(Generator, what_it_makes_comes_back_from_its_text_and_from_its_seed, (std::uint64_t seed)) {
  Random random(seed);
  const auto number = [&](std::uint64_t bound) { return random.below(bound) + 1; };
  const Lines texts{
      fmt::format("churn online={}ms offline={}us begin=online", 1000 + number(99'000), number(100'000'000)),
      fmt::format("poisson rate={}/min call='Peer.submit(\"it\\x27s\")' call=Peer.Flood.set({}ms)",
                  number(100), number(90)),
      fmt::format("flash at={}s within={}ns", 1 + number(500), number(1'000'000'000)),
      fmt::format("ramp peers=0-{} from={}ns every={}ns", number(20), number(1'000'000'000),
                  number(1'000'000'000))};
  for (const auto& text : texts) {
    const Extent extent{21, 60s};
    const auto scenario = made_by(text, seed, extent);
    const auto again = parse_scenario(print(scenario), "printed");
    RC_ASSERT(again.has_value());
    RC_ASSERT((*again == scenario));
    RC_ASSERT((made_by(text, seed, extent) == scenario));
  }
}

}  // namespace
}  // namespace tutti::lab
