#include "tutti/symmetric/replica.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

using session_test::Scribble;

/// A replica that is alone with its session, and the ticks whose fingerprints it has reported.
struct Alone : testing::Test {
  Alone() { replica.receive(PaceChanged{PaceLine{}}); }
  void run_until(Duration time) {
    for (; now < TimePoint(time); now += 20ms) replica.advance(now, 1000);
  }
  void event_due_in(Duration ahead) {
    const Tick due = replica.tick() + ahead / 20ms;
    replica.receive(EventArrived{{due, {}, ++sequence}, *encode_event<Scribble>(Scribble::Stroke{1})});
  }
  /// In seconds of the session, since the last call.
  std::vector<std::int64_t> reported() {
    std::vector<std::int64_t> seconds;
    for (const auto tick : std::exchange(reports, {})) seconds.push_back(tick.value() / 50);
    return seconds;
  }

  std::vector<Tick> reports;
  Replica<Scribble> replica{[this](const ToSession& message) {
    const auto& sent = std::get<ComparisonSent>(message);
    reports.push_back(std::get<SettledReport>(sent.message).fingerprint.tick);
  }};
  TimePoint now;
  Sequence sequence;
};
using ReplicaAlone = Alone;

TEST_F(ReplicaAlone, reports_fingerprints_ever_more_rarely_while_nothing_happens) {
  run_until(100s);
  EXPECT_EQ(reported(), (std::vector<std::int64_t>{1, 3, 7, 15, 31, 47, 63, 79, 95}));
}

TEST_F(ReplicaAlone, reports_every_second_until_one_covers_the_last_event) {
  run_until(100s);
  reported();
  event_due_in(500ms);
  run_until(107s);
  EXPECT_EQ(reported(), (std::vector<std::int64_t>{97, 98, 99, 100, 101, 103}));
}

TEST_F(ReplicaAlone, reports_soon_when_somebody_has_come) {
  run_until(100s);
  reported();
  replica.receive(MembersChanged{{Member{}}});
  run_until(101500ms);
  EXPECT_EQ(reported(), (std::vector<std::int64_t>{97, 98}));
  replica.receive(MembersChanged{{Member{}}});  // and nobody since
  run_until(130s);
  EXPECT_LT(reported().size(), 8u);
}

}  // namespace
}  // namespace tutti::symmetric
