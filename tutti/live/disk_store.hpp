// The store of a live peer (symmetric/session_store.hpp): a file, and a thread that writes to it, so that the
// network does not wait for the disk. What comes while it writes goes into the next batch.
//
// When the disk is full or fails, the store keeps what it could not write, says why, and tries again every
// second.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "tutti/base/log.hpp"
#include "tutti/base/time.hpp"
#include "tutti/live/session_database.hpp"

namespace tutti {

class DiskStore final : public symmetric::SessionStore {
 public:
  /// Calls its argument soon, on the peer's thread.
  using Post = std::function<void(std::move_only_function<void()>)>;

  /// Opens the file, or makes it, and reads it. Errors as SessionDatabase.
  static std::expected<std::shared_ptr<DiskStore>, std::string> open(
      const std::filesystem::path& file, const SessionDatabase::Application& application, Post post, Log log,
      const std::string& vfs = {});
  /// Writes what is left.
  ~DiskStore() override;

  [[nodiscard]] const symmetric::StoredPast& past() const { return past_; }

  symmetric::StoredPast take_past() override { return std::exchange(past_, {}); }
  void set_listener(symmetric::SessionStoreListener* listener) override { progress_->listener = listener; }
  void write(symmetric::StoreWrite write) override;
  void note_present(symmetric::Tick tick) override;
  [[nodiscard]] std::uint64_t written() const override { return written_; }
  [[nodiscard]] std::uint64_t durable() const override { return progress_->durable; }

 private:
  /// On the peer's thread; what is posted there may come after the store is gone.
  struct Progress {
    std::uint64_t durable = 0;
    symmetric::SessionStoreListener* listener = nullptr;
  };

  DiskStore(SessionDatabase database, symmetric::StoredPast past, Post post, Log log);
  void write_all();
  void tell_trouble(const std::string& why);

  SessionDatabase database_;  // the writing thread's
  symmetric::StoredPast past_;
  Post post_;
  Log log_;
  std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
  std::uint64_t written_ = 0;

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<symmetric::StoreWrite> waiting_;  // under the mutex, as the following
  std::optional<symmetric::Tick> present_;
  bool ending_ = false;

  std::thread writer_;
};

}  // namespace tutti
