#include "tutti/live/bootstrap/remembered_peers.hpp"

#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>

#include "tutti/base/require.hpp"
#include "tutti/live/address.hpp"
#include "tutti/live/bootstrap/paced_round.hpp"
#include "tutti/live/database_kind.hpp"

namespace tutti {
namespace {

constexpr DatabaseKind kind{
    .application_id = 0x74757470,  // "tutp"
    .version = 1,
    .otherwise = "holds no remembered peers",
    .moved_away = "the peers are remembered anew",
};
/// For another process's write; it blocks the network's thread.
constexpr int busy_ms_max = 200;

constexpr const char* schema = R"(
  CREATE TABLE IF NOT EXISTS peer (session TEXT not null, target TEXT not null, turn INTEGER not null,
                                   PRIMARY KEY (session, target)) WITHOUT ROWID;
)";

class RememberedPeers final : public Bootstrap {
 public:
  RememberedPeers(RealRuntime& runtime, PeerMemory memory, std::string session, std::vector<LinkTarget> known,
                  Found found)
      : log_(runtime.log()),
        memory_(std::move(memory)),
        session_(std::move(session)),
        known_(std::move(known)),
        found_(std::move(found)),
        round_(runtime, known_.size(), false, [this](std::size_t index) { found_(known_[index]); }) {}

  void linked(const LinkTarget& peer) override {
    const auto kept = memory_.remember(session_, peer);
    if (!kept) log_(LogLevel::warning, "a peer is not remembered: {}", kept.error());
  }

 private:
  Log log_;
  PeerMemory memory_;
  std::string session_;
  std::vector<LinkTarget> known_;
  Found found_;
  PacedRound round_;
};

}  // namespace

PeerMemory::PeerMemory(std::filesystem::path file, std::unique_ptr<SQLite::Database> database)
    : file_(std::move(file)), database_(std::move(database)) {}
PeerMemory::~PeerMemory() = default;
PeerMemory::PeerMemory(PeerMemory&&) noexcept = default;
PeerMemory& PeerMemory::operator=(PeerMemory&&) noexcept = default;

std::expected<PeerMemory, std::string> PeerMemory::open(const std::filesystem::path& file) try {
  auto database = std::make_unique<SQLite::Database>(
      file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_ms_max);
  if (is_empty(*database)) {
    // Of two processes that make the same file, the second one finds it made.
    SQLite::Transaction transaction(*database, SQLite::TransactionBehavior::IMMEDIATE);
    if (is_empty(*database)) {
      kind.mark(*database);
      database->exec(schema);
    }
    transaction.commit();
  }
  if (auto wrong = kind.refusal(*database, file)) return std::unexpected(*std::move(wrong));
  // No write is waited for: who is forgotten because of a power cut is met again.
  database->exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  return PeerMemory(file, std::move(database));
} catch (const SQLite::Exception& error) {
  return std::unexpected(kind.why(file, error));
}

std::expected<void, std::string> PeerMemory::remember(std::string_view session,
                                                      const LinkTarget& target) try {
  require(target.peer.has_value(), "who was linked with has an id");
  SQLite::Transaction transaction(*database_);
  SQLite::Statement row(*database_,
                        "INSERT OR REPLACE INTO peer SELECT ?, ?, coalesce(max(turn), 0) + 1 FROM peer");
  row.bind(1, std::string(session));
  row.bind(2, target_text(target));
  row.exec();
  SQLite::Statement oldest(*database_,
                           "DELETE FROM peer WHERE (session, target) IN (SELECT session, target FROM peer "
                           "ORDER BY turn DESC LIMIT -1 OFFSET ?)");
  oldest.bind(1, peers_max);
  oldest.exec();
  transaction.commit();
  return {};
} catch (const SQLite::Exception& error) {
  return std::unexpected(kind.why(file_, error));
}

std::expected<std::vector<LinkTarget>, std::string> PeerMemory::recall(std::string_view session) try {
  std::vector<LinkTarget> peers;
  SQLite::Statement row(*database_, "SELECT target FROM peer WHERE session = ? ORDER BY turn DESC LIMIT ?");
  row.bind(1, std::string(session));
  row.bind(2, peers_max);
  while (row.executeStep())
    if (const auto target = parse_target(row.getColumn(0).getString())) peers.push_back(*target);
  return peers;
} catch (const SQLite::Exception& error) {
  return std::unexpected(kind.why(file_, error));
}

BootstrapOpener remembered_peers(const std::filesystem::path& file) {
  return [file](RealRuntime& runtime, const Announcement& self,
                Bootstrap::Found found) -> std::expected<std::unique_ptr<Bootstrap>, std::string> {
    auto memory = PeerMemory::open(file);
    if (!memory) return std::unexpected(memory.error());
    auto known = memory->recall(self.session);
    if (!known) return std::unexpected(known.error());
    return std::make_unique<RememberedPeers>(runtime, *std::move(memory), self.session, *std::move(known),
                                             std::move(found));
  };
}

}  // namespace tutti
