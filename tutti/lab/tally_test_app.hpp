// For tests: a symmetric application, and how a scenario writes its events.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>

#include "tutti/base/ids.hpp"
#include "tutti/base/text.hpp"

namespace tutti::lab {

/// An application whose state remembers the order of all events.
struct Tally {
  static constexpr std::string_view name = "tally";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::uint64_t ticks = 0;
    std::uint64_t value = 0;
  };
  using Event = std::variant<std::uint32_t>;
  static void start(State&) {}
  static void tick(State& state) { state.value += ++state.ticks; }
  static void apply(State& state, PeerId who, const Event& event) {
    state.value = state.value * 31 + std::get<0>(event) + who.bytes[0];
  }
};
inline std::expected<Tally::Event, std::string> read_number(std::string_view text) {
  if (const auto number = parse_whole<std::uint32_t>(text)) return *number;
  return std::unexpected("a number is needed");
}

}  // namespace tutti::lab
