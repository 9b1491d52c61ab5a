// What a peer has to say to the person who runs it. There is no global logger: whoever builds a runtime says
// where its lines go.
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tutti {

enum class LogLevel : std::uint8_t {
  debug,    ///< for developers of tutti
  info,     ///< what happens: links come and go
  warning,  ///< somebody else misbehaves or something is retried
  error,    ///< something was given up
};

/// Lines below the level cost one comparison. An empty Log keeps nothing.
class Log {
 public:
  using Sink = std::function<void(LogLevel, std::string_view)>;

  Log() = default;
  Log(LogLevel least, Sink sink) : sink_(std::move(sink)), least_(least) {}

  template <typename... Arguments>
  void operator()(LogLevel level, fmt::format_string<Arguments...> format, Arguments&&... arguments) const {
    if (level >= least_ && sink_) sink_(level, fmt::format(format, std::forward<Arguments>(arguments)...));
  }

 private:
  Sink sink_;
  LogLevel least_ = LogLevel::info;
};

/// Whether it is worth a line that something others can cause has happened `count` times: the first time, the
/// second, the fourth and so on, so that whoever causes many does not fill the log.
constexpr bool worth_a_line(std::uint64_t count) {
  return std::has_single_bit(count);
}

}  // namespace tutti
