#include "tutti/lab/scenario.hpp"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/random.hpp"

namespace tutti::lab {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> scenario_mistakes(std::string_view text) {
  std::vector<std::string> found;
  if (const auto scenario = parse_scenario(text, "f"); !scenario)
    for (const auto& mistake : scenario.error()) found.push_back(mistake.text());
  return found;
}

TEST(PeerSet, is_numbers_ranges_lists_or_everybody) {
  EXPECT_EQ(PeerSet::parse("*"), PeerSet::everybody());
  EXPECT_EQ(PeerSet::parse("4"), PeerSet::one(PeerNumber(4)));
  EXPECT_EQ(PeerSet::parse("7-9,1,4,8-12")->text(), "1,4,7-12");
  EXPECT_EQ(PeerSet::parse("3,2,1"), PeerSet::range(PeerNumber(1), PeerNumber(3)));
  const auto set = *PeerSet::parse("1,4,7-9");
  EXPECT_EQ(set.count(100), 5u);
  EXPECT_EQ(set.at(3), PeerNumber(8));
  EXPECT_TRUE(set.fits(10));
  EXPECT_FALSE(set.fits(9));
  EXPECT_EQ(PeerSet::everybody().count(21), 21u);
}

TEST(PeerSet, an_error_says_where_it_is_and_what_is_needed) {
  EXPECT_EQ(PeerSet::parse("1,x").error(),
            (Fault{2, "'x' names no peers: numbers, ranges and lists such as 1,4,7-9 or * are needed"}));
  EXPECT_EQ(PeerSet::parse("1,9-7").error(), (Fault{2, "the range '9-7' ends before it begins"}));
  EXPECT_EQ(PeerSet::parse("0-99999999").error(),
            (Fault{2, "'99999999' is no peer: the greatest possible is 9999999"}));
  for (const auto* wrong : {"", ",", "1,", "-", "1-", "-1", "1-2-3", "+1", "**", "1 2"})
    EXPECT_FALSE(PeerSet::parse(wrong)) << wrong;
}

TEST(Scenario, is_read_as_written) {
  const auto scenario = parse_scenario(R"(#set up the churn sequence
4 14.3 Peer.start()
3 15.1 Peer.stop()
1 36.9 Peer.start()
4 44.4 Peer.stop()

#inject a failure at 150s on 10 peers
0-9 150.0 Peer.Router.setDropMessages(true)
)",
                                       "churn.scenario");
  ASSERT_TRUE(scenario);
  ASSERT_EQ(scenario->lines.size(), 5u);
  EXPECT_EQ(scenario->lines[0], (ScenarioLine{PeerSet::one(PeerNumber(4)), 14'300ms, {"", "start", {}, {}}}));
  EXPECT_EQ(scenario->lines[4], (ScenarioLine{PeerSet::range(PeerNumber(0), PeerNumber(9)),
                                              150s,
                                              {"Router", "setDropMessages", {true}, {}}}));
  EXPECT_EQ(scenario->lines[4].number, 8u);
  EXPECT_EQ(scenario->lines[4].call.columns.method, 23);
  EXPECT_EQ(scenario->lines[4].call.columns.value(0), 39);
}

TEST(Scenario, takes_every_kind_of_value_and_blanks_and_comments) {
  const auto scenario =
      parse_scenario("\t* 0 \t Peer.Flood.set( true , -5,0.25,50ms,\"a, \\\"b\\\" # (c)\" ) # why\r\n", "f");
  ASSERT_TRUE(scenario);
  ASSERT_EQ(scenario->lines.size(), 1u);
  EXPECT_EQ(scenario->lines[0].call.values,
            (std::vector<CommandValue>{true, std::int64_t{-5}, 0.25, Duration(50ms),
                                       std::string("a, \"b\" # (c)")}));
  EXPECT_EQ(print(*scenario), "* 0 Peer.Flood.set(true, -5, 0.25, 50ms, \"a, \\\"b\\\" # (c)\")\n");
}

TEST(Scenario, every_mistake_is_named_with_its_line_and_column_and_what_was_expected) {
  EXPECT_EQ(
      scenario_mistakes("4 14.3 Peer.start()\n"
                        "x 1 Peer.start()\n"
                        "4 soon Peer.start()\n"
                        "4 14.3\n"
                        "4 14.3 peer.start()\n"
                        "4 14.3 Peer.()\n"
                        "4 14.3 Peer.start\n"
                        "4 14.3 Peer.start(yes)\n"
                        "4 14.3 Peer.start(1 2)\n"
                        "4 14.3 Peer.start(1\n"
                        "4 14.3 Peer.start() 5\n"
                        "4\n"),
      (std::vector<std::string>{
          "f:2:1: 'x' names no peers: numbers, ranges and lists such as 1,4,7-9 or * are needed",
          "f:3:3: 'soon' is no time: seconds such as 14.3 are needed, with at most nine decimals",
          "f:4:7: the line ends too early: a call such as Peer.start() or "
          "Peer.Flood.setDropMessages(true) is needed",
          "f:5:8: 'peer.start()' does not begin with Peer.: a call such as Peer.start() or "
          "Peer.Flood.setDropMessages(true) is needed",
          "f:6:13: a name of letters and digits is needed, not '()'",
          "f:7:18: an opening parenthesis is needed after 'start'",
          "f:8:19: 'yes' is no value: true, false, a number, a duration such as 50ms or a text in "
          "quotes is needed",
          "f:9:21: a comma or the closing parenthesis is needed", "f:10:20: the parenthesis is never closed",
          "f:11:21: '5' after the call: only a comment may follow",
          "f:12:2: the line ends too early: seconds and a call are needed"}));
}

TEST(Scenario, has_limits_and_says_so) {
  EXPECT_EQ(scenario_mistakes("# " + std::string(scenario_line_bytes_max, 'x') + "\n1 1 Peer.start()"),
            std::vector<std::string>{"f:1:4097: the line is too long: 4096 bytes are possible"});
  EXPECT_EQ(scenario_mistakes("1 1 Peer." + std::string(65, 'x') + "()"),
            std::vector<std::string>{"f:1:10: a name is at most 64 letters long"});
  EXPECT_EQ(scenario_mistakes("1 3153600000.000000001 Peer.start()"),
            std::vector<std::string>{"f:1:3: '3153600000.000000001' is more than 100 years"});
  std::string wrong;
  for (int i = 0; i < 1000; ++i) wrong += "wrong\n";
  const auto mistakes = scenario_mistakes(wrong);
  EXPECT_EQ(mistakes.size(), mistakes_max + 1);
  EXPECT_EQ(mistakes.back(), "f:50:1: too many mistakes: from here on the file was not read");
  EXPECT_EQ(scenario_mistakes(std::string(scenario_bytes_max + 1, '\n')),
            std::vector<std::string>{"f:1:1: the file is too large: 67108865 bytes, 67108864 are possible"});
}

/// Any call that can be written.
Call any_call(Random& random, const std::string& words) {
  Call call{random.chance(0.5) ? "Flood" : "", "set_2", {}, {}};
  for (auto count = random.below(5); count > 0; --count) {
    const std::array<CommandValue, 5> kinds{
        random.chance(0.5), static_cast<std::int64_t>(random()), (random.uniform() - 0.5) * 1e30,
        Duration(static_cast<std::int64_t>(random.below(1'000'000'000))), words};
    call.values.push_back(kinds[random.below(kinds.size())]);
  }
  return call;
}

RC_GTEST_PROP(Scenario, any_scenario_comes_back_from_its_text,
              (std::uint64_t seed, const std::string& words)) {
  Random random(seed);
  Scenario scenario;
  for (auto count = random.below(10); count > 0; --count) {
    auto peers = PeerSet::everybody();
    if (random.chance(0.8)) {
      const auto first = static_cast<std::uint32_t>(random.below(peers_max - 100));
      peers = PeerSet::range(PeerNumber(first),
                             PeerNumber(first + static_cast<std::uint32_t>(random.below(100))));
    }
    const auto time = static_cast<std::uint64_t>(scenario_time_max.count()) >> random.below(60);
    scenario.lines.push_back(
        {peers, Duration(static_cast<std::int64_t>(random.below(time + 1))), any_call(random, words)});
  }
  const auto again = parse_scenario(print(scenario), "again");
  RC_ASSERT(again.has_value());
  RC_ASSERT((*again == scenario));
}

}  // namespace
}  // namespace tutti::lab
