#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/live/bootstrap/sessions_test_world.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using Sessions = std::vector<CounterSession>;

TEST(LiveMesh, a_ticket_with_one_address_is_enough_even_when_that_peer_goes) {
  Ticket ticket = Ticket::generate(false);
  Sessions sessions;
  for (int i = 0; i < 4; ++i) {
    sessions.push_back(open_counter({.ticket = ticket, .name = fmt::format("{}", i)}));
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
