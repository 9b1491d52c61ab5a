#include "tutti/net/route/birthday.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tutti {
namespace {

using namespace std::chrono_literals;
using Side = Birthday::Side;
using enum NatDependence;

const Endpoint seen = Endpoint::v4(0xc0000201, 4000);

PeerId peer(std::uint8_t number) {
  return PeerId{{number}};
}

TEST(Birthday, is_for_one_mapping_that_stays_and_one_that_does_not) {
  EXPECT_EQ(Birthday::side_of(endpoint_independent, address_and_port_dependent), Side::many_ports);
  EXPECT_EQ(Birthday::side_of(address_and_port_dependent, endpoint_independent), Side::many_sockets);
  EXPECT_EQ(Birthday::side_of(address_dependent, endpoint_independent), Side::many_sockets);
  EXPECT_EQ(Birthday::side_of(endpoint_independent, endpoint_independent), std::nullopt);
  EXPECT_EQ(Birthday::side_of(address_dependent, address_and_port_dependent), std::nullopt);
  EXPECT_EQ(Birthday::side_of(std::nullopt, address_and_port_dependent), std::nullopt);
  EXPECT_EQ(Birthday::side_of(endpoint_independent, std::nullopt), std::nullopt);
}

TEST(Birthday, waits_for_the_search_first) {
  Birthday birthday(Side::many_ports, seen, TimePoint(1s), Random(1));
  EXPECT_EQ(birthday.next_at(), TimePoint(1s + Birthday::delay));
  EXPECT_FALSE(birthday.is_due(TimePoint(1s)));
  EXPECT_EQ(birthday.next(TimePoint(1s + Birthday::delay)), std::nullopt);
  EXPECT_TRUE(birthday.is_due(TimePoint(1s + Birthday::delay)));
  EXPECT_EQ(birthday.trace(), "birthday probing comes next");
  birthday.met();
  EXPECT_FALSE(birthday.is_due(TimePoint(10s)));
  EXPECT_EQ(birthday.next_at(), TimePoint::max());
  EXPECT_EQ(birthday.trace(), "no birthday probing: a check was answered before");
}

TEST(Birthday, that_is_refused_never_begins) {
  Birthday birthday(Side::many_sockets, seen, TimePoint{}, Random(1));
  birthday.refuse("it rains");
  EXPECT_FALSE(birthday.is_due(TimePoint(10s)));
  EXPECT_EQ(birthday.next(TimePoint(10s)), std::nullopt);
  EXPECT_EQ(birthday.next_at(), TimePoint::max());
  EXPECT_EQ(birthday.trace(), "no birthday probing: it rains");
}

RC_GTEST_PROP(Birthday, sends_its_probes_one_by_one_and_tries_no_port_twice,
              (std::uint64_t seed, bool many_sockets)) {
  const auto lateness = Duration(*rc::gen::inRange<std::int64_t>(0, Duration(3ms).count()));
  Birthday birthday(many_sockets ? Side::many_sockets : Side::many_ports, seen, TimePoint{}, Random(seed));
  const auto begun = birthday.next_at();
  birthday.begin(begun);
  std::set<Endpoint> places;
  std::size_t probes = 0;
  TimePoint last = begun - Birthday::pause;
  for (auto at = birthday.next_at(); at != TimePoint::max(); at = birthday.next_at()) {
    const auto now = at + lateness;
    while (const auto place = birthday.next(now)) {
      RC_ASSERT(now - last >= Birthday::pause);
      RC_ASSERT(now < begun + Birthday::patience);
      RC_ASSERT(place->address == seen.address);
      RC_ASSERT(place->port >= Birthday::first_port);
      last = now;
      ++probes;
      places.insert(*place);
    }
  }
  RC_ASSERT(!birthday.under_way());
  if (many_sockets) {
    RC_ASSERT(probes == Birthday::sockets_max);
    RC_ASSERT(places == std::set{seen});
  } else {
    RC_ASSERT(probes <= Birthday::ports_max);
    RC_ASSERT(places.size() == probes);
    if (lateness == Duration{}) RC_ASSERT(probes == Birthday::ports_max);
  }
}

RC_GTEST_PROP(Birthday, ends_when_a_check_is_answered, (std::uint64_t seed, bool many_sockets)) {
  Birthday birthday(many_sockets ? Side::many_sockets : Side::many_ports, seen, TimePoint{}, Random(seed));
  birthday.begin(birthday.next_at());
  const auto steps = *rc::gen::inRange(0, 300);
  for (int i = 0; i < steps; ++i) birthday.next(birthday.next_at());
  RC_PRE(birthday.under_way());
  birthday.met();
  RC_ASSERT(birthday.next_at() == TimePoint::max());
  RC_ASSERT(birthday.next(TimePoint(10s)) == std::nullopt);
  RC_ASSERT(birthday.trace().ends_with("answered"));
}

// The numbers that are told of it: among 64,512 ports, 256 of them open.
TEST(Birthday, hits_one_of_256_ports_with_two_thousand_probes_nearly_always) {
  int missed = 0;
  std::vector<int> probes;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Random nat(seed + 1000);
    std::set<std::uint16_t> open;
    while (open.size() < Birthday::sockets_max)
      open.insert(
          static_cast<std::uint16_t>(Birthday::first_port + nat.below(65'536 - Birthday::first_port)));
    Birthday birthday(Side::many_ports, seen, TimePoint{}, Random(seed));
    birthday.begin(birthday.next_at());
    int count = 0;
    bool hit = false;
    while (!hit && birthday.under_way())
      if (const auto place = birthday.next(birthday.next_at())) {
        ++count;
        hit = open.contains(place->port);
      }
    missed += hit ? 0 : 1;
    probes.push_back(count);
  }
  std::ranges::sort(probes);
  EXPECT_LE(missed, 3);
  EXPECT_NEAR(probes[500], 175, 25);
}

TEST(BirthdayLimit, lets_nobody_be_probed_twice_within_a_minute) {
  BirthdayLimit limit;
  const auto elsewhere = Endpoint::v4(0xc0000202, 4000);
  EXPECT_FALSE(limit.begin(peer(1), seen, TimePoint{}));
  EXPECT_TRUE(limit.begin(peer(1), elsewhere, TimePoint(59s)));
  EXPECT_TRUE(limit.begin(peer(2), {seen.address, 5000}, TimePoint(59s)));
  EXPECT_FALSE(limit.begin(peer(2), elsewhere, TimePoint(59s)));
  EXPECT_FALSE(limit.begin(peer(1), seen, TimePoint(60s)));
  EXPECT_TRUE(limit.begin(peer(2), elsewhere, TimePoint(118s)));
}

TEST(BirthdayLimit, is_one_for_all_of_many_peers_together) {
  BirthdayLimit limit;
  std::size_t begun = 0;
  for (std::uint8_t i = 0; i < 200; ++i)
    begun += limit.begin(peer(i), Endpoint::v4(0xc0000200u + i, 1), TimePoint(Duration(i))) ? 0 : 1;
  EXPECT_EQ(begun, BirthdayLimit::most);
}

}  // namespace
}  // namespace tutti
