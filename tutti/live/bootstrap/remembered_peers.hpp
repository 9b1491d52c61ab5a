// The peers that were linked with before, in a SQLite file: the newest hundred, tried again at the next
// start. One file serves all sessions and applications of a person, and several processes at a time.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/live/bootstrap/bootstrap.hpp"

namespace SQLite {  // NOLINT(readability-identifier-naming): as the library calls it
class Database;
}

namespace tutti {

class PeerMemory {
 public:
  static constexpr std::int64_t peers_max = 100;  ///< of all sessions

  /// Opens the file, or makes it. The error is a sentence that names the file: another database, damaged ...
  /// Nothing in the file is changed then.
  static std::expected<PeerMemory, std::string> open(const std::filesystem::path& file);
  ~PeerMemory();
  PeerMemory(PeerMemory&&) noexcept;
  PeerMemory& operator=(PeerMemory&&) noexcept;

  /// A target with a peer is linked with now. Those that were longest ago are forgotten. The error is a
  /// sentence; what it names may pass, such as a full disk.
  std::expected<void, std::string> remember(std::string_view session, const LinkTarget& target);
  /// Those of a session, the newest first; what cannot be read is left out.
  std::expected<std::vector<LinkTarget>, std::string> recall(std::string_view session);

 private:
  PeerMemory(std::filesystem::path file, std::unique_ptr<SQLite::Database> database);

  std::filesystem::path file_;
  std::unique_ptr<SQLite::Database> database_;
};

/// Remembers in this file, made if it is missing.
BootstrapOpener remembered_peers(const std::filesystem::path& file);

}  // namespace tutti
