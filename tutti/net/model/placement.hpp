// Which row of a measured network a node stands for. Node i takes row i, or the i-th row of a shuffled order;
// when there are more nodes than rows they begin anew, so that nodes i and i + rows share a row, as two
// machines in one place. Live, a node's number is a hash of its endpoint and its row is as good as drawn.
#pragma once

#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include "tutti/base/random.hpp"
#include "tutti/base/require.hpp"
#include "tutti/base/shuffle.hpp"

namespace tutti {

class Placement {
 public:
  /// In the order of the rows, or shuffled by a seed. There is at least one row.
  explicit Placement(std::size_t rows, std::optional<std::uint64_t> shuffle_seed = {}) : row_(rows) {
    require(rows > 0, "a measured network has rows");
    std::iota(row_.begin(), row_.end(), std::uint32_t{0});
    if (!shuffle_seed) return;
    Random random(*shuffle_seed);
    shuffle(row_, random);
  }

  [[nodiscard]] std::size_t rows() const { return row_.size(); }
  [[nodiscard]] std::size_t row_of(std::uint64_t node) const { return row_[node % row_.size()]; }

 private:
  std::vector<std::uint32_t> row_;
};

}  // namespace tutti
