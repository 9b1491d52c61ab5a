// Messages that wait to be sent, in their order, some of them only for so long: what is useless by the time
// it could go is dropped. An expired message at the front goes at once; one behind others may stay for
// sweep_interval, so that a long queue is not searched at every turn.
#pragma once

#include <algorithm>
#include <deque>
#include <utility>

#include "tutti/base/ids.hpp"
#include "tutti/base/time.hpp"
#include "tutti/wire/message.hpp"

namespace tutti {

class ExpiringQueue {
 public:
  static constexpr Duration sweep_interval = std::chrono::milliseconds(10);

  struct Waiting {
    Envelope message;
    Priority priority;
    TimePoint since;
    TimePoint useful_until;  ///< TimePoint::max(): always

    [[nodiscard]] bool expired(TimePoint now) const { return useful_until < now; }
  };

  /// When what is `useful` for so long from now on expires: TimePoint::max() if that is never.
  static constexpr TimePoint expiry(TimePoint now, Duration useful) {
    return useful < TimePoint::max() - std::max(now, TimePoint{}) ? now + useful : TimePoint::max();
  }

  void push(Waiting waiting) {
    earliest_ = std::min(earliest_, waiting.useful_until);
    queue_.push_back(std::move(waiting));
  }
  [[nodiscard]] bool empty() const { return queue_.empty(); }
  [[nodiscard]] const Waiting& front() const { return queue_.front(); }
  Waiting take() {
    auto first = std::move(queue_.front());
    queue_.pop_front();
    return first;
  }

  /// Drops what has expired, telling `dropped(const Waiting&)` of each.
  template <typename Dropped>
  void expire(TimePoint now, Dropped dropped) {
    while (!queue_.empty() && queue_.front().expired(now)) {
      dropped(queue_.front());
      queue_.pop_front();
    }
    if (now <= earliest_ || now < next_sweep_) return;
    next_sweep_ = now + sweep_interval;
    earliest_ = TimePoint::max();
    std::erase_if(queue_, [&](const Waiting& waiting) {
      if (waiting.expired(now)) {
        dropped(waiting);
        return true;
      }
      earliest_ = std::min(earliest_, waiting.useful_until);
      return false;
    });
  }
  /// When expire() has something to do: TimePoint::max() if that is never.
  [[nodiscard]] TimePoint next_expiry() const {
    return earliest_ == TimePoint::max() ? earliest_ : std::max(earliest_ + Duration(1), next_sweep_);
  }

 private:
  std::deque<Waiting> queue_;
  TimePoint earliest_ = TimePoint::max();  // nothing expires before
  TimePoint next_sweep_ = TimePoint::min();
};

}  // namespace tutti
