#include "tutti/live/database_kind.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

namespace tutti {

void DatabaseKind::mark(SQLite::Database& database) const {
  database.exec(
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", application_id, version));
}

std::optional<std::string> DatabaseKind::refusal(SQLite::Database& database,
                                                 const std::filesystem::path& file) const {
  if (database.execAndGet("PRAGMA application_id").getInt64() != application_id)
    return fmt::format("'{}' {}, but another database", file.string(), otherwise);
  if (const auto found = database.execAndGet("PRAGMA user_version").getInt64(); found != version)
    return fmt::format("'{}' has format {}, this program knows format {}", file.string(), found, version);
  if (const auto check = database.execAndGet("PRAGMA quick_check(1)").getString(); check != "ok")
    return damaged(file, check);
  return std::nullopt;
}

std::string DatabaseKind::damaged(const std::filesystem::path& file, std::string_view where) const {
  return fmt::format("'{}' is damaged: {}. It is left as it is: moved away, {}", file.string(), where,
                     moved_away);
}

std::string DatabaseKind::why(const std::filesystem::path& file, const SQLite::Exception& error) const {
  switch (error.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fmt::format("'{}' is in use by another process", file.string());
    case SQLITE_CORRUPT:
      return damaged(file, error.what());
    case SQLITE_NOTADB:
      return fmt::format("'{}' {}: {}", file.string(), otherwise, error.what());
    default:
      return fmt::format("'{}': {}", file.string(), error.what());
  }
}

bool is_empty(SQLite::Database& database) {
  return database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt64() == 0;
}

}  // namespace tutti
