// For tests of random worlds: the seeds they run, the usual ones or those that the environment names, as one
// number or as a range:
//
//   TUTTI_SOAK_SEEDS=1-5000 ./run soak
#pragma once

#include <cstdint>
#include <cstdlib>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"

namespace tutti {

struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;

  /// What `variable` says, or `usual` if it is not set.
  static SeedRange asked_for(const char* variable, const SeedRange& usual) {
    const char* const text = std::getenv(variable);
    if (text == nullptr) return usual;
    const auto [one, other] = split(text, '-');
    const auto first = parse_whole<std::uint64_t>(one);
    const auto last = parse_whole<std::uint64_t>(other.value_or(one));
    require(first && last && *first <= *last, "seeds are a number, or two as in 1-300");
    return {*first, *last};
  }
};

}  // namespace tutti
