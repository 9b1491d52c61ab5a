// What a store costs: the time from an event to its being durable, which a user waits for if the deadline is
// shorter; how many events a disk takes; and coming back. In the folder for temporary files, whatever disk
// that is on.
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include <benchmark/benchmark.h>

#include "tutti/base/require.hpp"
#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/disk_store.hpp"

namespace tutti::bench {
namespace {

using symmetric::StoredEvent;
using symmetric::StoredFoundation;
using symmetric::Tick;

/// A store whose peer waits for it.
class Awaited {
 public:
  explicit Awaited(const TemporaryFolder& folder) {
    auto opened = DiskStore::open(folder / "past.tutti", {"bench 1", 50},
                                  [this](std::move_only_function<void()> task) {
                                    const std::lock_guard lock(mutex_);
                                    task();
                                    news_.notify_one();
                                  },
                                  {});
    require(opened.has_value(), "a new file can be opened");
    store_ = *std::move(opened);
  }

  DiskStore& store() { return *store_; }
  void wait() {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [this] { return store_->durable() == store_->written(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::shared_ptr<DiskStore> store_;
};

StoredEvent event(std::uint64_t number) {
  return {.origin = {},
          .sequence = Sequence(number),
          .said = {Tick(static_cast<std::int64_t>(number)), Bytes(40)}};
}

void event_to_durable(benchmark::State& state) {
  const TemporaryFolder folder;
  Awaited awaited(folder);
  std::uint64_t number = 0;
  for (auto _ : state) {
    awaited.store().write(event(++number));
    awaited.wait();
  }
}
BENCHMARK(event_to_durable)->Unit(benchmark::kMicrosecond)->UseRealTime();

void events_durable(benchmark::State& state) {
  constexpr std::uint64_t burst = 10'000;
  const TemporaryFolder folder;
  Awaited awaited(folder);
  std::uint64_t number = 0;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < burst; ++i) awaited.store().write(event(++number));
    awaited.wait();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(number));
}
BENCHMARK(events_durable)->Unit(benchmark::kMillisecond)->UseRealTime();

/// To a state of one mebibyte and the thousand events after it.
void come_back_to_a_mebibyte(benchmark::State& state) {
  const TemporaryFolder folder;
  {
    Awaited awaited(folder);
    symmetric::Foundation foundation;
    foundation.tick = Tick(1);
    foundation.image = Bytes(std::size_t{1} << 20);
    awaited.store().write(StoredFoundation{std::move(foundation), Tick(1)});
    for (std::uint64_t i = 2; i < 1002; ++i) awaited.store().write(event(i));
    awaited.wait();
  }
  for (auto _ : state) {
    Awaited awaited(folder);
    benchmark::DoNotOptimize(awaited.store().take_past());
  }
}
BENCHMARK(come_back_to_a_mebibyte)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tutti::bench
