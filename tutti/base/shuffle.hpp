// Any order of some values, all orders equally likely (Fisher and Yates; Durstenfeld's algorithm 235), and
// the same for the same seed everywhere, which std::shuffle is not.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "tutti/base/random.hpp"

namespace tutti {

template <typename T>
void shuffle(std::vector<T>& values, Random& random) {
  for (std::size_t left = values.size(); left > 1; --left)
    std::swap(values[left - 1], values[static_cast<std::size_t>(random.below(left))]);
}

}  // namespace tutti
