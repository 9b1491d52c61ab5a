#include "tutti/live/net_doctor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tutti {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const Endpoint loopback = Endpoint::v4(0x7f000001, 0);

TEST(NetDoctor, finds_the_others_by_the_first_ones_ticket) {
  auto first = *NetDoctor::open({.listen = loopback, .name = "first"});
  EXPECT_THAT(first->report(), HasSubstr("nobody has said yet where this peer is seen"));
  EXPECT_THAT(first->report(), HasSubstr("was reached: give the ticket"));
  auto second = *NetDoctor::open({.listen = loopback, .ticket = first->ticket(), .name = "second"});
  auto third = *NetDoctor::open({.listen = loopback, .ticket = first->ticket(), .name = "third"});
  const auto all_reached = [&] {
    return third->report().find("first (") != std::string::npos &&
           third->report().find("second (") != std::string::npos &&
           third->report().find("by 2 neighbours") != std::string::npos;
  };
  for (int i = 0; i < 3000 && !all_reached(); ++i)
    for (auto* doctor : {first.get(), second.get(), third.get()}) doctor->run_for(5ms);
  EXPECT_TRUE(all_reached()) << third->report();
  EXPECT_THAT(third->report(), HasSubstr("there is no NAT"));
  EXPECT_THAT(third->report(), HasSubstr("directly at 127.0.0.1:"));
}

TEST(NetDoctor, says_what_was_tried_in_vain) {
  auto ticket = Ticket::generate();
  ticket.addresses = {"no-such-host.invalid:1", "127.0.0.1:1"};
  auto doctor = *NetDoctor::open({.listen = loopback, .ticket = ticket});
  for (int i = 0; i < 3000 && doctor->report().find("127.0.0.1:1: ") == std::string::npos; ++i)
    doctor->run_for(10ms);
  EXPECT_THAT(doctor->report(), HasSubstr("127.0.0.1:1: "));
  EXPECT_THAT(doctor->report(), HasSubstr("no-such-host.invalid"));
  EXPECT_FALSE(doctor->reached());
}

TEST(NetDoctor, refuses_what_it_cannot_use) {
  const auto first = *NetDoctor::open({.listen = loopback});
  auto taken = first->ticket();
  const auto endpoint = *Endpoint::parse(taken.addresses.at(0));
  EXPECT_THAT(NetDoctor::open({.listen = endpoint}).error(), HasSubstr("in use"));
  taken.addresses = {"nobody at all"};
  EXPECT_FALSE(NetDoctor::open({.listen = loopback, .ticket = taken}));
}

}  // namespace
}  // namespace tutti
