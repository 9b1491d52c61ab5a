// What two peers compare to learn whether they agree.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

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

/// Those of some ticks; with each new one, those that are more ticks old than that are forgotten.
class RecentFingerprints {
 public:
  explicit RecentFingerprints(std::int64_t age_max) : age_max_(age_max) {}

  void remember(const Fingerprint& fingerprint, Tick now) {
    std::erase_if(kept_, [&](const Fingerprint& kept) {
      return kept.tick == fingerprint.tick || now - kept.tick > age_max_;
    });
    kept_.push_back(fingerprint);
  }
  /// What happened at `tick` or later is not what it was.
  void forget_from(Tick tick) {
    std::erase_if(kept_, [&](const Fingerprint& kept) { return kept.tick >= tick; });
  }
  [[nodiscard]] std::optional<Fingerprint> at(Tick tick) const {
    const auto found = std::ranges::find(kept_, tick, &Fingerprint::tick);
    return found == kept_.end() ? std::nullopt : std::optional(*found);
  }

 private:
  std::int64_t age_max_;
  std::vector<Fingerprint> kept_;
};

}  // namespace tutti::symmetric
