// How peers of a session meet in a channel of any IRC server, as pure logic: bytes and times go in, lines to
// send and peers found come out.
//
//   newcomer                               those who are there
//     NICK, USER, JOIN #channel
//     PRIVMSG #channel :tutti seeks SESSION
//                                          PRIVMSG newcomer :tutti here SESSION ID ENDPOINT...
//     NOTICE each :tutti here SESSION ID ENDPOINT...
//
// A NOTICE is never answered, so two programs cannot keep each other talking. Whoever is there asks again now
// and then: after a netsplit the two halves of a channel know nothing of each other. Servers throw out who
// says too much, so lines wait until they may go (RFC 1459, 8.10), and when many wait, further ones are
// dropped: who was not answered asks again. Names in the channel are anybody's: each is believed, and
// answered, once in a while and no more. Nicknames are drawn, since they say nothing about a peer.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/base/log.hpp"
#include "tutti/base/random.hpp"
#include "tutti/link/backoff.hpp"
#include "tutti/live/bootstrap/bootstrap.hpp"
#include "tutti/live/bootstrap/irc_message.hpp"

namespace tutti {

struct IrcMeetingOptions {
  std::string channel{};  ///< with its '#'
  BackoffOptions reconnect{.first = std::chrono::seconds(2), .longest = std::chrono::minutes(5)};
  /// After a kick, or where the channel cannot be entered.
  BackoffOptions rejoin{.first = std::chrono::seconds(30), .longest = std::chrono::minutes(10)};
  BackoffOptions seek{.first = std::chrono::seconds(30), .longest = std::chrono::minutes(10)};
  /// From the connection to the server's welcome: servers look up who comes first.
  Duration registration_timeout = std::chrono::seconds(60);
  Duration join_timeout = std::chrono::seconds(30);
  /// Without a word from the server for so long it is asked, and after twice as long given up.
  Duration silence = std::chrono::seconds(90);
  /// How often one name is answered, and believed.
  Duration attention = std::chrono::seconds(20);
};

class IrcMeeting {
 public:
  static constexpr std::size_t endpoints_max = 6;  ///< in one line
  static constexpr std::size_t names_max = 256;    ///< remembered at once
  static constexpr std::size_t lines_max = 16;     ///< waiting to be sent
  static constexpr std::size_t nicks_max = 8;      ///< tried on one connection

  IrcMeeting(IrcMeetingOptions options, const Announcement& self, Random random, Log log);

  /// Where others are told that this peer is, from now on.
  void announce(const Announcement& self);

  // What happens:

  void connected(TimePoint now);
  /// Also when a connection could not be made.
  void disconnected(TimePoint now);
  void receive(TimePoint now, std::string_view bytes);
  /// Does what is due.
  void advance(TimePoint now);

  // What is to be done after each of these:

  /// Whether there should be a connection; one that is there and not wanted is to be closed.
  [[nodiscard]] bool wants_connection() const { return state_ != State::away; }
  /// A line to send now.
  std::optional<std::string> next_line(TimePoint now);
  /// Somebody who was found.
  std::optional<LinkTarget> next_found();
  /// When to call advance() and next_line() again.
  [[nodiscard]] TimePoint next_at() const;

  [[nodiscard]] bool present() const { return state_ == State::present; }
  [[nodiscard]] const std::string& nick() const { return nick_; }
  /// Lines of the server's that were no messages, or too long, and were skipped.
  [[nodiscard]] std::uint64_t garbled_lines() const { return garbled_ + lines_.too_long(); }

 private:
  enum class State : std::uint8_t {
    away,         ///< until due_
    connecting,   ///< until somebody says what became of it
    registering,  ///< until due_
    outside,      ///< not in the channel; JOIN is said at due_
    joining,      ///< until due_
    present,      ///< in the channel, asking again at due_
  };
  struct Attention {
    std::optional<TimePoint> answered;
    std::optional<TimePoint> heard;
  };

  void take(TimePoint now, const IrcMessage& message);
  void take_numeric(TimePoint now, const IrcMessage& message);
  void take_words(TimePoint now, const IrcMessage& message);
  void go_away(TimePoint now, std::string_view why);
  void leave_channel(TimePoint now, std::string_view why);
  void choose_nick(TimePoint now);
  void say(std::string_view command, const std::vector<std::string>& parameters);
  void say_where(std::string_view command, std::string_view nick);
  void seek(TimePoint now);
  /// What is remembered of a name; nothing if there is no room.
  Attention* attention_for(TimePoint now, std::string_view nick);

  IrcMeetingOptions options_;
  std::string seeks_;
  std::string here_;  // up to the session
  std::string where_;
  PeerId self_;
  Random random_;
  Log log_;

  State state_ = State::away;
  TimePoint due_{};
  TimePoint heard_at_{};
  bool asked_ = false;  // whether the server is alive
  std::string nick_;
  std::size_t nicks_tried_ = 0;
  Backoff reconnect_, rejoin_, seek_;
  IrcLines lines_;
  std::deque<std::string> waiting_;
  TimePoint pace_{};  // how far ahead the lines said so far have used up what the server allows
  std::map<std::string, Attention, std::less<>> names_;
  std::deque<LinkTarget> found_;
  std::uint64_t garbled_ = 0;
  std::uint64_t garbled_told_ = 0;  // how many there were when it was last looked
};

}  // namespace tutti
