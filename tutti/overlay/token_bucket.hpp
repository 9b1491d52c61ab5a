// A limit on a rate that allows bursts: a bucket holds up to `burst` tokens and gains `rate` a second; what
// happens costs one each. (Turner, "New directions in communications", 1986.)
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

  /// Takes a token if there is one.
  bool take(TimePoint now) {
    tokens_ = std::min(limit_.burst, tokens_ + limit_.rate * in_seconds(now - filled_));
    filled_ = now;
    if (tokens_ < 1) return false;
    --tokens_;
    return true;
  }

 private:
  RateLimit limit_;
  double tokens_;
  TimePoint filled_;
};

}  // namespace tutti
