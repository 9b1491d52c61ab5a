#include "tutti/peer/command.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/peer/peer.hpp"
#include "tutti/runtime/simulator.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using Values = std::vector<CommandValue>;
using Notes = std::vector<std::string>;
using Hops = Strong<struct HopsTag, std::uint8_t>;

/// A router whose commands take every kind of argument.
class Router final : public Peerlet {
 public:
  explicit Router(Notes& notes) : notes_(notes) {}
  void set_drop_messages(bool drop) { notes_.emplace_back(drop ? "drops" : "keeps"); }
  void set_route(const std::string& via, Hops hops, double share, Duration pause) {
    notes_.push_back(
        fmt::format("{} {} {} {}", via, int{hops.value()}, share, std::chrono::nanoseconds(pause).count()));
  }
  std::expected<void, std::string> fail(std::string_view why) { return std::unexpected(std::string(why)); }

  static constexpr auto names = tutti::names<"Chord", "Router">;
  static constexpr auto commands =
      tutti::commands<Command<"setDropMessages", &Router::set_drop_messages>,
                      Command<"setRoute", &Router::set_route>, Command<"fail", &Router::fail>>;

 private:
  Notes& notes_;
};

class Silent final : public Peerlet {
 public:
  static constexpr auto names = tutti::names<"Router">;
};

struct Fixture {
  Notes notes;
  Simulator simulator{1};
  std::unique_ptr<Peer> peer = Peer::build(simulator.add_node(), {}).add<Silent>().add<Router>(notes).start();

  std::string error(std::string_view peerlet, std::string_view method, const Values& values) {
    const auto done = peer->command(peerlet, method, values);
    return done ? "none" : done.error();
  }
};

TEST(Command, calls_the_method_of_the_first_peerlet_of_that_name_that_has_it) {
  Fixture f;
  EXPECT_EQ(f.error("Router", "setDropMessages", Values{true}), "none");
  EXPECT_EQ(f.error("Chord", "setDropMessages", Values{false}), "none");
  EXPECT_EQ(f.notes, (Notes{"drops", "keeps"}));
}

TEST(Command, hands_on_every_kind_of_argument) {
  Fixture f;
  EXPECT_EQ(f.error("Chord", "setRoute", Values{std::string("a b"), std::int64_t{255}, 0.5, Duration(50ms)}),
            "none");
  EXPECT_EQ(f.error("Chord", "setRoute", Values{std::string(), std::int64_t{0}, std::int64_t{2}, Duration()}),
            "none");
  EXPECT_EQ(f.notes, (Notes{"a b 255 0.5 50000000", " 0 2 0"}));
}

TEST(Command, says_what_is_wrong_with_a_name_or_a_value) {
  Fixture f;
  EXPECT_EQ(f.error("Kademlia", "fail", {}), "there is no peerlet 'Kademlia'");
  EXPECT_EQ(f.error("Router", "stop", {}), "'Router' has no command 'stop'");
  EXPECT_EQ(f.error("Router", "setDropMessages", Values{std::int64_t{1}}),
            "setDropMessages(true|false): needs true or false, not 1");
  EXPECT_EQ(f.error("Router", "setDropMessages", Values{true, true}),
            "setDropMessages(true|false): takes 1 argument, not 2");
  EXPECT_EQ(f.error("Router", "setRoute", Values{std::string(), std::int64_t{256}, 0.5, Duration()}),
            R"(setRoute("text", whole number, number, duration): 256 is out of range: 0 to 255 is possible)");
  EXPECT_EQ(f.error("Router", "fail", Values{std::string("no route")}), "no route");
  EXPECT_TRUE(f.notes.empty());
}

TEST(Command, a_peer_lists_what_can_be_called_with_which_parameters) {
  Fixture f;
  const auto types = f.peer->peerlet_types();
  ASSERT_EQ(types.size(), 2u);
  EXPECT_TRUE(types[0]->commands.empty());
  EXPECT_TRUE(types[1]->answers_to("Chord"));
  EXPECT_FALSE(types[1]->answers_to("chord"));
  Notes found;
  for (const auto& entry : types[1]->commands) found.push_back(describe(entry.signature));
  EXPECT_EQ(found, (Notes{"setDropMessages(true|false)",
                          R"(setRoute("text", whole number, number, duration))", R"(fail("text"))"}));
  EXPECT_EQ(types[1]->commands[1].signature.parameters[1].type, ValueType::whole);
}

TEST(CommandValue, is_told_by_how_it_looks) {
  EXPECT_EQ(parse_command_value("true"), CommandValue(true));
  EXPECT_EQ(parse_command_value("-5"), CommandValue(std::int64_t{-5}));
  EXPECT_EQ(parse_command_value("5.0"), CommandValue(5.0));
  EXPECT_EQ(parse_command_value("1e-3"), CommandValue(0.001));
  EXPECT_EQ(parse_command_value("50ms"), CommandValue(Duration(50ms)));
  EXPECT_EQ(parse_command_value(R"("a \"b\" \x41\n")"), CommandValue("a \"b\" A\n"));
}

TEST(CommandValue, an_error_says_what_would_be_one) {
  const auto error = [](std::string_view text) { return parse_command_value(text).error(); };
  EXPECT_EQ(
      error("yes"),
      "'yes' is no value: true, false, a number, a duration such as 50ms or a text in quotes is needed");
  EXPECT_EQ(error("99999999999999999999"), "'99999999999999999999' is too large a number");
  EXPECT_EQ(error("5minutes"),
            "'5minutes' is no time: a number with ns, us, ms or s is needed, such as 50ms");
  EXPECT_EQ(error("\"open"), "the text has no closing quote");
  EXPECT_EQ(error(R"("\q")"),
            R"('"\q"' is no text: only \" \\ \n \r \t and \x00 to \xff may follow a backslash)");
  for (const auto* wrong : {"", "nan", "inf", "-1s", "\"", R"("\x1")", R"("\")", R"("a"b")"})
    EXPECT_FALSE(parse_command_value(wrong)) << wrong;
}

RC_GTEST_PROP(CommandValue, any_value_comes_back_from_its_text,
              (bool truth, std::int64_t whole, double real, std::uint32_t nanoseconds,
               const std::string& words)) {
  for (const auto& value : {CommandValue(truth), CommandValue(whole), CommandValue(real),
                            CommandValue(Duration(nanoseconds)), CommandValue(words)})
    RC_ASSERT((parse_command_value(text(value)) == value));
}

}  // namespace
}  // namespace tutti
