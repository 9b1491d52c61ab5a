// Finding each other by multicast on this machine's loopback, with real sockets.
#include "tutti/live/bootstrap/lan.hpp"

#include <gtest/gtest.h>
#include <net/if.h>
#include <unistd.h>

#include "tutti/live/bootstrap/sessions_test_world.hpp"

namespace tutti {
namespace {

/// A port that other runs of this test are not likely to have; their sessions differ in any case.
LanOptions on_loopback() {
  return {.port = static_cast<std::uint16_t>(20'000 + ::getpid() % 10'000),
          .interfaces = {{"lo", ::if_nametoindex("lo")}}};
}

TEST(Lan, peers_of_a_session_find_each_other_and_others_are_left_alone) {
  Lines lines;
  const auto ticket = Ticket::generate();
  const auto open = [&](const Ticket& its_ticket) {
    return open_counter({.bootstraps = {lan(on_loopback())}, .ticket = its_ticket, .log = lines.log()});
  };
  const auto one = open(ticket);
  const auto stranger = open(Ticket::generate());
  const auto other = open(ticket);
  EXPECT_TRUE(wait_until([&] { return one->peer().link_count() == 1 && other->peer().link_count() == 1; }))
      << lines.all();
  EXPECT_EQ(stranger->peer().link_count(), 0u);
}

TEST(Lan, the_port_of_multicast_dns_is_shared_with_others) {
  Lines lines;
  const auto ticket = Ticket::generate();
  const LanOptions options{.interfaces = on_loopback().interfaces};
  const auto one =
      open_counter({.bootstraps = {lan(options), lan(options)}, .ticket = ticket, .log = lines.log()});
  const auto other = open_counter({.bootstraps = {lan(options)}, .ticket = ticket, .log = lines.log()});
  EXPECT_TRUE(wait_until([&] { return one->peer().link_count() == 1; })) << lines.all();
}

TEST(Lan, an_interface_that_is_not_there_is_named) {
  const auto session =
      LiveSession<Counter>::open({.listen = Endpoint::v4(0x7f000001, 0),
                                  .bootstraps = {lan({.interfaces = {{"nowhere0", 1'000'000}}})}});
  ASSERT_FALSE(session);
  EXPECT_NE(session.error().find("nowhere0"), std::string::npos) << session.error();
}

TEST(Lan, there_is_always_an_interface_to_look_at) {
  EXPECT_FALSE(multicast_interfaces().empty());
}

}  // namespace
}  // namespace tutti
