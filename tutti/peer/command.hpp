// Commands: the methods of a peerlet that a scenario may call by name, listed once per class:
//
//   class Flood : public Peerlet {
//    public:
//     void set_drop_messages(bool drop);
//     static constexpr auto names = tutti::names<"Flood", "Broadcaster", "Router">;
//     static constexpr auto commands =
//         tutti::commands<Command<"setDropMessages", &Flood::set_drop_messages>>;
//   };
//
// A method takes any number of arguments and returns void or std::expected<void, std::string>, whose error
// says why it cannot. The types of its parameters are all a scenario's values are checked against, long
// before the call: bool, whole and real numbers, Duration, texts, Strong numbers, and whatever has a
// CommandArgument of its own.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "tutti/base/strong.hpp"
#include "tutti/peer/command_value.hpp"

namespace tutti {

class Peerlet;

/// What one parameter takes.
struct CommandParameter {
  ValueType type{};
  std::string_view form;  ///< for people: "true|false", "duration"

  constexpr bool operator==(const CommandParameter&) const = default;
};

/// Why values do not fit a method.
struct BadArgument {
  std::optional<std::size_t> index;  ///< nothing if there are too many or too few
  std::string what;                  ///< goes on after the signature: "needs true or false, not 5"
};

/// A method as a scenario's writer sees it. The same for all peers, and lives as long as the program.
struct CommandSignature {
  std::string_view name;
  std::span<const CommandParameter> parameters;
  /// Whether values fit, in number, type and range.
  std::expected<void, BadArgument> (*check)(std::span<const CommandValue> values);
};

/// "setDropMessages(true|false)"
std::string describe(const CommandSignature& signature);

/// A command of a peerlet class.
struct CommandEntry {
  CommandSignature signature;
  std::expected<void, std::string> (*call)(Peerlet& peerlet, std::span<const CommandValue> values);
};

/// How a value becomes a T. Specialize it for a type of one's own: `Written` is one of CommandValue's types,
/// `form` is shown to people, and read() refuses with a sentence what is of the right type but no T.
template <typename T>
struct CommandArgument;

template <>
struct CommandArgument<bool> {
  using Written = bool;
  static constexpr std::string_view form = "true|false";
  static std::expected<bool, std::string> read(bool written) { return written; }
};
template <std::integral T>
struct CommandArgument<T> {
  using Written = std::int64_t;
  static constexpr std::string_view form = "whole number";
  static std::expected<T, std::string> read(std::int64_t written) {
    using Limits = std::numeric_limits<T>;
    if (std::in_range<T>(written)) return static_cast<T>(written);
    return std::unexpected(text(written) + " is out of range: " + std::to_string(Limits::min()) + " to " +
                           std::to_string(Limits::max()) + " is possible");
  }
};
template <std::floating_point T>
struct CommandArgument<T> {
  using Written = double;
  static constexpr std::string_view form = "number";
  static std::expected<T, std::string> read(double written) { return static_cast<T>(written); }
};
template <>
struct CommandArgument<Duration> {
  using Written = Duration;
  static constexpr std::string_view form = "duration";
  static std::expected<Duration, std::string> read(Duration written) { return written; }
};
template <>
struct CommandArgument<std::string> {
  using Written = std::string;
  static constexpr std::string_view form = "\"text\"";
  static std::expected<std::string, std::string> read(const std::string& written) { return written; }
};
/// Valid during the call.
template <>
struct CommandArgument<std::string_view> {
  using Written = std::string;
  static constexpr std::string_view form = "\"text\"";
  static std::expected<std::string_view, std::string> read(const std::string& written) { return written; }
};
template <typename Tag, std::integral Rep>
struct CommandArgument<Strong<Tag, Rep>> {
  using Written = std::int64_t;
  static constexpr std::string_view form = "whole number";
  static std::expected<Strong<Tag, Rep>, std::string> read(std::int64_t written) {
    const auto value = CommandArgument<Rep>::read(written);
    if (!value) return std::unexpected(value.error());
    return Strong<Tag, Rep>(*value);
  }
};

/// A text as a template's argument.
template <std::size_t n>
struct FixedText {
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is to become one by itself
  consteval FixedText(const char (&literal)[n]) { std::ranges::copy(literal, characters.begin()); }
  [[nodiscard]] constexpr std::string_view view() const { return {characters.data(), n - 1}; }

  std::array<char, n> characters{};
};

namespace detail {

std::string wrong_type(ValueType needed, const CommandValue& value);
std::string wrong_count(std::size_t needed, std::size_t count);
/// The sentence for who calls without having checked.
std::string describe(const CommandSignature& signature, const BadArgument& bad);

template <typename Written, std::size_t index = 0>
consteval ValueType value_type() {
  if constexpr (std::same_as<Written, std::variant_alternative_t<index, CommandValue>>)
    return static_cast<ValueType>(index);
  else
    return value_type<Written, index + 1>();
}

template <typename T>
inline constexpr CommandParameter parameter{value_type<typename CommandArgument<T>::Written>(),
                                            CommandArgument<T>::form};

template <typename T>
std::expected<T, std::string> read_argument(const CommandValue& value) {
  using Written = CommandArgument<T>::Written;
  if (const auto* written = std::get_if<Written>(&value)) return CommandArgument<T>::read(*written);
  if constexpr (std::same_as<Written, double>)
    if (const auto* whole = std::get_if<std::int64_t>(&value))
      return CommandArgument<T>::read(static_cast<double>(*whole));
  return std::unexpected(wrong_type(parameter<T>.type, value));
}

/// All arguments of a method with parameters of types T.
template <typename... T>
std::expected<std::tuple<T...>, BadArgument> read_arguments(std::span<const CommandValue> values) {
  if (values.size() != sizeof...(T))
    return std::unexpected(BadArgument{std::nullopt, wrong_count(sizeof...(T), values.size())});
  return [&]<std::size_t... i>(std::index_sequence<i...>) -> std::expected<std::tuple<T...>, BadArgument> {
    std::tuple<std::expected<T, std::string>...> read{read_argument<T>(values[i])...};
    std::optional<BadArgument> bad;
    ((bad || std::get<i>(read) ? void() : void(bad = BadArgument{i, std::get<i>(read).error()})), ...);
    if (bad) return std::unexpected(*std::move(bad));
    return std::tuple<T...>(*std::move(std::get<i>(read))...);
  }(std::index_sequence_for<T...>());
}

template <typename... T>
struct Parameters {
  static constexpr std::array<CommandParameter, sizeof...(T)> list{parameter<T>...};
  static std::expected<void, BadArgument> check(std::span<const CommandValue> values) {
    auto read = read_arguments<T...>(values);
    if (!read) return std::unexpected(std::move(read.error()));
    return {};
  }
};

}  // namespace detail

/// A method under the name that scenarios call it by.
template <FixedText command_name, auto method>
struct Command;
template <FixedText command_name, typename P, typename R, typename... A, R (P::*method)(A...)>
struct Command<command_name, method> {
  static_assert(std::is_void_v<R> || std::same_as<R, std::expected<void, std::string>>,
                "a command returns void or a sentence that says why it cannot");
  using Parameters = detail::Parameters<std::remove_cvref_t<A>...>;

  static std::expected<void, std::string> call(Peerlet& peerlet, std::span<const CommandValue> values) {
    auto arguments = detail::read_arguments<std::remove_cvref_t<A>...>(values);
    if (!arguments) return std::unexpected(detail::describe(entry.signature, arguments.error()));
    return std::apply(
        [&](auto&... argument) -> std::expected<void, std::string> {
          if constexpr (std::is_void_v<R>) {
            (static_cast<P&>(peerlet).*method)(std::move(argument)...);
            return {};
          } else {
            return (static_cast<P&>(peerlet).*method)(std::move(argument)...);
          }
        },
        *arguments);
  }

  static constexpr CommandEntry entry{{command_name.view(), Parameters::list, &Parameters::check}, &call};
};

/// The command table of a peerlet class.
template <typename... Commands>
inline constexpr std::array<CommandEntry, sizeof...(Commands)> commands{Commands::entry...};

/// What scenarios call a peerlet of a class: its own name, then those of the interfaces it stands for.
template <FixedText... texts>
inline constexpr std::array<std::string_view, sizeof...(texts)> names{texts.view()...};

}  // namespace tutti
