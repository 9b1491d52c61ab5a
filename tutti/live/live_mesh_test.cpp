#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/live/counter_test_app.hpp"
#include "tutti/live/live_session.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using Sessions = std::vector<std::unique_ptr<LiveSession<Counter>>>;

/// Runs the sessions' frames until `done` or, generously, a minute has passed: a bound on failure, not a
/// measure.
template <typename Done>
bool run_until(Sessions& sessions, Done done) {
  for (const auto end = real_now() + 60s; real_now() < end;) {
    for (auto& session : sessions) session->frame();
    if (done()) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST(LiveMesh, a_ticket_with_one_address_is_enough_even_when_that_peer_goes) {
  Ticket ticket = Ticket::generate(false);
  Sessions sessions;
  for (int i = 0; i < 4; ++i) {
    LiveOptions options{
        .listen = Endpoint::v4(0x7f000001, 0), .ticket = ticket, .name = fmt::format("{}", i)};
    auto session = LiveSession<Counter>::open(options);
    ASSERT_TRUE(session) << session.error();
    sessions.push_back(*std::move(session));
    if (i == 0) ticket.addresses = {sessions[0]->peer().local_endpoint().text()};
  }
  ASSERT_TRUE(run_until(sessions, [&] {
    return std::ranges::all_of(sessions, [](auto& session) { return session->peer().link_count() == 3; });
  }));
  sessions.erase(sessions.begin());
  ASSERT_TRUE(run_until(sessions, [&] {
    return std::ranges::all_of(sessions, [](auto& session) { return session->peer().link_count() == 2; });
  }));
  for (auto& session : sessions) ASSERT_TRUE(session->submit(Counter::Tap{}));
  EXPECT_TRUE(run_until(sessions, [&] {
    return std::ranges::all_of(sessions, [](auto& session) { return session->state().taps == 3; });
  }));
}

}  // namespace
}  // namespace tutti
