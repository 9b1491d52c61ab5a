#include "tutti/play/options.hpp"

#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace tutti::play {
namespace {

std::expected<PlayOptions, int> parsed(std::vector<std::string> arguments,
                                       const std::vector<OwnOption>& own = {}) {
  arguments.insert(arguments.begin(), "lamps");
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  return parse_play_options(static_cast<int>(pointers.size()), pointers.data(), "lamps", own);
}

TEST(PlayOptions, take_every_way_to_keep_a_history) {
  using namespace symmetric;
  const auto kept = [](const std::string& text) { return parsed({"--history", text})->live.history.kept; };
  EXPECT_TRUE(std::holds_alternative<HorizonHistory>(parsed({})->live.history.kept));
  EXPECT_TRUE(std::holds_alternative<HorizonHistory>(kept("horizon")));
  EXPECT_TRUE(std::holds_alternative<FullHistory>(kept("full")));
  ASSERT_TRUE(std::holds_alternative<RecentHistory>(kept("90s")));
  EXPECT_EQ(std::get<RecentHistory>(kept("90s")).span, std::chrono::seconds(90));
}

TEST(PlayOptions, name_a_history_that_is_none_and_end_with_status_2) {
  for (const auto* text : {"Full", "10", "0s", "-3s", "half"}) {
    testing::internal::CaptureStderr();
    const auto options = parsed({std::string("--history=") + text});
    const auto said = testing::internal::GetCapturedStderr();
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error(), 2);
    EXPECT_TRUE(said.contains("--history")) << said;
    EXPECT_TRUE(said.contains(std::string("'") + text + "' is neither horizon, nor full")) << said;
  }
}

TEST(PlayOptions, take_those_that_the_application_has_beside_them) {
  std::string colour;
  const std::vector<OwnOption> own{
      {.name = "--colour", .value = "NAME", .help = "of the lamps", .read = [&](const auto& text) {
         colour = text;
         return std::expected<void, std::string>{};
       }}};
  const auto options = parsed({"--colour", "red", "--name", "Ada"}, own);
  ASSERT_TRUE(options);
  EXPECT_EQ(colour, "red");
  EXPECT_EQ(options->live.name, "Ada");
}

TEST(PlayOptions, say_what_the_application_finds_wrong_with_its_own) {
  const std::vector<OwnOption> own{
      {.name = "--colour", .value = "NAME", .help = "of the lamps", .read = [](const auto& text) {
         return std::expected<void, std::string>(std::unexpected("no lamp is " + text));
       }}};
  testing::internal::CaptureStderr();
  const auto options = parsed({"--colour", "loud"}, own);
  EXPECT_TRUE(testing::internal::GetCapturedStderr().contains("--colour: no lamp is loud"));
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error(), 2);
}

TEST(PlayOptions, name_a_number_of_seconds_that_is_none_as_it_was_given) {
  testing::internal::CaptureStderr();
  EXPECT_FALSE(parsed({"--seconds", "long"}));
  EXPECT_TRUE(testing::internal::GetCapturedStderr().contains("--seconds: 'long' is no number of seconds"));
}

TEST(PlayOptions, take_several_ways_to_find_peers) {
  const auto options = parsed({"--lan", "--seeds", "a", "b", "--remember", "c", "--irc", "irc://host/#one",
                               "--irc", "irc+tls://host/#two"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->live.bootstraps.size(), 6u);
  testing::internal::CaptureStderr();
  EXPECT_FALSE(parsed({"--irc", "http://host/#one"}));
  EXPECT_TRUE(
      testing::internal::GetCapturedStderr().contains("--irc: 'http://host/#one' begins with neither"));
}

TEST(PlayOptions, ask_the_router_for_a_port_mapping_unless_that_is_not_wanted) {
  EXPECT_EQ(parsed({})->live.port_mappers.size(), 3u);
  EXPECT_TRUE(parsed({"--no-port-mapping"})->live.port_mappers.empty());
}

TEST(PlayOptions, relay_for_others_unless_that_is_not_wanted) {
  EXPECT_TRUE(parsed({})->live.relay);
  EXPECT_FALSE(parsed({"--no-relay"})->live.relay);
}

TEST(PlayOptions, show_a_ticket_only_where_there_is_one) {
  EXPECT_TRUE(parsed({"--qr", "--new-session", "file"})->show_qr);
  testing::internal::CaptureStderr();
  const auto options = parsed({"--qr"});
  EXPECT_TRUE(testing::internal::GetCapturedStderr().contains("there is no ticket"));
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error(), 2);
}

}  // namespace
}  // namespace tutti::play
