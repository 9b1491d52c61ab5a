// What two peers compare to learn whether they agree.
#pragma once

#include <cstdint>

#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

/// Equal histories with different state hashes mean that the application is not deterministic; with different
/// histories nothing follows: one of the two has yet to hear of an event.
struct Fingerprint {
  Tick tick;
  std::uint64_t history = 0;     ///< of the events up to the tick
  std::uint64_t state_hash = 0;  ///< of the state's image (memory/image.hpp)

  constexpr bool operator==(const Fingerprint&) const = default;
};

}  // namespace tutti::symmetric
