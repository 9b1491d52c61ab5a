// What goes to a replica, held back until all that was stored before it is durable: what an application has
// seen happen does not get lost with the process. Order is kept, so that nothing overtakes what it follows
// from. Without a store everything passes at once.
//
// While the disk makes trouble the replica is told nothing but that: it goes on in its own time, and what has
// come meanwhile is worked in late, when the disk is well again.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "tutti/symmetric/port.hpp"
#include "tutti/symmetric/session_store.hpp"

namespace tutti::symmetric {

class DurableInlet final : private SessionStoreListener {
 public:
  explicit DurableInlet(std::shared_ptr<SessionStore> store) { listen_to(std::move(store)); }
  ~DurableInlet() { listen_to(nullptr); }
  DurableInlet(const DurableInlet&) = delete;
  DurableInlet& operator=(const DurableInlet&) = delete;

  void set_replica(ReplicaInlet replica) { replica_ = std::move(replica); }
  [[nodiscard]] bool has_replica() const { return replica_ != nullptr; }
  /// Puts itself in the place of another one.
  void take_over(DurableInlet& former) {
    if (replica_ == nullptr) replica_ = std::move(former.replica_);
    auto store = former.store_;
    former.listen_to(nullptr);
    listen_to(std::move(store));
    held_ = std::move(former.held_);
  }

  void operator()(ToReplica message) {
    if (held_.empty() && (!store_ || store_->durable() == store_->written()))
      return replica_(std::move(message));
    held_.push_back({store_->written(), std::move(message)});
  }
  [[nodiscard]] std::size_t held() const { return held_.size(); }

 private:
  struct Held {
    std::uint64_t writes = 0;  // it waits for these
    ToReplica message;
  };

  void listen_to(std::shared_ptr<SessionStore> store) {
    if (store_) store_->set_listener(nullptr);
    store_ = std::move(store);
    if (store_) store_->set_listener(this);
  }
  void durable(std::uint64_t writes) override {
    while (!held_.empty() && held_.front().writes <= writes) {
      auto message = std::move(held_.front().message);
      held_.pop_front();
      replica_(std::move(message));
    }
  }
  void store_troubled(const std::string& why) override { replica_(StoreTroubled{why}); }

  std::shared_ptr<SessionStore> store_;
  ReplicaInlet replica_;
  std::deque<Held> held_;
};

}  // namespace tutti::symmetric
