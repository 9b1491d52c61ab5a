// What tells one kind of our SQLite files from others, and from files of other programs: the application id
// and the user version in its header (SQLite, "Database File Format", 1.3). And what people are told of a
// file that is none of the kind, or damaged: it is left as it is, for nobody knows what else is in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace SQLite {  // NOLINT(readability-identifier-naming): as the library calls it
class Database;
class Exception;
}  // namespace SQLite

namespace tutti {

struct DatabaseKind {
  std::int64_t application_id = 0;
  std::int64_t version = 0;
  std::string_view otherwise;   ///< what is said of other files: "is no store of a session"
  std::string_view moved_away;  ///< what comes of moving a damaged file away: "its peer begins anew"

  /// Gives a database its marks; in the transaction that makes its tables.
  void mark(SQLite::Database& database) const;
  /// What is wrong with one that has been made before, if anything is: a sentence.
  [[nodiscard]] std::optional<std::string> refusal(SQLite::Database& database,
                                                   const std::filesystem::path& file) const;

  /// Sentences that name the file. `where` it is damaged:
  [[nodiscard]] std::string damaged(const std::filesystem::path& file, std::string_view where) const;
  /// What SQLite has failed for.
  [[nodiscard]] std::string why(const std::filesystem::path& file, const SQLite::Exception& error) const;
};

/// Nothing has been made in it yet.
bool is_empty(SQLite::Database& database);

}  // namespace tutti
