#include "tutti/net/route/tunnel_table.hpp"

#include <gtest/gtest.h>

namespace tutti {
namespace {

using namespace std::chrono_literals;

const PeerId bea{{2}};
const Endpoint place = Endpoint::v4(0x0a000001, 5000);
const Endpoint elsewhere = Endpoint::v4(0x0a000002, 5000);

TunnelTable::Entry outgoing(SocketNumber number, const Endpoint& to) {
  return {.number = number, .peer = bea, .place = to, .outgoing = true, .used = {}};
}

TEST(TunnelTable, leads_to_a_place_by_the_newest_tunnel_that_was_opened_from_here) {
  TunnelTable tunnels;
  tunnels.add({.number = SocketNumber(1), .peer = bea, .place = place, .outgoing = false, .used = {}});
  EXPECT_EQ(tunnels.to(place), nullptr) << "there is no telling whether somebody listens there";
  tunnels.add(outgoing(SocketNumber(2), place));
  tunnels.add(outgoing(SocketNumber(3), place));
  ASSERT_NE(tunnels.to(place), nullptr);
  EXPECT_EQ(tunnels.to(place)->number, SocketNumber(3));
  EXPECT_EQ(tunnels.to(elsewhere), nullptr);
}

TEST(TunnelTable, a_tunnel_that_has_ended_leads_nowhere_and_leaves_its_successor) {
  TunnelTable tunnels;
  tunnels.add(outgoing(SocketNumber(1), place));
  tunnels.add(outgoing(SocketNumber(2), place));
  ASSERT_TRUE(tunnels.remove(SocketNumber(1)));
  EXPECT_FALSE(tunnels.remove(SocketNumber(1)));
  EXPECT_EQ(tunnels.to(place)->number, SocketNumber(2));
  EXPECT_EQ(tunnels.remove(SocketNumber(2))->peer, bea);
  EXPECT_EQ(tunnels.to(place), nullptr);
}

TEST(TunnelTable, keeps_those_that_are_ways) {
  TunnelTable tunnels;
  tunnels.add(outgoing(SocketNumber(1), place));
  tunnels.add(outgoing(SocketNumber(2), elsewhere));
  tunnels.keep_only({SocketNumber(2), SocketNumber(7)});
  EXPECT_EQ(tunnels.to(place), nullptr);
  EXPECT_EQ(tunnels.to(elsewhere)->number, SocketNumber(2));
  EXPECT_EQ(tunnels.all().size(), 1u);
}

TEST(TunnelTable, remembers_when_something_last_came_through) {
  TunnelTable tunnels;
  tunnels.add(outgoing(SocketNumber(1), place));
  tunnels.used(SocketNumber(1), TimePoint(5s));
  tunnels.used(SocketNumber(2), TimePoint(6s));
  EXPECT_EQ(tunnels.to(place)->used, TimePoint(5s));
}

}  // namespace
}  // namespace tutti
