// Events that carry what is on its way, used again and again: a run allocates as many as are ever under way
// at once. Each belongs to the shard it starts from and is given back when it has arrived, perhaps on another
// shard.
#pragma once

#include <atomic>
#include <deque>
#include <utility>

namespace tutti {

/// `Delivery` has a member `Delivery* next`, which is the pool's while the delivery is not under way.
template <typename Delivery>
class DeliveryPool {
 public:
  /// One that is idle; if there is none, a new one made from `arguments`.
  template <typename... Arguments>
  Delivery& take(Arguments&&... arguments) {
    if (idle_ == nullptr) idle_ = returned_.exchange(nullptr, std::memory_order_acquire);
    if (idle_ == nullptr) return deliveries_.emplace_back(std::forward<Arguments>(arguments)...);
    return *std::exchange(idle_, idle_->next);
  }

  /// On the shard that took it.
  void give_back(Delivery& delivery) { delivery.next = std::exchange(idle_, &delivery); }

  /// On another shard.
  void return_from_afar(Delivery& delivery) {
    delivery.next = returned_.load(std::memory_order_relaxed);
    while (!returned_.compare_exchange_weak(delivery.next, &delivery, std::memory_order_release,
                                            std::memory_order_relaxed)) {
    }
  }

 private:
  std::deque<Delivery> deliveries_;  // all there are; each is under way or idle
  Delivery* idle_ = nullptr;
  std::atomic<Delivery*> returned_ = nullptr;  // a stack that is only ever taken whole
};

}  // namespace tutti
