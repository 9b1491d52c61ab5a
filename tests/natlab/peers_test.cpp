// Whole peers behind real NATs find each other: every pair of kinds, and what happens to people's networks.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "inhabitant.hpp"
#include "nat_lab_fixture.hpp"
#include "tutti/base/text.hpp"
#include "tutti/link/lifetime_discovery.hpp"
#include "tutti/net/model/models.hpp"

namespace tutti::natlab {
namespace {

using namespace std::chrono_literals;

class Peers : public NatLabTest {
 protected:
  /// Polls until `done`; the limit is there so that a failure ends.
  template <typename Condition>
  bool run_until(Condition done, Duration limit = 60s) {
    for (const auto end = real_now() + limit; !done() && real_now() < end;) runtime_.poll();
    return done();
  }
  void run_for(Duration duration) {
    for (const auto end = runtime_.now() + duration; runtime_.now() < end;) runtime_.poll();
  }
  std::unique_ptr<Inhabitant> peer(NatLab::Host host, std::string name,
                                   const std::vector<const Inhabitant*>& friends = {}) {
    std::vector<LinkTarget> targets;
    for (const auto* each : friends) targets.push_back(each->target());
    return std::make_unique<Inhabitant>(lab(), runtime_, host, targets, std::move(name), RelayLimits{}, true);
  }
  /// Both are linked with the third; the first asks for a link with the second, and it becomes direct.
  bool meet_directly(const Inhabitant& third, Inhabitant& one, const Inhabitant& other) {
    if (!run_until([&] { return third.linked(one) && third.linked(other); })) return false;
    one.want(other);
    return run_until([&] { return one.direct(other) && other.direct(one); });
  }
  /// Says `count` things, and waits until the other one has heard all of them.
  bool all_arrives(Inhabitant& from, Inhabitant& to, std::uint32_t count) {
    const auto before = to.heard().size();
    for (std::uint32_t i = 0; i < count; ++i) {
      from.say(to, static_cast<std::uint32_t>(before) + i);
      run_for(20ms);
    }
    std::vector<std::uint32_t> expected(before + count);
    std::iota(expected.begin(), expected.end(), 0u);
    return run_until([&] { return to.heard() == expected; }, 20s);
  }

  PolledRuntime runtime_;
};

TEST_F(Peers, of_every_pair_of_kinds_are_linked_and_directly_if_they_can_be_punched) {
  struct Pair {
    NamedNatKind one_kind;
    NamedNatKind other_kind;
    std::unique_ptr<Inhabitant> one;
    std::unique_ptr<Inhabitant> other;
    std::optional<Duration> linked{};
    bool settled = false;  // directly linked, or everything has been tried once
  };
  // 25 ms from anybody to anybody.
  const auto cable = constant_delay(12'500us);
  // Who introduces all of them has more to relay than one does for friends.
  const RelayLimits limits{.pairs_max = 1024};
  const auto rita = std::make_unique<Inhabitant>(lab(), runtime_, lab().add_host(lab().internet(), cable),
                                                 std::vector<LinkTarget>{}, "rita", limits);
  std::vector<NatLab::Host> ones, others;
  for (auto* const hosts : {&ones, &others})
    for (const auto& [name, kind] : nat_kinds())
      hosts->push_back(lab().add_host(lab().add_nat(lab().internet(), kind, cable)));
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < ones.size(); ++i)
    for (std::size_t j = 0; j < others.size(); ++j)
      pairs.push_back({nat_kinds()[i], nat_kinds()[j], peer(ones[i], "one", {rita.get()}),
                       peer(others[j], "other", {rita.get()})});
  ASSERT_TRUE(run_until([&] {
    return std::ranges::all_of(
        pairs, [&](const Pair& pair) { return rita->linked(*pair.one) && rita->linked(*pair.other); });
  }));
  // One after the other, so that what is measured is the way and not this machine.
  for (auto& pair : pairs) {
    const TimePoint begin = runtime_.now();
    pair.one->want(*pair.other);
    EXPECT_TRUE(run_until([&] {
      if (!pair.linked && pair.one->linked(*pair.other)) pair.linked = runtime_.now() - begin;
      return pair.linked.has_value();
    })) << pair.one_kind.name
        << " and " << pair.other_kind.name;
  }
  ASSERT_TRUE(run_until([&] {
    for (auto& [one_kind, other_kind, one, other, linked, settled] : pairs)
      settled = settled || (one->direct(*other) && other->direct(*one)) ||
                (one->searched(*other) && other->searched(*one));
    return std::ranges::all_of(pairs, &Pair::settled);
  }));
  std::vector<Duration> links;
  fmt::print("{:<30}{:<30}{:<10}{:<10}{}\n", "one", "other", "expected", "found", "linked after");
  for (const auto& pair : pairs) {
    const bool plainly = can_punch(pair.one_kind.kind, pair.other_kind.kind);
    const bool expected = plainly || can_punch_by_birthday(pair.one_kind.kind, pair.other_kind.kind);
    const bool found = pair.one->direct(*pair.other) && pair.other->direct(*pair.one);
    if (pair.linked) links.push_back(*pair.linked);
    fmt::print("{:<30}{:<30}{:<10}{:<10}{}\n", pair.one_kind.name, pair.other_kind.name,
               plainly    ? "direct"
               : expected ? "later"
                          : "relay",
               found ? "direct" : "relay", pair.linked ? describe(*pair.linked) : "never");
    EXPECT_EQ(found, expected) << pair.one->trace(*pair.other);
  }
  std::ranges::sort(links);
  fmt::print("linked after {} at the median, 25 ms from anybody to anybody\n",
             describe(links.at(links.size() / 2)));
}

TEST_F(Peers, behind_one_nat_meet_inside) {
  const auto rita = peer(lab().add_host(lab().internet()), "rita");
  const auto home = add_nat("symmetric");
  const auto ada = peer(lab().add_host(home), "ada", {rita.get()});
  const auto bob = peer(lab().add_host(home), "bob", {rita.get()});
  EXPECT_TRUE(meet_directly(*rita, *ada, *bob)) << ada->trace(*bob);
  EXPECT_TRUE(all_arrives(*ada, *bob, 10));
}

TEST_F(Peers, behind_two_nats_each_meet) {
  const auto rita = peer(lab().add_host(lab().internet()), "rita");
  const auto home = [&] {
    return lab().add_nat(add_nat("port-restricted"), *parse_nat_kind("port-restricted"));
  };
  const auto ada = peer(lab().add_host(home()), "ada", {rita.get()});
  const auto bob = peer(lab().add_host(home()), "bob", {rita.get()});
  EXPECT_TRUE(meet_directly(*rita, *ada, *bob)) << ada->trace(*bob);
}

TEST_F(Peers, keep_their_link_when_both_routers_start_again) {
  const auto rita = peer(lab().add_host(lab().internet()), "rita");
  const auto home = add_nat("port-restricted");
  const auto other_home = add_nat("port-restricted");
  const auto ada = peer(lab().add_host(home), "ada", {rita.get()});
  const auto bob = peer(lab().add_host(other_home), "bob", {rita.get()});
  ASSERT_TRUE(meet_directly(*rita, *ada, *bob)) << ada->trace(*bob);
  lab().reboot(home);
  lab().reboot(other_home);
  EXPECT_TRUE(all_arrives(*ada, *bob, 50));
  EXPECT_TRUE(run_until([&] { return ada->direct(*bob) && bob->direct(*ada); })) << ada->trace(*bob);
  EXPECT_EQ(ada->lost_links() + bob->lost_links(), 0);
}

TEST_F(Peers, keep_their_link_when_a_router_has_another_address) {
  const auto rita = peer(lab().add_host(lab().internet()), "rita");
  const auto home = add_nat("port-restricted");
  const auto ada = peer(lab().add_host(home), "ada", {rita.get()});
  const auto bob = peer(lab().add_host(add_nat("port-restricted")), "bob", {rita.get()});
  ASSERT_TRUE(meet_directly(*rita, *ada, *bob)) << ada->trace(*bob);
  const auto before = lab().external(home).address;
  lab().readdress(home);
  ASSERT_NE(lab().external(home).address, before);
  EXPECT_TRUE(all_arrives(*ada, *bob, 50));
  EXPECT_TRUE(all_arrives(*bob, *ada, 50));
  EXPECT_TRUE(run_until([&] { return ada->direct(*bob) && bob->direct(*ada); })) << ada->trace(*bob);
  EXPECT_EQ(bob->place_of(*ada).address, lab().external(home).address);
  EXPECT_EQ(ada->lost_links() + bob->lost_links(), 0);
}

TEST_F(Peers, keep_their_link_when_one_moves_to_another_network) {
  const auto rita = peer(lab().add_host(lab().internet()), "rita");
  const auto laptop = lab().add_host(add_nat("port-restricted"));
  const auto cafe = add_nat("address-restricted");
  const auto ada = peer(laptop, "ada", {rita.get()});
  const auto bob = peer(lab().add_host(add_nat("port-restricted")), "bob", {rita.get()});
  ASSERT_TRUE(meet_directly(*rita, *ada, *bob)) << ada->trace(*bob);
  lab().move(laptop, cafe);
  EXPECT_TRUE(all_arrives(*ada, *bob, 50));
  EXPECT_TRUE(run_until([&] { return ada->direct(*bob) && bob->direct(*ada); })) << ada->trace(*bob);
  EXPECT_EQ(ada->lost_links() + bob->lost_links(), 0);
}

TEST_F(Peers, find_out_for_how_long_their_routers_remember) {
  auto lasting = *parse_nat_kind("port-restricted");
  auto forgetful = lasting;
  // The routers' time goes on where this test's stands still for want of a processor.
  lasting.mapping_lifetime = 10min;
  forgetful.mapping_lifetime = 10s;
  const auto rita = peer(lab().add_host(lab().internet()), "rita");
  const auto behind = [&](const NatKind& kind, std::string name) {
    return std::make_unique<Inhabitant>(lab(), runtime_,
                                        lab().add_host(lab().add_nat(lab().internet(), kind)),
                                        std::vector{rita->target()}, std::move(name), RelayLimits{}, true);
  };
  const auto ada = behind(lasting, "ada");
  const auto bob = behind(forgetful, "bob");
  const auto first = LifetimeDiscovery::silences[0];
  EXPECT_TRUE(
      run_until([&] { return ada->nat().outlived() >= first && bob->nat().failures(first) > 0; }, 10min));
  EXPECT_EQ(bob->nat().outlived(), Duration());
  EXPECT_EQ(ada->lost_links() + bob->lost_links(), 0);
}

TEST_F(Peers, keep_their_link_when_its_relay_is_killed) {
  std::vector<std::unique_ptr<Inhabitant>> relays;
  for (int i = 0; i < 2; ++i) relays.push_back(peer(lab().add_host(lab().internet()), "relay"));
  const auto ada = peer(lab().add_host(add_nat("symmetric")), "ada", {relays[0].get(), relays[1].get()});
  const auto bob = peer(lab().add_host(add_nat("symmetric")), "bob", {relays[0].get(), relays[1].get()});
  ASSERT_TRUE(run_until([&] {
    return std::ranges::all_of(relays,
                               [&](const auto& relay) { return relay->linked(*ada) && relay->linked(*bob); });
  }));
  ada->want(*bob);
  ASSERT_TRUE(run_until([&] { return ada->linked(*bob) && bob->linked(*ada); }));
  EXPECT_TRUE(all_arrives(*ada, *bob, 10));
  const auto used = peer_at(ada->place_of(*bob));
  std::erase_if(relays, [&](const auto& relay) { return relay->id() == used; });
  ASSERT_EQ(relays.size(), 1u);
  EXPECT_TRUE(all_arrives(*ada, *bob, 50));
  EXPECT_TRUE(ada->linked(*bob));
  EXPECT_EQ(ada->lost_links(), 1);  // with the relay itself
}

}  // namespace
}  // namespace tutti::natlab
