// Goes through a long list some at a time, no faster than what is found is tried (found_peers.hpp).
#pragma once

#include <functional>
#include <utility>

#include "tutti/live/bootstrap/found_peers.hpp"
#include "tutti/runtime/runtime.hpp"

namespace tutti {

class PacedRound {
 public:
  /// Calls `visit` with 0, 1, ... up to `count`; then from the beginning again if it is to go on for ever.
  /// The runtime outlives it.
  PacedRound(Runtime& runtime, std::size_t count, bool for_ever, std::function<void(std::size_t)> visit)
      : count_(count), for_ever_(for_ever), visit_(std::move(visit)), timer_(runtime, [this] { go_on(); }) {
    if (count_ > 0) timer_.arm({});
  }

 private:
  /// Half of what is let through, since the two do not begin at the same time.
  static constexpr std::size_t at_once = FoundPeers::targets_max / 2;

  void go_on() {
    for (std::size_t i = 0; i < at_once && next_ < count_; ++i) visit_(next_++);
    if (next_ == count_ && for_ever_) next_ = 0;
    if (next_ < count_) timer_.arm(FoundPeers::period);
  }

  std::size_t count_;
  bool for_ever_;
  std::function<void(std::size_t)> visit_;
  std::size_t next_ = 0;
  Timer timer_;
};

}  // namespace tutti
