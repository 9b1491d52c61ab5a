#include "tutti/live/bootstrap/irc_meeting.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <ranges>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/text.hpp"

namespace tutti {
namespace {

/// RFC 1459, 8.10: each line costs its sender two seconds, and who is more than ten ahead is not read.
constexpr Duration line_cost = std::chrono::seconds(2);
constexpr Duration pace_ahead_max = std::chrono::seconds(10);
constexpr std::size_t nick_letters = 8;  // nine with the first: what RFC 1459 grants everywhere

/// Errors of JOIN: no such channel, too many channels, not available now, full, invited only, banned, key
/// needed, bad mask, registered only.
constexpr std::array<std::string_view, 9> join_errors{"403", "405", "437", "471", "473",
                                                      "474", "475", "476", "477"};
/// Of NICK: erroneous, in use, collision, not available now.
constexpr std::array<std::string_view, 4> nick_errors{"432", "433", "436", "437"};

bool any_of(std::span<const std::string_view> commands, std::string_view command) {
  return std::ranges::find(commands, command) != commands.end();
}

/// What a server says, for the log of a person's terminal, which obeys control characters.
std::string printable(std::string_view text) {
  std::string result(text);
  for (auto& character : result)
    if (static_cast<unsigned char>(character) < ' ' || character == '\x7f') character = '?';
  return result;
}

}  // namespace

IrcMeeting::IrcMeeting(IrcMeetingOptions options, const Announcement& self, Random random, Log log)
    : options_(std::move(options)),
      seeks_(fmt::format("tutti seeks {}", self.session)),
      here_(fmt::format("tutti here {} ", self.session)),
      self_(self.peer),
      random_(random),
      log_(std::move(log)),
      reconnect_(options_.reconnect),
      rejoin_(options_.rejoin),
      seek_(options_.seek) {
  announce(self);
}

void IrcMeeting::announce(const Announcement& self) {
  where_ = here_ + self_.text();
  for (const auto& target : self.targets | std::views::take(endpoints_max))
    where_ += fmt::format(" {}", target.endpoint.text());
}

void IrcMeeting::connected(TimePoint now) {
  state_ = State::registering;
  due_ = now + options_.registration_timeout;
  heard_at_ = now;
  asked_ = false;
  nicks_tried_ = 0;
  garbled_ += lines_.too_long();
  lines_ = {};
  waiting_.clear();
  pace_ = now;
  choose_nick(now);
  say("USER", {"tutti", "0", "*", "tutti"});
}

void IrcMeeting::disconnected(TimePoint now) {
  if (state_ != State::away) go_away(now, "the connection is lost");
}

void IrcMeeting::go_away(TimePoint now, std::string_view why) {
  const auto pause = reconnect_.next(random_);
  log_(LogLevel::info, "IRC, {}: {}; trying again in {}", options_.channel, printable(why), describe(pause));
  state_ = State::away;
  due_ = now + pause;
  waiting_.clear();
}

void IrcMeeting::leave_channel(TimePoint now, std::string_view why) {
  const auto pause = rejoin_.next(random_);
  log_(LogLevel::info, "IRC: not in {}: {}; trying again in {}", options_.channel, printable(why),
       describe(pause));
  state_ = State::outside;
  due_ = now + pause;
}

void IrcMeeting::choose_nick(TimePoint now) {
  if (++nicks_tried_ > nicks_max) return go_away(now, "the server takes no nickname");
  static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  nick_.assign(1, 't');
  for (std::size_t i = 0; i < nick_letters; ++i) nick_ += letters[random_.below(letters.size())];
  say("NICK", {nick_});
}

void IrcMeeting::receive(TimePoint now, std::string_view bytes) {
  lines_.add(bytes);
  while (auto line = lines_.next()) {
    if (state_ == State::away) return;
    heard_at_ = now;
    asked_ = false;
    if (const auto message = parse_irc(*line))
      take(now, *message);
    else
      ++garbled_;
  }
  const auto garbled = garbled_lines();
  if (garbled == garbled_told_) return;
  // Of the first one, and whenever there are twice as many.
  if (std::bit_width(garbled) > std::bit_width(garbled_told_))
    log_(LogLevel::info, "IRC, {}: the server has sent {} lines that are no messages", options_.channel,
         garbled);
  garbled_told_ = garbled;
}

void IrcMeeting::take(TimePoint now, const IrcMessage& message) {
  const auto& command = message.command;
  const bool mine = same_irc_name(message.nick(), nick_);
  const bool here = same_irc_name(message.parameter(0), options_.channel);
  if (command == "PING") {
    // Ahead of all others: who does not answer is thrown out.
    if (waiting_.size() >= lines_max) waiting_.pop_back();
    waiting_.push_front(irc_line("PONG", {std::string(message.parameter(0))}));
  } else if (command == "ERROR") {
    go_away(now, message.parameter(0));
  } else if (command == "NICK" && mine) {
    if (!message.parameter(0).empty()) nick_ = message.parameter(0);
  } else if (command == "JOIN" && mine && here) {
    if (state_ == State::joining || state_ == State::outside) {
      log_(LogLevel::info, "IRC: in {} as {}", options_.channel, printable(nick_));
      state_ = State::present;
      seek_.reset();
      seek(now);
    }
  } else if (command == "KICK" && here && same_irc_name(message.parameter(1), nick_)) {
    leave_channel(now, fmt::format("kicked by {}: {}", message.nick(), message.parameter(2)));
  } else if (command == "PART" && mine && here) {
    leave_channel(now, "the server has parted it");
  } else if (command == "PRIVMSG" || command == "NOTICE") {
    take_words(now, message);
  } else {
    take_numeric(now, message);
  }
}

void IrcMeeting::take_numeric(TimePoint now, const IrcMessage& message) {
  if (state_ == State::registering && message.command == "001") {
    if (!message.parameter(0).empty()) nick_ = message.parameter(0);  // servers may cut it
    state_ = State::outside;
    due_ = now;
    advance(now);
  } else if (state_ == State::registering && any_of(nick_errors, message.command)) {
    choose_nick(now);
  } else if (state_ == State::joining && any_of(join_errors, message.command) &&
             same_irc_name(message.parameter(1), options_.channel)) {
    leave_channel(now, message.parameter(2));
  }
}

void IrcMeeting::take_words(TimePoint now, const IrcMessage& message) {
  const auto nick = message.nick();
  const auto text = message.parameter(1);
  if (state_ != State::present || nick.empty() || same_irc_name(nick, nick_)) return;
  const bool asked = message.command == "PRIVMSG";
  if (same_irc_name(message.parameter(0), options_.channel)) {
    if (!asked || text != seeks_) return;
  } else {
    if (!same_irc_name(message.parameter(0), nick_) || !text.starts_with(here_)) return;
    auto* attention = attention_for(now, nick);
    if (attention == nullptr || attention->heard) return;
    attention->heard = now;
    const auto [id_text, endpoints] = split(text.substr(here_.size()), ' ');
    const auto id = PeerId::parse(id_text);
    if (!id || *id == self_ || !endpoints) return;
    for (const auto part : std::views::split(*endpoints, ' ') | std::views::take(endpoints_max))
      if (const auto endpoint = Endpoint::parse(std::string_view(part)); endpoint && endpoint->port != 0)
        found_.push_back({*endpoint, *id});
  }
  if (!asked) return;
  auto* attention = attention_for(now, nick);
  if (attention == nullptr || attention->answered) return;
  attention->answered = now;
  // What was a question in the channel is answered so that the other one answers, too.
  say_where(text == seeks_ ? "PRIVMSG" : "NOTICE", nick);
}

IrcMeeting::Attention* IrcMeeting::attention_for(TimePoint now, std::string_view nick) {
  const auto is_past = [&](const std::optional<TimePoint>& at) {
    return !at || now - *at >= options_.attention;
  };
  std::erase_if(
      names_, [&](const auto& name) { return is_past(name.second.answered) && is_past(name.second.heard); });
  if (const auto known = names_.find(nick); known != names_.end()) {
    if (is_past(known->second.answered)) known->second.answered.reset();
    if (is_past(known->second.heard)) known->second.heard.reset();
    return &known->second;
  }
  if (names_.size() >= names_max) return nullptr;
  return &names_[std::string(nick)];
}

void IrcMeeting::seek(TimePoint now) {
  say("PRIVMSG", {options_.channel, seeks_});
  due_ = now + seek_.next(random_);
}

void IrcMeeting::say_where(std::string_view command, std::string_view nick) {
  say(command, {std::string(nick), where_});
}

void IrcMeeting::say(std::string_view command, const std::vector<std::string>& parameters) {
  if (waiting_.size() < lines_max) waiting_.push_back(irc_line(command, parameters));
}

void IrcMeeting::advance(TimePoint now) {
  if (state_ == State::connecting) return;
  if (state_ != State::away && now - heard_at_ >= 2 * options_.silence)
    return go_away(now, "the server is silent");
  if (state_ != State::away && now - heard_at_ >= options_.silence && !std::exchange(asked_, true))
    say("PING", {"tutti"});
  if (now < due_) return;
  switch (state_) {
    case State::away:
      state_ = State::connecting;
      break;
    case State::registering:
      return go_away(now, "the server does not welcome this peer");
    case State::outside:
      say("JOIN", {options_.channel});
      state_ = State::joining;
      due_ = now + options_.join_timeout;
      break;
    case State::joining:
      return leave_channel(now, "the server does not answer");
    case State::present:
      reconnect_.reset();  // it has been here for a while
      rejoin_.reset();
      seek(now);
      break;
    case State::connecting:
      break;
  }
}

std::optional<std::string> IrcMeeting::next_line(TimePoint now) {
  if (waiting_.empty() || std::max(pace_, now) - now >= pace_ahead_max) return std::nullopt;
  pace_ = std::max(pace_, now) + line_cost;
  auto line = std::move(waiting_.front());
  waiting_.pop_front();
  return line;
}

std::optional<LinkTarget> IrcMeeting::next_found() {
  if (found_.empty()) return std::nullopt;
  auto found = found_.front();
  found_.pop_front();
  return found;
}

TimePoint IrcMeeting::next_at() const {
  if (state_ == State::connecting) return TimePoint::max();
  auto next = due_;
  if (state_ != State::away) next = std::min(next, heard_at_ + (asked_ ? 2 : 1) * options_.silence);
  if (!waiting_.empty()) next = std::min(next, pace_ - pace_ahead_max + Duration(1));
  return next;
}

}  // namespace tutti
