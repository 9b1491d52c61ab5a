// How long to wait before trying again: growing, so that the dead are not pestered, and jittered, so that
// those who lost the same peer do not all come back at the same moment.
#pragma once

#include <algorithm>

#include "tutti/base/random.hpp"
#include "tutti/base/time.hpp"

namespace tutti {

/// From half the mean to one and a half of it: so what many peers do from time to time they do not all do at
/// one moment.
inline Duration jittered(Duration mean, Random& random) {
  return from_seconds(in_seconds(mean) * (0.5 + random.uniform()));
}

struct BackoffOptions {
  Duration first = std::chrono::milliseconds(250);
  Duration longest = std::chrono::seconds(5);  ///< a friend who comes back is found within this and a half
};

class Backoff {
 public:
  explicit Backoff(BackoffOptions options = {}) : options_(options), mean_(options.first) {}

  /// The pause before the next try: the mean doubles with each, the pause is within half of it around it.
  Duration next(Random& random) {
    const Duration pause = jittered(mean_, random);
    mean_ = std::min(2 * mean_, options_.longest);
    return pause;
  }
  /// After a success.
  void reset() { mean_ = options_.first; }

 private:
  BackoffOptions options_;
  Duration mean_;
};

}  // namespace tutti
