#include "tutti/live/disk_store.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace tutti {
namespace {
constexpr Duration retry_pause = std::chrono::seconds(1);
}

std::expected<std::shared_ptr<DiskStore>, std::string> DiskStore::open(
    const std::filesystem::path& file, const SessionDatabase::Application& application, Post post, Log log,
    const std::string& vfs) {
  auto database = SessionDatabase::open(file, application, vfs);
  if (!database) return std::unexpected(database.error());
  auto past = database->load();
  if (!past) return std::unexpected(past.error());
  return std::shared_ptr<DiskStore>(
      new DiskStore(*std::move(database), *std::move(past), std::move(post), std::move(log)));
}

DiskStore::DiskStore(SessionDatabase database, symmetric::StoredPast past, Post post, Log log)
    : database_(std::move(database)),
      past_(std::move(past)),
      post_(std::move(post)),
      log_(std::move(log)),
      writer_([this] { write_all(); }) {}

DiskStore::~DiskStore() {
  progress_->listener = nullptr;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  news_.notify_one();
  writer_.join();
}

void DiskStore::write(symmetric::StoreWrite write) {
  ++written_;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(write));
  }
  news_.notify_one();
}

void DiskStore::note_present(symmetric::Tick tick) {
  {
    const std::lock_guard lock(mutex_);
    present_ = tick;
  }
  news_.notify_one();
}

void DiskStore::write_all() {
  std::uint64_t durable = 0;
  std::vector<symmetric::StoreWrite> batch;
  std::optional<symmetric::Tick> present;
  std::string trouble;
  while (true) {
    bool last = false;
    {
      std::unique_lock lock(mutex_);
      // What was refused is tried again, whatever comes.
      const bool refused = !batch.empty() || present;
      news_.wait(lock, [&] { return refused || ending_ || !waiting_.empty() || present_; });
      last = ending_;
      std::ranges::move(waiting_, std::back_inserter(batch));
      waiting_.clear();
      if (present_) present = std::exchange(present_, std::nullopt);
    }
    const auto written =
        batch.empty() && !present ? std::expected<void, std::string>{} : database_.write(batch, present);
    if (written) {
      durable += batch.size();
      batch.clear();
      present.reset();
      if (!std::exchange(trouble, {}).empty()) tell_trouble({});
      post_([progress = progress_, durable] {
        progress->durable = durable;
        if (progress->listener != nullptr) progress->listener->durable(durable);
      });
    } else if (last) {
      log_(LogLevel::error, "{} writes are lost: {}", batch.size(), written.error());
    } else if (trouble != written.error()) {
      trouble = written.error();
      tell_trouble(trouble);
    }
    if (last) return;
    if (written) continue;
    std::unique_lock lock(mutex_);
    news_.wait_for(lock, retry_pause, [&] { return ending_; });
  }
}

void DiskStore::tell_trouble(const std::string& why) {
  if (why.empty())
    log_(LogLevel::info, "the store can be written again");
  else
    log_(LogLevel::error, "nothing that happens can be stored, nor shown before it is: {}", why);
  post_([progress = progress_, why] {
    if (progress->listener != nullptr) progress->listener->store_troubled(why);
  });
}

}  // namespace tutti
