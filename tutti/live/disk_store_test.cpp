#include "tutti/live/disk_store.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/troubled_disk_test_vfs.hpp"

namespace tutti {
namespace {

using symmetric::StoredEvent;
using symmetric::Tick;

/// The peer's thread is the test's, which does what was posted when it waits for something.
class DiskStores : public testing::Test, private symmetric::SessionStoreListener {
 protected:
  std::shared_ptr<DiskStore> open() {
    auto store = DiskStore::open(
        folder_ / "past.tutti", {"test 1", 50},
        [this](std::move_only_function<void()> task) {
          const std::lock_guard lock(mutex_);
          posted_.push_back(std::move(task));
          news_.notify_one();
        },
        {}, TroubledDisk::name());
    EXPECT_TRUE(store) << store.error();
    (*store)->set_listener(this);
    return *std::move(store);
  }
  void wait_for(const std::function<bool()>& condition) {
    while (!condition()) {
      std::unique_lock lock(mutex_);
      ASSERT_TRUE(news_.wait_for(lock, std::chrono::minutes(1), [&] { return !posted_.empty(); }));
      auto task = std::move(posted_.front());
      posted_.pop_front();
      lock.unlock();
      task();
    }
  }
  static StoredEvent event(std::uint64_t number) {
    return {.origin = {},
            .sequence = Sequence(number),
            .said = {Tick(static_cast<std::int64_t>(number)), {1, 2}}};
  }

  TemporaryFolder folder_;
  std::vector<std::uint64_t> told_;  // how many writes were durable, each time it was told
  std::string trouble_;

 private:
  void durable(std::uint64_t writes) override { told_.push_back(writes); }
  void store_troubled(const std::string& why) override { trouble_ = why; }

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::move_only_function<void()>> posted_;
};

TEST_F(DiskStores, tell_what_is_durable_in_the_order_of_the_writes) {
  auto store = open();
  for (std::uint64_t i = 1; i <= 100; ++i) {
    store->write(event(i));
    EXPECT_EQ(store->written(), i);
  }
  wait_for([&] { return store->durable() == 100; });
  EXPECT_TRUE(std::ranges::is_sorted(told_));
  EXPECT_EQ(told_.back(), 100u);
}

TEST_F(DiskStores, write_what_is_left_when_they_end) {
  auto store = open();
  for (std::uint64_t i = 1; i <= 100; ++i) store->write(event(i));
  store->note_present(Tick(77));
  store.reset();
  store = open();
  const auto past = store->take_past();
  EXPECT_EQ(past.events.size(), 100u);
  EXPECT_EQ(past.present, Tick(77));
}

TEST_F(DiskStores, keep_what_a_full_disk_refuses_until_there_is_room) {
  auto store = open();
  store->write(event(1));
  wait_for([&] { return store->durable() == 1; });
  TroubledDisk::instance().set_full(true);
  store->write(event(2));
  wait_for([&] { return !trouble_.empty(); });
  EXPECT_THAT(trouble_, testing::HasSubstr("disk is full"));
  store->write(event(3));
  EXPECT_EQ(store->durable(), 1u);
  TroubledDisk::instance().set_full(false);
  wait_for([&] { return store->durable() == 3; });
  EXPECT_EQ(trouble_, "");
  store.reset();
  EXPECT_EQ(open()->take_past().events.size(), 3u);
}

TEST_F(DiskStores, find_out_by_themselves_that_there_is_room_again) {
  auto store = open();
  TroubledDisk::instance().set_full(true);
  store->note_present(Tick(77));
  wait_for([&] { return !trouble_.empty(); });
  TroubledDisk::instance().set_full(false);
  wait_for([&] { return trouble_.empty(); });
}

TEST_F(DiskStores, tell_nobody_anything_when_they_are_gone) {
  auto store = open();
  store->write(event(1));
  store.reset();
  {
    auto other = open();
    other->write(event(2));
    wait_for([&] { return !told_.empty(); });
  }
  EXPECT_EQ(told_, (std::vector<std::uint64_t>{1}));
}

}  // namespace
}  // namespace tutti
