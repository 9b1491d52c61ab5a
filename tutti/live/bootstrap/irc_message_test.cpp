#include "tutti/live/bootstrap/irc_message.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tutti/live/bootstrap/irc_place.hpp"

namespace tutti {
namespace {

TEST(IrcMessage, is_read_as_RFC_2812_writes_it) {
  const auto message = parse_irc(":ada!a@example.org PRIVMSG #tutti :two words : and a colon");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->nick(), "ada");
  EXPECT_EQ(message->command, "PRIVMSG");
  EXPECT_EQ(message->parameters, (std::vector<std::string>{"#tutti", "two words : and a colon"}));
  EXPECT_EQ(parse_irc("ping  :x")->command, "PING");
  EXPECT_EQ(parse_irc(":irc.example.org 001 ada")->parameter(1), "");
  EXPECT_EQ(parse_irc("MODE a :")->parameters.size(), 2u);
  const auto many = parse_irc("X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16");
  ASSERT_TRUE(many);
  EXPECT_EQ(many->parameters.back(), "15 16");
}

TEST(IrcMessage, that_is_none_is_refused) {
  for (const auto* line :
       {"", " ", ":", ": PING", ":prefix", ":prefix ", "12 a", "1234", "P1NG", "\x01", "@tag X"})
    EXPECT_FALSE(parse_irc(line)) << line;
  EXPECT_FALSE(parse_irc(std::string_view("PING a\0b", 8)));
}

TEST(IrcMessage, that_is_written_cannot_begin_a_line_of_its_own) {
  EXPECT_EQ(irc_line("PRIVMSG", {"#a", "one\r\nQUIT :two"}), "PRIVMSG #a :one  QUIT :two\r\n");
  EXPECT_EQ(irc_line("PRIVMSG", {"#a", std::string(1000, 'x')}).size(), IrcMessage::line_bytes_max);
}

RC_GTEST_PROP(IrcMessage, that_is_written_is_read_back, ()) {
  const auto word = rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('!', '9')));
  const auto text = rc::gen::container<std::string>(rc::gen::inRange(' ', '~'));
  const auto middles = *rc::gen::resize(10, rc::gen::container<std::vector<std::string>>(word));
  IrcMessage message{.command = *rc::gen::element<std::string>("PRIVMSG", "JOIN", "433"),
                     .parameters = middles};
  message.parameters.push_back(*rc::gen::resize(100, text));
  const auto line = irc_line(message.command, message.parameters);
  RC_PRE(line.size() < IrcMessage::line_bytes_max);
  RC_ASSERT(parse_irc(std::string_view(line).substr(0, line.size() - 2)) == message);
}

RC_GTEST_PROP(IrcLines, come_out_whole_however_they_arrive, (std::vector<std::string> lines)) {
  std::string stream;
  std::vector<std::string> expected;
  for (auto& line : lines) {
    std::erase_if(line, [](char character) { return character == '\n' || character == '\r'; });
    stream += line + "\r\n";
    if (!line.empty()) expected.push_back(line);
  }
  IrcLines cut;
  std::vector<std::string> got;
  while (!stream.empty()) {
    const auto size = *rc::gen::inRange<std::size_t>(1, stream.size() + 1);
    cut.add(std::string_view(stream).substr(0, size));
    stream.erase(0, size);
    while (auto line = cut.next()) got.push_back(*line);
  }
  RC_ASSERT(got == expected);
}

TEST(IrcLines, that_are_too_long_are_skipped_to_their_end) {
  IrcLines lines;
  lines.add("PING a\r\n");
  for (int i = 0; i < 1000; ++i) {
    lines.add(std::string(100, 'x'));
    EXPECT_EQ(lines.next(), i == 0 ? std::optional<std::string>("PING a") : std::nullopt);
  }
  lines.add("yz\nPING b\n");
  EXPECT_EQ(lines.next(), "PING b");
  EXPECT_FALSE(lines.next());
}

TEST(IrcNames, are_compared_as_servers_do) {
  EXPECT_TRUE(same_irc_name("Ada[1]", "aDA{1}"));
  EXPECT_FALSE(same_irc_name("ada", "adam"));
}

TEST(IrcPlace, is_read_from_a_url_and_what_is_wrong_is_named) {
  EXPECT_EQ(IrcPlace::parse("irc://irc.example.org/#tutti"),
            (IrcPlace{.host = "irc.example.org", .port = 6667, .channel = "#tutti"}));
  EXPECT_EQ(IrcPlace::parse("irc+tls://[2001:db8::1]:7000/##x"),
            (IrcPlace{.host = "2001:db8::1", .port = 7000, .channel = "##x", .tls = true}));
  EXPECT_EQ(IrcPlace::parse("irc+tls://[::1]/#x")->port, 6697);
  const auto pinned = IrcPlace::parse("irc+tls://" + std::string(64, '1') + "@host:1/#x");
  ASSERT_TRUE(pinned) << pinned.error();
  EXPECT_EQ(pinned->fingerprint.value()[31], 0x11);
  for (const auto& [url, why] :
       {std::pair("http://a/#b", "begins with neither"), std::pair("irc://a", "names no channel"),
        std::pair("irc://a/b", "names no channel"), std::pair("irc://a/#b c", "cannot be"),
        std::pair("irc:///#b", "names no host"), std::pair("irc://a:0/#b", "a port that is none"),
        std::pair("irc://a:99999/#b", "a port that is none"), std::pair("irc://[::1/#b", "bracket"),
        std::pair("irc+tls://12@a/#b", "64 hexadecimal digits"), std::pair("irc://12@a/#b", "no TLS")}) {
    const auto place = IrcPlace::parse(url);
    ASSERT_FALSE(place) << url;
    EXPECT_NE(place.error().find(why), std::string::npos) << place.error();
  }
}

}  // namespace
}  // namespace tutti
