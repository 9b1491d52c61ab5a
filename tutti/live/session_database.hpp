// One peer's past of a session in a file, by SQLite. Whatever happens to the process, the file holds what was
// written before, whole batches each.
//
// A file belongs to one application at one version, and while it is open to one process. Every row has a hash
// beside it, since SQLite notices damage only where it breaks its own structures.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "tutti/symmetric/session_store.hpp"

namespace tutti {

class SessionDatabase {
 public:
  /// What the past is of.
  struct Application {
    std::string network;  ///< its name and version, and of which session
    int ticks_per_second = 50;
  };

  /// Opens the file, or makes it. The error is a sentence that names the file: another application's,
  /// damaged, used by another process ... Nothing in the file is changed then. `vfs` is SQLite's name of the
  /// file system, its own if empty.
  static std::expected<SessionDatabase, std::string> open(const std::filesystem::path& file,
                                                          const Application& application,
                                                          const std::string& vfs = {});
  ~SessionDatabase();
  SessionDatabase(SessionDatabase&&) noexcept;
  SessionDatabase& operator=(SessionDatabase&&) noexcept;

  /// All of it. The error is a sentence that names the file and the row where it is damaged.
  std::expected<symmetric::StoredPast, std::string> load();

  /// All or nothing. The error is a sentence; what it names may pass, such as a full disk.
  std::expected<void, std::string> write(std::span<const symmetric::StoreWrite> writes,
                                         std::optional<symmetric::Tick> present);

 private:
  struct Connection;
  SessionDatabase(std::filesystem::path file, std::unique_ptr<Connection> connection);

  std::filesystem::path file_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace tutti
