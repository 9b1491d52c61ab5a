// Live sessions whose events are signed: real sockets, real SQLite.
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/counter_test_app.hpp"
#include "tutti/live/live_session.hpp"

namespace tutti {
namespace {

using symmetric::EventError;
using Session = std::unique_ptr<LiveSession<Counter>>;

Session open(LiveOptions options) {
  options.listen = Endpoint::v4(0x7f000001, 0);
  auto session = LiveSession<Counter>::open(options);
  EXPECT_TRUE(session) << session.error();
  return *std::move(session);
}

/// Ends when it is true, or when it is clear that it never will be.
template <typename Condition>
bool run_until(const std::vector<LiveSession<Counter>*>& sessions, Condition condition) {
  const TimePoint end = real_now() + std::chrono::seconds(60);
  while (!condition() && real_now() < end)
    for (auto* const session : sessions) session->frame();
  return condition();
}

TEST(LiveSignedSession, is_played_by_players_and_watched_by_spectators) {
  auto ticket = Ticket::generate(true);
  const auto host = open({.ticket = ticket, .name = "host"});
  ticket.addresses = {host->peer().local_endpoint().text()};
  const auto player = open({.ticket = ticket, .name = "player"});
  const auto spectator = open({.ticket = ticket.for_spectators(), .name = "spectator"});
  EXPECT_TRUE(spectator->peer().watches());
  EXPECT_FALSE(player->peer().watches());
  const std::vector all{host.get(), player.get(), spectator.get()};
  ASSERT_TRUE(host->submit(Counter::Tap{}));
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(player->submit(Counter::Tap{}));
  EXPECT_EQ(spectator->submit(Counter::Tap{}).error(), EventError::watching);
  const auto watched = [&] {
    for (const auto& member : host->replica().members())
      if (member.watches) return member.name;
    return std::string{};
  };
  EXPECT_TRUE(run_until(all, [&] {
    return host->state().taps == 10 && player->state().taps == 10 && spectator->state().taps == 10 &&
           watched() == "spectator";
  }));
}

TEST(LiveSignedSession, does_not_link_with_peers_that_do_not_sign) {
  auto ticket = Ticket::generate(true);
  const auto host = open({.ticket = ticket});
  ticket.addresses = {host->peer().local_endpoint().text()};
  ticket.key.reset();
  std::atomic<bool> refused = false;
  const auto stranger =
      open({.ticket = ticket, .log = Log(LogLevel::warning, [&](LogLevel, std::string_view text) {
                                if (text.contains(" signed")) refused = true;
                              })});
  EXPECT_TRUE(run_until({host.get(), stranger.get()}, [&] { return refused.load(); }));
  EXPECT_EQ(stranger->peer().link_count(), 0u);
}

TEST(LiveSignedSession, comes_back_from_a_disk_with_what_others_have_signed) {
  const TemporaryFolder folder;
  const auto store = folder / "store";
  {
    const auto one = open({.sign = true, .store = store});
    const auto other = open({.links = {{one->peer().local_endpoint(), {}}}, .sign = true});
    ASSERT_TRUE(one->submit(Counter::Tap{}));
    ASSERT_TRUE(other->submit(Counter::Tap{}));
    ASSERT_TRUE(run_until({one.get(), other.get()}, [&] { return one->state().taps == 2; }));
  }
  const auto back = open({.sign = true, .store = store});
  const auto newcomer = open({.links = {{back->peer().local_endpoint(), {}}}, .sign = true});
  EXPECT_TRUE(run_until({back.get(), newcomer.get()},
                        [&] { return back->state().taps == 2 && newcomer->state().taps == 2; }));
}

}  // namespace
}  // namespace tutti
