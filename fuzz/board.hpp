// An application for fuzz targets: it uses every kind of field that the codec knows how to bound.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tutti/base/ids.hpp"

namespace tutti::fuzz {

struct Board {
  static constexpr std::string_view name = "board";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::array<std::uint64_t, 16> cells;
  };
  struct Set {
    std::uint8_t cell = 0;
    std::uint64_t value = 0;
  };
  struct Write {
    std::string text;
    std::optional<std::int32_t> cell;
  };
  struct Paint {
    std::vector<std::array<std::int16_t, 2>> points;
  };
  using Event = std::variant<Set, Write, Paint>;

  static void start(State&) {}
  static void tick(State& state) { ++state.cells[0]; }
  static void apply(State& state, PeerId, const Event& event) {
    const auto cell = [&](std::size_t index) -> std::uint64_t& {
      return state.cells[index % state.cells.size()];
    };
    if (const auto* set = std::get_if<Set>(&event)) cell(set->cell) = set->value;
    if (const auto* write = std::get_if<Write>(&event))
      cell(write->text.size()) += static_cast<std::uint64_t>(write->cell.value_or(1));
    if (const auto* paint = std::get_if<Paint>(&event))
      for (const auto& [x, y] : paint->points) cell(static_cast<std::size_t>(x & y)) ^= 1;
  }
};

}  // namespace tutti::fuzz
