// The lines of Internet Relay Chat (RFC 1459 and RFC 2812, 2.3): ":prefix COMMAND middle middle :trailing",
// ended by CR LF. Pure functions over bytes that a server, and through it anybody, has made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tutti {

struct IrcMessage {
  static constexpr std::size_t parameters_max = 15;
  /// Of a line with its CR LF.
  static constexpr std::size_t line_bytes_max = 512;

  std::string prefix{};   ///< who says it, "nick!user@host" or a server; empty if the line does not say
  std::string command{};  ///< letters, upper case, or three digits
  std::vector<std::string> parameters{};

  /// The nickname in the prefix.
  [[nodiscard]] std::string_view nick() const;
  /// Empty where there is none.
  [[nodiscard]] std::string_view parameter(std::size_t index) const;

  bool operator==(const IrcMessage&) const = default;
};

/// One line without its end. Nothing for what is no message.
std::optional<IrcMessage> parse_irc(std::string_view line);

/// The line with its CR LF, cut to line_bytes_max. NUL, CR and LF in what it is made of, which would begin a
/// line of their own, become spaces.
std::string irc_line(std::string_view command, const std::vector<std::string>& parameters);

/// Nicknames and channels as servers compare them: RFC 2812, 2.2, where {}|^ are the small letters of []\~.
bool same_irc_name(std::string_view left, std::string_view right);

/// Cuts what arrives into lines, whichever pieces it comes in.
class IrcLines {
 public:
  void add(std::string_view bytes) { waiting_ += bytes; }
  /// The next whole line that is not empty or longer than line_bytes_max: those are skipped.
  std::optional<std::string> next();
  [[nodiscard]] std::uint64_t too_long() const { return too_long_; }

 private:
  std::string waiting_;
  std::uint64_t too_long_ = 0;
  bool skipping_ = false;  // the rest of a line that is too long
};

}  // namespace tutti
