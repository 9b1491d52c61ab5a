// Live sessions whose events are signed: real sockets, real SQLite.
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/bootstrap/sessions_test_world.hpp"

namespace tutti {
namespace {

using symmetric::EventError;

TEST(LiveSignedSession, is_played_by_players_and_watched_by_spectators) {
  auto ticket = Ticket::generate(true);
  const auto host = open_counter({.ticket = ticket, .name = "host"});
  ticket.addresses = {host->peer().local_endpoint().text()};
  const auto player = open_counter({.ticket = ticket, .name = "player"});
  const auto spectator = open_counter({.ticket = ticket.for_spectators(), .name = "spectator"});
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
  const auto host = open_counter({.ticket = ticket});
  ticket.addresses = {host->peer().local_endpoint().text()};
  ticket.key.reset();
  std::atomic<bool> refused = false;
  const auto stranger =
      open_counter({.ticket = ticket, .log = Log(LogLevel::warning, [&](LogLevel, std::string_view text) {
                                        if (text.contains(" signed")) refused = true;
                                      })});
  EXPECT_TRUE(run_until(std::vector{host.get(), stranger.get()}, [&] { return refused.load(); }));
  EXPECT_EQ(stranger->peer().link_count(), 0u);
}

TEST(LiveSignedSession, comes_back_from_a_disk_with_what_others_have_signed) {
  const TemporaryFolder folder;
  const auto store = folder / "store";
  {
    const auto one = open_counter({.sign = true, .store = store});
    const auto other = open_counter({.links = {{one->peer().local_endpoint(), {}}}, .sign = true});
    ASSERT_TRUE(one->submit(Counter::Tap{}));
    ASSERT_TRUE(other->submit(Counter::Tap{}));
    ASSERT_TRUE(run_until(std::vector{one.get(), other.get()}, [&] { return one->state().taps == 2; }));
  }
  const auto back = open_counter({.sign = true, .store = store});
  const auto newcomer = open_counter({.links = {{back->peer().local_endpoint(), {}}}, .sign = true});
  EXPECT_TRUE(run_until(std::vector{back.get(), newcomer.get()},
                        [&] { return back->state().taps == 2 && newcomer->state().taps == 2; }));
}

}  // namespace
}  // namespace tutti
