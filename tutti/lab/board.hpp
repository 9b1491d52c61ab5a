// A board that all peers of a run see at once: a few numbers of each peer, and a few of all together.
//
// It is what an observer of the whole experiment has and no peer does: who is at which tick at this very
// moment. Peers write there for the laboratory and never read from it to decide anything of their own. In
// simulation it is memory of the process; live the processes of one run share it, so each number is atomic,
// and whoever needs several that belong together writes the one that vouches for them last.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "tutti/base/require.hpp"

namespace tutti::lab {

class Board {
 public:
  using Cell = std::atomic<std::int64_t>;
  static_assert(Cell::is_always_lock_free, "processes share them");
  /// Columns of all together.
  static constexpr std::size_t common_columns = 2;

  static constexpr std::size_t cells_needed(std::uint32_t peers, std::size_t columns) {
    return common_columns + peers * columns;
  }
  /// Nothing stands on it. The cells outlive it.
  Board(std::span<Cell> cells, std::size_t columns) : cells_(cells), columns_(columns) {
    for (auto& cell : cells_) cell = nothing;
  }

  void put(std::uint32_t peer, std::size_t column, std::optional<std::int64_t> number) {
    cell(peer, column) = number.value_or(nothing);
  }
  [[nodiscard]] std::optional<std::int64_t> get(std::uint32_t peer, std::size_t column) const {
    return read(cell(peer, column));
  }
  void put_real(std::uint32_t peer, std::size_t column, std::optional<double> number) {
    // Plus zero: minus zero has the bits of nothing.
    put(peer, column, number.transform([](double real) { return std::bit_cast<std::int64_t>(real + 0.0); }));
  }
  [[nodiscard]] std::optional<double> get_real(std::uint32_t peer, std::size_t column) const {
    return get(peer, column).transform([](std::int64_t bits) { return std::bit_cast<double>(bits); });
  }

  [[nodiscard]] std::optional<std::int64_t> get_common(std::size_t column) const {
    return read(common(column));
  }
  /// Writes `number` if it is greater than what stands there.
  void raise_common(std::size_t column, std::int64_t number) {
    auto& cell = common(column);
    auto before = cell.load();
    while (before < number && !cell.compare_exchange_weak(before, number)) {
    }
  }

 private:
  static constexpr std::int64_t nothing = std::numeric_limits<std::int64_t>::min();

  static std::optional<std::int64_t> read(const Cell& cell) {
    const auto number = cell.load();
    return number == nothing ? std::nullopt : std::optional(number);
  }
  [[nodiscard]] Cell& cell(std::uint32_t peer, std::size_t column) const {
    require(column < columns_, "a board has the columns that were asked for");
    return cells_[common_columns + peer * columns_ + column];
  }
  [[nodiscard]] Cell& common(std::size_t column) const {
    require(column < common_columns, "a board has few common columns");
    return cells_[column];
  }

  std::span<Cell> cells_;
  std::size_t columns_;
};

}  // namespace tutti::lab
