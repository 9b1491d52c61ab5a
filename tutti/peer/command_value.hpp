// Values as people write them in scenarios: true, -5, 0.25, 50ms, "text".
//
// The five kinds are told apart by how they look, so that a file can be read before anybody knows which
// methods there are.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>

#include "tutti/base/time.hpp"

namespace tutti {

/// In the order of ValueType.
using CommandValue = std::variant<bool, std::int64_t, double, Duration, std::string>;

enum class ValueType : std::uint8_t {
  boolean,   ///< true or false
  whole,     ///< -5
  real,      ///< 0.25, 1e-3
  duration,  ///< 50ms, not negative; see parse_duration
  text,      ///< "in quotes", with \" \\ \n \r \t and \x00 to \xff
};

/// For a sentence that goes on after "needs": "true or false", "a duration such as 50ms".
std::string_view describe(ValueType type);

/// The value as parse_command_value reads it: the result is an equal value.
std::string text(const CommandValue& value);

/// One value and nothing else. The error quotes what it is not, and says what would be.
std::expected<CommandValue, std::string> parse_command_value(std::string_view text);

/// What somebody wrote, in quotes and short enough for an error.
std::string quote(std::string_view written);

}  // namespace tutti
