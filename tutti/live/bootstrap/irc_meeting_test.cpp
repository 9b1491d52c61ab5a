#include "tutti/live/bootstrap/irc_meeting.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tutti {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const PeerId self{{1}};
const PeerId other{{2}};
const Announcement announcement{
    .peer = self, .session = "0123456789abcdef", .targets = {{Endpoint::v4(0x0a000001, 5000), self}}};
const std::string here = "tutti here 0123456789abcdef " + other.text() + " 10.0.0.2:5000";

/// A meeting, and the server as the test speaks for it.
class Meeting {
 public:
  Meeting()
      : core({.channel = "#tutti"}, announcement, Random(1),
             Log(LogLevel::info, [this](LogLevel, std::string_view line) { (lines += line) += '\n'; })) {
    step(0s);
  }

  /// Time passes; everything that may be sent by then is.
  void step(Duration after) {
    const auto end = now + after;
    for (;;) {
      while (const auto line = core.next_line(now)) sent.push_back(line->substr(0, line->size() - 2));
      if (core.next_at() > end) break;
      now = std::max(now, core.next_at());
      core.advance(now);
    }
    now = end;
  }
  void hear(std::string_view line) {
    core.receive(now, std::string(line) + "\r\n");
    step(0s);
  }
  std::vector<std::string> take_sent() { return std::exchange(sent, {}); }
  std::vector<LinkTarget> take_found() {
    std::vector<LinkTarget> found;
    while (const auto target = core.next_found()) found.push_back(*target);
    return found;
  }
  void enter() {
    core.connected(now);
    step(0s);
    hear(":server 001 " + core.nick() + " :Welcome");
    hear(":" + core.nick() + "!u@h JOIN :#tutti");
    ASSERT_TRUE(core.present());
    step(20s);
    sent.clear();
  }

  std::string lines;  // of the log
  TimePoint now{};
  IrcMeeting core;
  std::vector<std::string> sent;
};

TEST(IrcMeeting, registers_joins_and_asks) {
  Meeting meeting;
  EXPECT_TRUE(meeting.core.wants_connection());
  meeting.core.connected(meeting.now);
  meeting.step(0s);
  const auto nick = meeting.core.nick();
  EXPECT_EQ(nick.size(), 9u);
  EXPECT_THAT(meeting.take_sent(), ElementsAre("NICK :" + nick, "USER tutti 0 * :tutti"));
  meeting.hear(":server NOTICE * :looking up your name");
  meeting.hear(":server 001 " + nick + " :Welcome");
  EXPECT_THAT(meeting.take_sent(), ElementsAre("JOIN :#tutti"));
  meeting.hear(":" + nick + "!u@h JOIN :#tutti");
  EXPECT_THAT(meeting.take_sent(), ElementsAre("PRIVMSG #tutti :tutti seeks 0123456789abcdef"));
}

TEST(IrcMeeting, answers_who_seeks_the_same_session_and_hears_the_answer) {
  Meeting meeting;
  meeting.enter();
  meeting.hear(":ada!u@h PRIVMSG #tutti :tutti seeks fedcba9876543210");
  meeting.hear(":ada!u@h PRIVMSG #tutti :tutti seeks 0123456789abcdef and more");
  EXPECT_THAT(meeting.take_sent(), IsEmpty());
  meeting.hear(":ada!u@h PRIVMSG #tutti :tutti seeks 0123456789abcdef");
  EXPECT_THAT(meeting.take_sent(),
              ElementsAre("PRIVMSG ada :tutti here 0123456789abcdef " + self.text() + " 10.0.0.1:5000"));
  meeting.hear(":ada!u@h NOTICE " + meeting.core.nick() + " :" + here);
  EXPECT_THAT(meeting.take_sent(), IsEmpty());
  const auto found = meeting.take_found();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].endpoint, Endpoint::v4(0x0a000002, 5000));
  EXPECT_EQ(found[0].peer, other);
}

TEST(IrcMeeting, says_where_the_peer_is_now) {
  Meeting meeting;
  meeting.enter();
  auto elsewhere = announcement;
  elsewhere.targets.insert(elsewhere.targets.begin(), {Endpoint::v4(0xcb007107, 5000), self});
  meeting.core.announce(elsewhere);
  meeting.hear(":ada!u@h PRIVMSG #tutti :tutti seeks 0123456789abcdef");
  EXPECT_THAT(meeting.take_sent(), ElementsAre("PRIVMSG ada :tutti here 0123456789abcdef " + self.text() +
                                               " 203.0.113.7:5000 10.0.0.1:5000"));
}

TEST(IrcMeeting, tells_who_answers_where_it_is_in_a_notice) {
  Meeting meeting;
  meeting.enter();
  meeting.hear(":Bob!u@h PRIVMSG " + meeting.core.nick() + " :" + here);
  EXPECT_THAT(meeting.take_sent(), ElementsAre(StartsWith("NOTICE Bob :tutti here 0123456789abcdef")));
  EXPECT_EQ(meeting.take_found().size(), 1u);
}

TEST(IrcMeeting, chooses_another_nickname_when_one_is_taken_and_gives_up_after_some) {
  Meeting meeting;
  meeting.core.connected(meeting.now);
  const auto first = meeting.core.nick();
  meeting.hear(":server 433 * " + first + " :Nickname is already in use");
  EXPECT_NE(meeting.core.nick(), first);
  EXPECT_THAT(meeting.take_sent().back(), "NICK :" + meeting.core.nick());
  for (int i = 0; i < 10; ++i) meeting.hear(":server 432 * x :Erroneous nickname");
  EXPECT_FALSE(meeting.core.wants_connection());
  meeting.step(1min);
  EXPECT_TRUE(meeting.core.wants_connection());
}

TEST(IrcMeeting, follows_a_nickname_that_the_server_changes) {
  Meeting meeting;
  meeting.enter();
  meeting.hear(":" + meeting.core.nick() + "!u@h NICK :guest1");
  EXPECT_EQ(meeting.core.nick(), "guest1");
  meeting.hear(":ada!u@h NOTICE Guest1 :" + here);
  EXPECT_EQ(meeting.take_found().size(), 1u);
}

TEST(IrcMeeting, answers_a_ping_at_once_even_when_much_waits) {
  Meeting meeting;
  meeting.enter();
  for (int i = 0; i < 100; ++i)
    meeting.hear(fmt::format(":n{}!u@h PRIVMSG #tutti :tutti seeks 0123456789abcdef", i));
  EXPECT_LE(meeting.take_sent().size(), 6u);
  meeting.hear("PING :token");
  meeting.step(3s);
  EXPECT_EQ(meeting.take_sent().front(), "PONG :token");
  meeting.step(10min);
  // The others were too many: they were not answered, and ask again.
  EXPECT_LE(meeting.take_sent().size(), IrcMeeting::lines_max + 20);
}

TEST(IrcMeeting, comes_back_after_a_kick) {
  Meeting meeting;
  meeting.enter();
  meeting.hear(":op!u@h KICK #tutti " + meeting.core.nick() + " :go away");
  EXPECT_FALSE(meeting.core.present());
  EXPECT_TRUE(meeting.core.wants_connection());
  meeting.step(1min);
  EXPECT_THAT(meeting.take_sent(), testing::Contains("JOIN :#tutti"));
  meeting.hear(":" + meeting.core.nick() + "!u@h JOIN #TUTTI");
  EXPECT_TRUE(meeting.core.present());
}

TEST(IrcMeeting, shows_a_person_no_control_characters_of_a_server) {
  std::string said;
  IrcMeeting meeting({.channel = "#tutti"}, announcement, Random(1),
                     Log(LogLevel::info, [&](LogLevel, std::string_view line) { said += line; }));
  meeting.advance({});
  meeting.connected({});
  meeting.receive({}, "ERROR :\x1b[2Jboo\r\n");
  EXPECT_THAT(said, HasSubstr("?[2Jboo"));
}

TEST(IrcMeeting, tries_again_where_it_is_not_let_in) {
  Meeting meeting;
  meeting.core.connected(meeting.now);
  meeting.hear(":server 001 " + meeting.core.nick() + " :Welcome");
  meeting.take_sent();
  meeting.hear(":server 474 " + meeting.core.nick() + " #tutti :Cannot join channel (+b)");
  EXPECT_THAT(meeting.take_sent(), IsEmpty());
  for (int i = 0; i < 10; ++i) {
    meeting.step(30s);
    meeting.hear("PING :x");
  }
  EXPECT_THAT(meeting.take_sent(), testing::Contains("JOIN :#tutti"));
}

TEST(IrcMeeting, gives_up_a_server_that_is_silent_and_reconnects_with_growing_pauses) {
  Meeting meeting;
  meeting.enter();
  meeting.step(100s);
  EXPECT_THAT(meeting.take_sent(), testing::Contains("PING :tutti"));
  EXPECT_TRUE(meeting.core.present());
  meeting.step(200s);
  EXPECT_FALSE(meeting.core.present());
  EXPECT_TRUE(meeting.core.wants_connection());  // a new one

  Duration last{};
  for (int i = 0; i < 12; ++i) {
    meeting.core.disconnected(meeting.now);
    EXPECT_FALSE(meeting.core.wants_connection());
    last = meeting.core.next_at() - meeting.now;
    EXPECT_LE(last, 450s);
    meeting.step(last);
    EXPECT_TRUE(meeting.core.wants_connection());
  }
  EXPECT_GT(last, 60s);
}

TEST(IrcMeeting, counts_and_names_the_garbage_of_a_server_and_stays) {
  Meeting meeting;
  meeting.enter();
  for (int i = 0; i < 5; ++i) meeting.hear(": ?");
  meeting.core.receive(meeting.now, std::string(100'000, 'x'));
  meeting.core.receive(meeting.now, std::string(100'000, 'x') + "\r\n");
  EXPECT_EQ(meeting.core.garbled_lines(), 6u);
  for (const auto* count : {" 1 ", " 2 ", " 4 "})
    EXPECT_THAT(meeting.lines,
                HasSubstr("#tutti: the server has sent" + std::string(count) + "lines that are no messages"));
  EXPECT_THAT(meeting.lines, testing::Not(HasSubstr(" 5 ")));
  EXPECT_TRUE(meeting.core.present());
}

TEST(IrcMeeting, asks_again_now_and_then_since_a_netsplit_may_have_healed) {
  Meeting meeting;
  meeting.enter();
  for (int i = 0; i < 60; ++i) {
    meeting.step(60s);
    meeting.hear("PING :x");
  }
  const auto sent = meeting.take_sent();
  const auto asked = std::ranges::count(sent, "PRIVMSG #tutti :tutti seeks 0123456789abcdef");
  EXPECT_GE(asked, 4);
  EXPECT_LE(asked, 20);
}

TEST(IrcMeeting, believes_and_answers_one_name_only_once_in_a_while) {
  Meeting meeting;
  meeting.enter();
  for (int i = 0; i < 1000; ++i) meeting.hear(":ada!u@h PRIVMSG " + meeting.core.nick() + " :" + here);
  EXPECT_EQ(meeting.take_found().size(), 1u);
  EXPECT_EQ(meeting.take_sent().size(), 1u);
  std::string many = "tutti here 0123456789abcdef " + other.text();
  for (int port = 1; port < 30; ++port) many += fmt::format(" 10.0.0.1:{}", port);
  meeting.hear(":bob!u@h NOTICE " + meeting.core.nick() + " :" + many);
  EXPECT_EQ(meeting.take_found().size(), IrcMeeting::endpoints_max);
}

TEST(IrcMeeting, remembers_only_so_many_names) {
  Meeting meeting;
  meeting.enter();
  for (int i = 0; i < 1000; ++i)
    meeting.core.receive(meeting.now,
                         fmt::format(":n{}!u@h NOTICE {} :{}\r\n", i, meeting.core.nick(), here));
  EXPECT_EQ(meeting.take_found().size(), IrcMeeting::names_max);
}

RC_GTEST_PROP(IrcMeeting, stands_whatever_a_server_says, (std::vector<std::string> pieces)) {
  Meeting meeting;
  meeting.core.connected(meeting.now);
  const auto nick = meeting.core.nick();
  for (const auto& piece : pieces) {
    const auto line = *rc::gen::elementOf(
        std::vector<std::string>{piece, "PING", "NICK", ":" + nick + " NICK :", "ERROR", ":x 001", ":x 433",
                                 ":" + nick + " JOIN #tutti", ":x KICK #tutti " + nick,
                                 ":x PRIVMSG #tutti :tutti seeks 0123456789abcdef",
                                 ":x NOTICE " + nick + " :tutti here 0123456789abcdef ", "\n"});
    meeting.hear(line);
    meeting.step(Duration(*rc::gen::inRange<std::int64_t>(0, 200'000'000'000)));
    if (*rc::gen::inRange(0, 4) == 0) meeting.core.disconnected(meeting.now);
    if (meeting.core.next_at() == TimePoint::max()) meeting.core.connected(meeting.now);
  }
  meeting.step(0s);
  RC_ASSERT(meeting.core.next_at() > meeting.now);
}

}  // namespace
}  // namespace tutti
