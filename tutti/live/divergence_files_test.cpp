#include "tutti/live/divergence_files.hpp"

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/live/live_session.hpp"
#include "tutti/symmetric/image.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using symmetric::Tick;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// Counts taps; a broken machine counts every tap twice.
template <bool broken>
struct Taps {
  static constexpr std::string_view name = "taps";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::uint64_t ticks = 0;
    std::uint64_t taps = 0;
  };
  static constexpr std::array<std::string_view, 2> field_names{"ticks", "taps"};
  struct Tap {};
  using Event = std::variant<Tap>;
  static void start(State&) {}
  static void tick(State& state) { ++state.ticks; }
  static void apply(State& state, PeerId, const Event&) { state.taps += broken ? 2 : 1; }
};

std::string content(const std::string& file) {
  const auto bytes = read_recording_bytes(file);
  EXPECT_TRUE(bytes) << bytes.error();
  return bytes ? std::string(bytes->begin(), bytes->end()) : "";
}

std::filesystem::path folder_of_this_test() {
  return testing::TempDir() + "divergence_" + testing::UnitTest::GetInstance()->current_test_info()->name();
}

/// A machine that has seen a tap at tick 100, which is the first bad one, and one of another opinion.
struct FilesOfADivergence : testing::Test {
  FilesOfADivergence() {
    std::filesystem::create_directory(folder);
    tap(machine);
    tap(broken);
    divergence = {.peer = {{0xcd}},
                  .first_bad_tick = bad,
                  .ours = machine.fingerprint(bad),
                  .theirs = broken.fingerprint(bad)};
    difference = {.peer = divergence.peer,
                  .ours = machine.image_at(bad),
                  .their_bytes = 16,
                  .pages_compared = 1,
                  .pages = {0}};
  }
  ~FilesOfADivergence() override { std::filesystem::remove_all(folder); }
  static void tap(auto& machine) {
    machine.insert({bad, {{{0xee}}, 1}, Sequence(1)}, {});
    machine.advance(Tick(200), 200);
  }
  DivergenceFiles<Taps<false>> files() { return files_in(folder); }
  DivergenceFiles<Taps<false>> files_in(const std::filesystem::path& place) {
    return {machine, divergence, machine.image_at(bad), PeerId{{0xab}}, place, {}};
  }

  static constexpr Tick bad{100};
  const std::filesystem::path folder = folder_of_this_test();
  const std::string name = (folder / "taps-ab000000-100").string();
  symmetric::TimeMachine<Taps<false>> machine;
  symmetric::TimeMachine<Taps<true>> broken;
  symmetric::Divergence divergence;
  symmetric::StateDifference difference;
};

TEST_F(FilesOfADivergence, hold_at_once_all_events_the_state_at_the_first_bad_tick_and_the_words) {
  const auto kept = files();
  EXPECT_EQ(kept.replay(), name + ".replay");
  EXPECT_EQ(kept.report(), name + ".txt");
  EXPECT_THAT(kept.said(), HasSubstr("taps-ab000000-100.state' its state"));
  EXPECT_FALSE(kept.concluded());

  const auto recording = symmetric::read_recording(*read_recording_bytes(kept.replay()));
  ASSERT_TRUE(recording);
  EXPECT_EQ(recording->events.size(), 1u);
  EXPECT_EQ(symmetric::Playback<Taps<false>>::of(*recording)->verify().last_equal, bad);
  EXPECT_EQ(*read_recording_bytes(name + ".state"), symmetric::bytes_of(machine.image_at(bad)));
  EXPECT_THAT(content(kept.report()),
              AllOf(HasSubstr("first bad tick: 100 (2.000 s)\n"),
                    HasSubstr("       2.000 s  tick      100  ee000000 #1     Tap{}\n")));
}

TEST_F(FilesOfADivergence, tell_in_the_end_which_field_differs_and_hold_the_others_state) {
  auto kept = files();
  const auto theirs = symmetric::bytes_of(broken.image_at(bad));
  difference.theirs = {{0, theirs}};
  EXPECT_THAT(kept.conclude(difference),
              AllOf(HasSubstr("of their states differs taps ("), HasSubstr("): 1 here, 2 there"),
                    HasSubstr(".txt' tells more"), HasSubstr("-of-cd000000.state' is the other's state")));
  EXPECT_TRUE(kept.concluded());
  EXPECT_EQ(*read_recording_bytes(name + "-of-cd000000.state"), theirs);
  EXPECT_THAT(content(kept.report()),
              AllOf(HasSubstr("first bad tick: 100"), HasSubstr("differ: 1 of 1, number 0\n"),
                    HasSubstr("bytes of the state that differ: 8\n"), HasSubstr("): 1 here, 2 there\n"),
                    EndsWith("-of-cd000000.state' is the other's state\n")));
}

TEST_F(FilesOfADivergence, say_that_the_other_has_not_shown_its_state) {
  auto kept = files();
  EXPECT_THAT(kept.conclude({}), HasSubstr("has not shown its state"));
  EXPECT_THAT(content(kept.report()), EndsWith("the other peer has not shown its state\n"));

  auto of_hashes_alone = files();
  EXPECT_THAT(of_hashes_alone.conclude(difference), HasSubstr("1 pages of their states differ"));
  EXPECT_THAT(content(of_hashes_alone.report()),
              AllOf(HasSubstr("has not shown 1 of them"), Not(HasSubstr("bytes of the state")),
                    Not(HasSubstr("is the other's state"))));
}

TEST_F(FilesOfADivergence, that_cannot_be_written_end_nothing_but_themselves) {
  auto kept = files_in("/nowhere/at/all");
  EXPECT_EQ(kept.replay(), "");
  EXPECT_EQ(kept.report(), "");
  EXPECT_THAT(kept.said(), HasSubstr("cannot be written"));
  EXPECT_THAT(kept.conclude(difference), HasSubstr("differ"));
}

template <bool broken>
std::unique_ptr<LiveSession<Taps<broken>>> open(const std::vector<LinkTarget>& links) {
  auto session = LiveSession<Taps<broken>>::open({.listen = *Endpoint::parse("127.0.0.1:0"), .links = links},
                                                 {.settled_after = 100ms});
  EXPECT_TRUE(session) << session.error();
  return *std::move(session);
}

TEST(LiveDivergence, is_found_and_its_field_told_by_both_peers) {
  auto one = open<false>({});
  auto other = open<true>({{one->peer().local_endpoint(), one->peer().id()}});
  ASSERT_TRUE(one->submit(Taps<false>::Tap{}));
  const auto over = [](const auto& session) { return session->replica().divergence_pages().over(); };
  for (const auto end = real_now() + 60s; real_now() < end && !(over(one) && over(other));) {
    one->frame();
    other->frame();
    std::this_thread::yield();
  }
  ASSERT_TRUE(over(one) && over(other));
  const auto folder = folder_of_this_test();
  std::filesystem::create_directory(folder);
  const auto text = [](auto& session, auto files) {
    files.conclude(session->replica().divergence_pages().difference());
    return content(files.report());
  };
  EXPECT_THAT(text(one, DivergenceFiles<Taps<false>>(one->replica().machine(), *one->replica().divergence(),
                                                     one->replica().divergence_state(), one->peer().id(),
                                                     folder, {})),
              AllOf(HasSubstr("Tap{}"), HasSubstr("): 1 here, 2 there\n")));
  EXPECT_THAT(text(other, DivergenceFiles<Taps<true>>(
                              other->replica().machine(), *other->replica().divergence(),
                              other->replica().divergence_state(), other->peer().id(), folder, {})),
              AllOf(HasSubstr("Tap{}"), HasSubstr("): 2 here, 1 there\n")));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tutti
