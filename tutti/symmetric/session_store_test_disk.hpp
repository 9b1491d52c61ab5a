// For tests: a disk that is slow and lets its process die between any two writes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <variant>

#include "tutti/base/require.hpp"
#include "tutti/runtime/runtime.hpp"
#include "tutti/symmetric/session_store.hpp"

namespace tutti::symmetric {

/// What is durable: it outlives the stores that write it.
class TestDisk {
 public:
  void apply(const StoreWrite& write) {
    if (const auto* const event = std::get_if<StoredEvent>(&write)) {
      std::erase_if(past_.events, [&](const StoredEvent& other) {
        return other.origin == event->origin && other.sequence == event->sequence;
      });
      past_.events.insert(std::ranges::lower_bound(past_.events, order(*event), {}, &TestDisk::order),
                          *event);
      return;
    }
    const auto& [foundation, own_since] = std::get<StoredFoundation>(write);
    past_.foundation = foundation;
    std::erase_if(past_.events, [&](const StoredEvent& event) {
      return event.said.tick <= foundation.tick && !(event.own && event.said.tick >= own_since);
    });
  }
  void note_present(Tick tick) { past_.present = tick; }
  [[nodiscard]] const StoredPast& past() const { return past_; }

 private:
  static EventId order(const StoredEvent& event) { return {event.said.tick, event.origin, event.sequence}; }

  StoredPast past_;
};

class TestStore final : public SessionStore {
 public:
  /// Writes take up to `slowest`.
  TestStore(TestDisk& disk, Runtime& runtime, Random random, Duration slowest)
      : disk_(disk), random_(random), slowest_(slowest), timer_(runtime, [this] { some_are_durable(); }) {}
  /// What was not durable yet may have become so, unseen, or not.
  ~TestStore() override { commit(random_.below(static_cast<std::uint32_t>(pending_.size() + 1))); }

  StoredPast take_past() override { return disk_.past(); }
  void set_listener(SessionStoreListener* listener) override { listener_ = listener; }
  void write(StoreWrite write) override {
    pending_.push_back(std::move(write));
    if (!timer_.armed()) timer_.arm(pause());
  }
  void note_present(Tick tick) override { disk_.note_present(tick); }
  [[nodiscard]] std::uint64_t written() const override { return durable_ + pending_.size(); }
  [[nodiscard]] std::uint64_t durable() const override { return durable_; }

  /// From now on nothing is written, or all that waits.
  void set_full(bool full) {
    full_ = full;
    if (listener_ != nullptr) listener_->store_troubled(full ? "the disk is full" : "");
    some_are_durable();
  }

 private:
  void some_are_durable() {
    if (full_ || pending_.empty()) return;
    commit(1 + random_.below(static_cast<std::uint32_t>(pending_.size())));
    if (!pending_.empty()) timer_.arm(pause());
    if (listener_ != nullptr) listener_->durable(durable_);
  }
  void commit(std::uint64_t writes) {
    for (; writes > 0; --writes) {
      disk_.apply(pending_.front());
      pending_.pop_front();
      ++durable_;
    }
  }
  Duration pause() {
    return Duration(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(slowest_.count()))));
  }

  TestDisk& disk_;
  Random random_;
  Duration slowest_;
  Timer timer_;
  std::deque<StoreWrite> pending_;
  std::uint64_t durable_ = 0;
  bool full_ = false;
  SessionStoreListener* listener_ = nullptr;
};

}  // namespace tutti::symmetric
