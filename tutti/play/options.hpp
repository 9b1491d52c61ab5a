// What every application that play::run() runs understands on its command line.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/live/live_peer.hpp"
#include "tutti/play/screen.hpp"
#include "tutti/symmetric/event.hpp"

namespace tutti::play {

/// A recording that is played instead of a session.
struct ReplayOptions {
  std::filesystem::path file;         ///< none if empty
  std::optional<symmetric::Tick> to;  ///< where to stand or stop; plays from the beginning if not given
  bool verify = false;                ///< compare all states with the recorded ones, show nothing
  bool print = false;                 ///< the events as text, show nothing
};

inline constexpr std::int64_t self_test_ticks_default = 3000;

struct PlayOptions {
  LiveOptions live;
  ScreenOptions screen;
  ReplayOptions replay;
  bool self_test = false;                         ///< test whether the application is deterministic, no more
  std::optional<std::int64_t> self_test_ticks{};  ///< all of a replay, or self_test_ticks_default
  std::filesystem::path reports = ".";            ///< the folder for what is found out about a divergence
  std::optional<Duration> run_for;                ///< end by itself after this
  std::filesystem::path image;                    ///< where the last picture is kept; nowhere if empty
  std::filesystem::path
      tick_log;  ///< where "nanoseconds tick" is written for each tick shown; nowhere if empty
  std::filesystem::path new_ticket;  ///< where the ticket of a new session is kept; none is made if empty
  bool show_qr = false;              ///< show the ticket as a QR code
  bool mute = false;                 ///< play no tones
  bool control = false;              ///< obey commands on standard input, answer on standard output
};

/// An option of the application's own, beside those that all have:
///
///   {.name = "--title", .value = "TEXT", .help = "what stands above the list", .read = [](auto& text) {
///      ListView::title = text;
///      return std::expected<void, std::string>{};
///    }}
struct OwnOption {
  std::string name;   ///< with its two hyphens; none of the names that all applications have
  std::string value;  ///< what stands for its value in the help, such as TEXT
  std::string help;
  /// Takes the value, before anything is opened. The error says what is wrong with it.
  std::function<std::expected<void, std::string>(const std::string& text)> read;
};

/// Reads the command line of application `name`. The other outcome is the exit status to end with: the help
/// was asked for (0), or something was wrong and has been named on standard error (2).
std::expected<PlayOptions, int> parse_play_options(int argc, char** argv, std::string_view name,
                                                   const std::vector<OwnOption>& own = {});

}  // namespace tutti::play
