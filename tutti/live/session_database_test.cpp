#include "tutti/live/session_database.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tutti/base/random.hpp"
#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/troubled_disk_test_vfs.hpp"
#include "tutti/symmetric/session_store_test_disk.hpp"

namespace tutti {
namespace {

using symmetric::StoredEvent;
using symmetric::StoredFoundation;
using symmetric::StoredPast;
using symmetric::StoreWrite;
using symmetric::Tick;
using testing::HasSubstr;

const SessionDatabase::Application application{.network = "test 1", .ticks_per_second = 50};

class SessionDatabases : public testing::Test {
 protected:
  [[nodiscard]] SessionDatabase open(const std::string& vfs = {}) const {
    auto database = SessionDatabase::open(file_, application, vfs);
    EXPECT_TRUE(database) << database.error();
    return *std::move(database);
  }
  [[nodiscard]] std::string refusal(const SessionDatabase::Application& other = application) const {
    const auto database = SessionDatabase::open(file_, other);
    return database ? "it is taken" : database.error();
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "past.tutti";
};

/// What a session might write: events of a few origins in two lives, and now and then a foundation.
class Writes {
 public:
  explicit Writes(std::uint64_t seed) : random_(seed) {}

  std::vector<StoreWrite> batch() {
    std::vector<StoreWrite> writes;
    for (auto count = 1 + random_.below(5); count > 0; --count) writes.push_back(next());
    return writes;
  }

 private:
  StoreWrite next() {
    tick_ += static_cast<std::int64_t>(random_.below(40));
    if (random_.chance(0.1)) {
      symmetric::Foundation foundation{.tick = Tick(tick_ / 100 * 100 + 100),
                                       .account = {random_(), random_.below(1000)},
                                       .timeline_history = random_(),
                                       .folded = {{origin(), {{Sequence(1), Sequence(3)}}, Tick(tick_)}},
                                       .image = some_bytes(20'000)};
      return StoredFoundation{std::move(foundation), Tick(tick_ - 300)};
    }
    StoredEvent event{
        .origin = origin(), .sequence = Sequence(++sequence_), .said = {Tick(tick_), some_bytes(200)}};
    event.own = event.origin.peer.bytes[0] == 1;
    if (random_.chance(0.1)) event.said.again = symmetric::Act{event.origin, Sequence(random_())};
    return event;
  }
  Origin origin() {
    Origin origin;
    origin.peer.bytes[0] = static_cast<std::uint8_t>(1 + random_.below(2));
    origin.incarnation =
        random_.chance(0.5) ? ~std::uint64_t{0} : 7;  // one that would be negative with a sign
    return origin;
  }
  Bytes some_bytes(std::uint64_t bound) {
    Bytes bytes(random_.below(bound));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_.below(256));
    return bytes;
  }

  Random random_;
  std::int64_t tick_ = 1;
  std::uint64_t sequence_ = 0;
};

TEST_F(SessionDatabases, hold_what_was_written_as_the_model_does) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::filesystem::remove(file_);
    symmetric::TestDisk model;
    Writes writes(seed);
    for (int life = 0; life < 5; ++life) {
      auto database = open();
      EXPECT_EQ(database.load(), model.past()) << "seed " << seed;
      for (int i = 0; i < 20; ++i) {
        const auto batch = writes.batch();
        const Tick present(1000 * life + i);
        ASSERT_TRUE(database.write(batch, present));
        for (const auto& write : batch) model.apply(write);
        model.note_present(present);
      }
    }
    EXPECT_EQ(open().load(), model.past()) << "seed " << seed;
  }
}

TEST_F(SessionDatabases, are_refused_by_name_when_they_are_of_something_else) {
  EXPECT_EQ(refusal(), "it is taken");
  EXPECT_THAT(refusal({.network = "test 2", .ticks_per_second = 50}),
              HasSubstr("past.tutti' holds a session of 'test 1', this is 'test 2'"));
  EXPECT_THAT(refusal({.network = "test 1", .ticks_per_second = 60}),
              HasSubstr("holds a session of 50 ticks a second, this application has 60"));
  EXPECT_EQ(refusal(), "it is taken");
}

TEST_F(SessionDatabases, are_refused_while_another_has_them_open) {
  const auto database = open();
  EXPECT_THAT(refusal(), HasSubstr("is in use by another process"));
}

TEST_F(SessionDatabases, of_another_format_or_program_are_refused_and_left_as_they_are) {
  EXPECT_EQ(refusal(), "it is taken");
  SQLite::Database(file_.string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 2");
  EXPECT_THAT(refusal(), HasSubstr("has format 2, this program knows format 1"));

  std::filesystem::remove(file_);
  SQLite::Database(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE a (b)");
  EXPECT_THAT(refusal(), HasSubstr("is no store of a session, but another database"));
  EXPECT_TRUE(SQLite::Database(file_.string()).tableExists("a"));

  std::ofstream(file_)
      << "These are my notes of last week. I would not want to lose them, long as they are, and dull "
         "as they may seem to others.";
  const auto size = std::filesystem::file_size(file_);
  EXPECT_THAT(refusal(), HasSubstr("is no store of a session"));
  EXPECT_EQ(std::filesystem::file_size(file_), size);
}

TEST_F(SessionDatabases, that_cannot_be_made_are_named) {
  file_ = folder_ / "missing/past.tutti";
  EXPECT_THAT(refusal(), HasSubstr("missing/past.tutti'"));
}

TEST_F(SessionDatabases, that_are_damaged_say_so_or_hold_what_was_written) {
  StoredPast whole;
  {
    auto database = open();
    Writes writes(5);
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(database.write(writes.batch(), Tick(i)));
    whole = *database.load();
  }
  const auto copy = folder_ / "copy";
  std::filesystem::copy_file(file_, copy);
  const auto size = std::filesystem::file_size(file_);
  Random random(1);
  int found = 0;
  for (int i = 0; i < 300; ++i) {
    std::filesystem::copy_file(copy, file_, std::filesystem::copy_options::overwrite_existing);
    if (random.chance(0.1)) {
      std::filesystem::resize_file(file_, 1 + random.below(size - 1));
    } else {
      std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(random.below(size)));
      file.put(static_cast<char>(random.below(256)));
    }
    auto database = SessionDatabase::open(file_, application);
    const auto past = database ? database->load() : std::unexpected(database.error());
    if (past)
      EXPECT_EQ(*past, whole);
    else
      EXPECT_THAT(past.error(), HasSubstr("past.tutti'"));
    found += past ? 0 : 1;
  }
  EXPECT_GT(found, 30);  // others hit what is not used
}

/// Writes batch after batch, and says through `acknowledged` when each is written.
[[noreturn]] void write_until_death(const std::filesystem::path& file, std::int64_t operations,
                                    int acknowledged) {
  TroubledDisk::instance().die_after(operations);
  auto database = SessionDatabase::open(file, application, TroubledDisk::name());
  if (!database) _exit(1);
  Writes writes(3);
  for (int i = 0; i < 12; ++i) {
    if (!database->write(writes.batch(), std::nullopt)) _exit(1);
    if (::write(acknowledged, "x", 1) != 1) _exit(1);
  }
  database = std::unexpected("closed");
  _exit(0);
}

TEST_F(SessionDatabases, lose_nothing_that_was_written_wherever_their_process_dies) {
  int deaths = 0;
  for (std::int64_t operations = 0;; ++operations) {
    for (const auto* ending : {"", "-wal", "-journal"}) std::filesystem::remove(file_.string() + ending);
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const auto child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_until_death(file_, operations, pipe[1]);
    close(pipe[1]);
    std::array<char, 64> answers{};
    std::size_t acknowledged = 0;
    for (ssize_t got = 0; (got = read(pipe[0], answers.data(), answers.size())) > 0;)
      acknowledged += static_cast<std::size_t>(got);
    close(pipe[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));

    auto database = open();
    const auto past = database.load();
    ASSERT_TRUE(past) << past.error();
    symmetric::TestDisk model;
    Writes writes(3);
    for (std::size_t i = 0; i < acknowledged; ++i)
      for (const auto& write : writes.batch()) model.apply(write);
    if (*past != model.past()) {
      // The batch that was under way may be there, whole.
      for (const auto& write : writes.batch()) model.apply(write);
      EXPECT_EQ(*past, model.past()) << "after " << operations << " operations, " << acknowledged
                                     << " batches";
    }
    if (WEXITSTATUS(status) == 0) break;
    ASSERT_EQ(WEXITSTATUS(status), TroubledDisk::died);
    ++deaths;
  }
  EXPECT_GT(deaths, 50);
}

TEST_F(SessionDatabases, on_a_full_disk_say_so_and_go_on_when_there_is_room) {
  auto database = open(TroubledDisk::name());
  Writes writes(2);
  const auto first = writes.batch();
  const auto second = writes.batch();
  ASSERT_TRUE(database.write(first, Tick(1)));
  TroubledDisk::instance().set_full(true);
  const auto written = database.write(second, Tick(2));
  TroubledDisk::instance().set_full(false);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error(), HasSubstr("past.tutti': database or disk is full"));
  ASSERT_TRUE(database.write(second, Tick(2)));
  symmetric::TestDisk model;
  for (const auto& batch : {first, second})
    for (const auto& write : batch) model.apply(write);
  model.note_present(Tick(2));
  EXPECT_EQ(database.load(), model.past());
}

TEST_F(SessionDatabases, whose_disk_is_full_in_the_middle_of_a_batch_take_it_later) {
  auto database = open(TroubledDisk::name());
  // More than SQLite keeps in memory until the commit, which is 2 MiB.
  std::vector<StoreWrite> batch;
  for (std::uint64_t i = 1; i <= 3000; ++i)
    batch.emplace_back(StoredEvent{.origin = {}, .sequence = Sequence(i), .said = {Tick(1), Bytes(1000)}});
  TroubledDisk::instance().set_full(true);
  EXPECT_FALSE(database.write(batch, std::nullopt));
  TroubledDisk::instance().set_full(false);
  EXPECT_TRUE(database.load()->events.empty());
  ASSERT_TRUE(database.write(batch, std::nullopt));
  EXPECT_EQ(database.load()->events.size(), batch.size());
}

}  // namespace
}  // namespace tutti
