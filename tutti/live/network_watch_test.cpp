// With networks that really change: tests/natlab/port_mapping_test.cpp.
#include "tutti/live/network_watch.hpp"

#include <gmock/gmock.h>

#include "tutti/runtime/polled_test_runtime.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(Gateway, an_address_behind_a_nat_is_told_from_others) {
  for (const auto* text : {"10.0.0.1:0", "172.16.0.1:0", "172.31.255.255:0", "192.168.7.1:0", "100.64.0.1:0"})
    EXPECT_TRUE(is_private(*Endpoint::parse(text))) << text;
  for (const auto* text :
       {"11.0.0.1:0", "172.32.0.1:0", "192.169.0.1:0", "100.128.0.1:0", "203.0.113.1:0", "[2001:db8::1]:0"})
    EXPECT_FALSE(is_private(*Endpoint::parse(text))) << text;
}

TEST(Gateway, the_one_of_this_machine_has_an_address_or_is_none) {
  const auto gateway = find_gateway();
  if (!gateway) return;
  EXPECT_NE(gateway->router, Endpoint{});
  EXPECT_NE(gateway->own, Endpoint{});
}

TEST(NetworkWatch, tells_that_the_machine_has_slept) {
  RealRuntime runtime;
  Duration asleep = 1h;
  std::vector<std::string> told;
  auto watch = NetworkWatch::open(
      runtime,
      [&](std::string_view what) {
        told.emplace_back(what);
        runtime.stop();
      },
      [&] { return asleep; });
  ASSERT_TRUE(watch) << watch.error();
  asleep += 10min;
  runtime.run();
  EXPECT_THAT(told, ElementsAre("this machine has slept"));
}

TEST(NetworkWatch, the_clocks_of_this_machine_can_be_read) {
  EXPECT_GE(slept(), Duration::zero() - 1s);
}

}  // namespace
}  // namespace tutti
