#include "tutti/live/session_database.hpp"

#include <algorithm>
#include <bit>
#include <utility>
#include <variant>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "tutti/base/hash.hpp"
#include "tutti/live/database_kind.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti {
namespace {

using symmetric::StoredEvent;
using symmetric::StoredFoundation;
using symmetric::StoredPast;
using symmetric::Tick;

constexpr DatabaseKind kind{
    .application_id = 0x74757474,  // "tutt"
    .version = 1,
    .otherwise = "is no store of a session",
    .moved_away = "its peer begins anew, and gets the session from the others",
};

constexpr const char* schema = R"(
  CREATE TABLE session (network TEXT not null, ticks_per_second INTEGER not null);
  CREATE TABLE present (id INTEGER PRIMARY KEY CHECK (id = 1), bytes BLOB not null, hash INTEGER not null);
  CREATE TABLE foundation (id INTEGER PRIMARY KEY CHECK (id = 1), bytes BLOB not null, hash INTEGER not null);
  CREATE TABLE event (peer BLOB not null, incarnation INTEGER not null, sequence INTEGER not null,
                      tick INTEGER not null, own INTEGER not null, bytes BLOB not null, hash INTEGER not null,
                      PRIMARY KEY (peer, incarnation, sequence)) WITHOUT ROWID;
)";

// SQLite's integers have a sign.
std::int64_t column_of(std::uint64_t number) {
  return std::bit_cast<std::int64_t>(number);
}

/// The bytes are not copied.
void bind_row(SQLite::Statement& statement, int index, const Bytes& bytes) {
  statement.bindNoCopy(index, bytes.data(), static_cast<int>(bytes.size()));
  statement.bind(index + 1, column_of(hash_bytes(bytes)));
}

/// The bytes in the first column, if those in the next are their hash.
std::optional<ByteView> row_of(SQLite::Statement& statement) {
  const auto column = statement.getColumn(0);
  const ByteView bytes{static_cast<const std::uint8_t*>(column.getBlob()),
                       static_cast<std::size_t>(column.getBytes())};
  if (column_of(hash_bytes(bytes)) != statement.getColumn(1).getInt64()) return std::nullopt;
  return bytes;
}

/// The same as a value, if they are one.
template <typename Value>
std::optional<Value> value_of(SQLite::Statement& statement) {
  const auto bytes = row_of(statement);
  if (!bytes) return std::nullopt;
  auto value = decode<Value>(*bytes);
  return value ? std::optional(*std::move(value)) : std::nullopt;
}

/// What is wrong with a file that has been made already, if anything is.
std::optional<std::string> refusal(SQLite::Database& database, const std::filesystem::path& file,
                                   const SessionDatabase::Application& application) {
  if (auto wrong = kind.refusal(database, file)) return wrong;
  SQLite::Statement row(database, "SELECT network, ticks_per_second FROM session");
  if (!row.executeStep()) return kind.damaged(file, "it does not say whose it is");
  if (const auto network = row.getColumn(0).getString(); network != application.network)
    return fmt::format("'{}' holds a session of '{}', this is '{}'", file.string(), network,
                       application.network);
  if (const auto rate = row.getColumn(1).getInt(); rate != application.ticks_per_second)
    return fmt::format("'{}' holds a session of {} ticks a second, this application has {}", file.string(),
                       rate, application.ticks_per_second);
  return std::nullopt;
}

void create(SQLite::Database& database, const SessionDatabase::Application& application) {
  SQLite::Transaction transaction(database);
  kind.mark(database);
  database.exec(schema);
  SQLite::Statement row(database, "INSERT INTO session VALUES (?, ?)");
  row.bind(1, application.network);
  row.bind(2, application.ticks_per_second);
  row.exec();
  transaction.commit();
}

}  // namespace

struct SessionDatabase::Connection {
  explicit Connection(SQLite::Database opened) : database(std::move(opened)) {}

  void insert(const StoredEvent& event);
  void insert(const StoredFoundation& stored);

  SQLite::Database database;
  // Kept, for there are many events, and to compile it takes twice as long as to insert one.
  SQLite::Statement insert_event{database, "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?, ?)"};
};

void SessionDatabase::Connection::insert(const StoredEvent& event) {
  auto& row = insert_event;
  row.tryReset();  // whatever the one before may have failed for has been said
  row.bind(1, event.origin.peer.bytes.data(), static_cast<int>(event.origin.peer.bytes.size()));
  row.bind(2, column_of(event.origin.incarnation));
  row.bind(3, column_of(event.sequence.value()));
  row.bind(4, event.said.tick.value());
  row.bind(5, event.own ? 1 : 0);
  const auto bytes = encode(event);
  bind_row(row, 6, bytes);
  row.exec();
}

void SessionDatabase::Connection::insert(const StoredFoundation& stored) {
  SQLite::Statement row(database, "INSERT OR REPLACE INTO foundation VALUES (1, ?, ?)");
  const auto bytes = encode(stored.foundation);
  bind_row(row, 1, bytes);
  row.exec();
  SQLite::Statement rest(database, "DELETE FROM event WHERE tick <= ? AND NOT (own AND tick >= ?)");
  rest.bind(1, stored.foundation.tick.value());
  rest.bind(2, stored.own_since.value());
  rest.exec();
}

SessionDatabase::SessionDatabase(std::filesystem::path file, std::unique_ptr<Connection> connection)
    : file_(std::move(file)), connection_(std::move(connection)) {}
SessionDatabase::~SessionDatabase() = default;
SessionDatabase::SessionDatabase(SessionDatabase&&) noexcept = default;
SessionDatabase& SessionDatabase::operator=(SessionDatabase&&) noexcept = default;

std::expected<SessionDatabase, std::string> SessionDatabase::open(const std::filesystem::path& file,
                                                                  const Application& application,
                                                                  const std::string& vfs) try {
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 0, vfs);
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const bool is_new = is_empty(database);
  if (!is_new)
    if (auto wrong = refusal(database, file, application)) return std::unexpected(*std::move(wrong));
  // A commit is one write to the log and one sync; the log is worked in now and then.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  if (is_new) create(database, application);
  return SessionDatabase(file, std::make_unique<Connection>(std::move(database)));
} catch (const SQLite::Exception& error) {
  return std::unexpected(kind.why(file, error));
}

std::expected<StoredPast, std::string> SessionDatabase::load() try {
  StoredPast past;
  SQLite::Statement present(connection_->database, "SELECT bytes, hash FROM present");
  if (present.executeStep()) {
    const auto tick = value_of<Tick>(present);
    if (!tick) return std::unexpected(kind.damaged(file_, "the tick it was when it ended"));
    past.present = *tick;
  }
  SQLite::Statement foundation(connection_->database, "SELECT bytes, hash FROM foundation");
  if (foundation.executeStep()) {
    const auto bytes = row_of(foundation);
    if (!bytes) return std::unexpected(kind.damaged(file_, "the image of the past has another hash"));
    auto decoded = symmetric::decode_foundation(*bytes);
    if (!decoded) return std::unexpected(kind.damaged(file_, decoded.error()));
    past.foundation = *std::move(decoded);
  }
  SQLite::Statement events(connection_->database, "SELECT bytes, hash FROM event");
  while (events.executeStep()) {
    auto event = value_of<StoredEvent>(events);
    if (!event)
      return std::unexpected(kind.damaged(file_, fmt::format("its event number {}", past.events.size() + 1)));
    past.events.push_back(*std::move(event));
  }
  std::ranges::sort(past.events, {}, [](const StoredEvent& event) {
    return symmetric::EventId{event.said.tick, event.origin, event.sequence};
  });
  return past;
} catch (const SQLite::Exception& error) {
  return std::unexpected(kind.why(file_, error));
}

std::expected<void, std::string> SessionDatabase::write(std::span<const symmetric::StoreWrite> writes,
                                                        std::optional<Tick> present) try {
  SQLite::Transaction transaction(connection_->database);
  for (const auto& write : writes)
    std::visit([this](const auto& content) { connection_->insert(content); }, write);
  if (present) {
    SQLite::Statement row(connection_->database, "INSERT OR REPLACE INTO present VALUES (1, ?, ?)");
    const auto bytes = encode(*present);
    bind_row(row, 1, bytes);
    row.exec();
  }
  transaction.commit();
  return {};
} catch (const SQLite::Exception& error) {
  return std::unexpected(kind.why(file_, error));
}

}  // namespace tutti
