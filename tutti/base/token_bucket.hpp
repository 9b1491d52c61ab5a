// A limit on a rate that allows bursts: a bucket holds up to `burst` tokens and gains `rate` a second; what
// happens costs one each, or as many as it is large. (Turner, "New directions in communications", 1986.)
#pragma once

#include <algorithm>

#include "tutti/base/time.hpp"

namespace tutti {

struct RateLimit {
  double rate;   ///< per second, in the long run
  double burst;  ///< at once
};

class TokenBucket {
 public:
  TokenBucket(RateLimit limit, TimePoint now) : limit_(limit), tokens_(limit.burst), filled_(now) {}

  /// Whether there are so many tokens.
  bool holds(double tokens, TimePoint now) {
    tokens_ = std::min(limit_.burst, tokens_ + limit_.rate * in_seconds(now - filled_));
    filled_ = now;
    return tokens_ >= tokens;
  }
  bool full(TimePoint now) { return holds(limit_.burst, now); }
  /// Takes so many tokens if they are there.
  bool take(TimePoint now, double tokens = 1) {
    if (!holds(tokens, now)) return false;
    tokens_ -= tokens;
    return true;
  }

 private:
  RateLimit limit_;
  double tokens_;
  TimePoint filled_;
};

}  // namespace tutti
