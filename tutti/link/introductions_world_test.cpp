// Introductions in random worlds: houses with NATs of every kind, some behind a carrier's, peers who move,
// start again and lose packets, routers that start again. Whatever happens, in the end everybody has the
// links that were asked for, directly where the NATs allow it, and no link ever lost, doubled or reordered a
// message.
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/base/seed_range.hpp"
#include "tutti/link/packet_test_world.hpp"

namespace tutti {
namespace {

using link_test::Counted;
using link_test::PacketTestWorld;
using namespace std::chrono_literals;

class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed) : world_("normal:20ms,5ms+loss:1%", seed), random_(seed) {
    // Two in the open, so that whoever is behind the worst NAT has somebody to ask when one of them is away.
    for (int i = 0; i < 2; ++i) world_.add({}, i == 0 ? std::vector<std::uint32_t>{} : std::vector{0u});
    const auto count = 3 + static_cast<std::uint32_t>(random_.below(5));
    for (std::uint32_t i = 0; i < count; ++i) {
      home_of_.push_back(some_home());
      world_.add(homes_[home_of_.back()].nat, {0, 1});
    }
    world_.simulator.run_for(3s);
  }

  void live() {
    for (int i = 0; i < 6; ++i) want_something();
    for (int step = 0; step < 30; ++step) {
      if (random_.chance(0.4)) trouble();
      for (int i = 0; i < 10; ++i) {
        say();
        world_.simulator.run_for(Duration(std::chrono::milliseconds(random_.below(200))));
      }
    }
    // Longer than a link takes to die, and than the pauses between tries, of which the longest is a minute.
    world_.simulator.run_for(3min);
  }

  void check() {
    for (const auto& [from, to] : wanted_) {
      EXPECT_TRUE(world_.linked(from, to)) << from << " and " << to << "\n" << world_.whole_log();
      EXPECT_TRUE(world_.linked(to, from)) << from << " and " << to << "\n" << world_.whole_log();
      if (!can_be_direct(from, to)) continue;
      EXPECT_TRUE(world_.direct(from, to) && world_.direct(to, from)) << from << " and " << to << "\n"
                                                                      << world_.whole_log();
    }
    for (auto& inhabitant : world_.inhabitants) {
      // Every number names its sender and counts; a link that died may have taken some with it.
      std::map<std::uint32_t, std::uint32_t> last;
      for (const auto number : inhabitant.ear->numbers) {
        const auto sender = number >> 20;
        EXPECT_LT(last[sender], number) << world_.whole_log();
        last[sender] = number;
      }
    }
  }

 private:
  struct Home {
    PacketNetwork::NatId nat;
    NatKind kind;
    bool behind_carrier = false;
  };

  /// One of the homes, by its place among them.
  std::size_t some_home() {
    if (!homes_.empty() && random_.chance(0.2)) return random_.below(homes_.size());
    const auto kinds = nat_kinds();
    auto kind = kinds[random_.below(kinds.size())].kind;
    kind.hairpinning = random_.chance(0.3);
    kind.mapping_lifetime = random_.chance(0.5) ? Duration(30s) : Duration(2min);
    std::optional<PacketNetwork::NatId> carrier;
    if (!homes_.empty() && random_.chance(0.2)) carrier = homes_[0].nat;
    homes_.push_back({world_.network.add_nat(kind, carrier), kind, carrier.has_value()});
    return homes_.size() - 1;
  }
  /// For certain, and without birthday probing.
  [[nodiscard]] bool can_be_direct(std::uint32_t one, std::uint32_t other) const {
    const auto& [home, other_home] = std::pair(home_of_[one - 2], home_of_[other - 2]);
    if (home == other_home) return true;
    return !homes_[home].behind_carrier && !homes_[other_home].behind_carrier &&
           can_punch(homes_[home].kind, homes_[other_home].kind);
  }
  std::uint32_t somebody_inside() {
    return 2 + static_cast<std::uint32_t>(random_.below(world_.inhabitants.size() - 2));
  }
  void want_something() {
    const auto from = somebody_inside();
    const auto to = somebody_inside();
    if (from == to) return;
    wanted_.emplace_back(from, to);
    world_.want(from, to);
  }
  void say() {
    for (std::uint32_t from = 0; from < world_.inhabitants.size(); ++from)
      for (std::uint32_t to = 0; to < world_.inhabitants.size(); ++to)
        if (world_.linked(from, to))
          world_.inhabitants[from].peer->send(world_.id(to), Counted{from << 20 | ++said_[from], {}},
                                              Priority::medium);
  }
  void trouble() {
    switch (random_.below(3)) {
      case 0:
        world_.network.nat(homes_[random_.below(homes_.size())].nat).reboot();
        break;
      case 1: {
        const auto who = somebody_inside();
        home_of_[who - 2] = some_home();
        world_.network.place(who, homes_[home_of_[who - 2]].nat);
        break;
      }
      default: {
        // One of the two in the open goes and comes back, as a new life that others look for.
        const auto who = static_cast<std::uint32_t>(random_.below(2));
        world_.stop(who);
        world_.simulator.run_for(Duration(std::chrono::milliseconds(random_.below(8000))));
        world_.start(who, who == 0 ? std::vector<std::uint32_t>{} : std::vector{0u});
      }
    }
  }

  PacketTestWorld world_;
  Random random_;
  std::vector<Home> homes_;
  std::vector<std::size_t> home_of_;  // of each peer but the two in the open
  std::vector<std::pair<std::uint32_t, std::uint32_t>> wanted_;
  std::map<std::uint32_t, std::uint32_t> said_;
};

TEST(IntroductionsInRandomWorlds, give_everybody_the_links_that_were_asked_for) {
  const auto [first, last] = SeedRange::asked_for("TUTTI_LINK_SEEDS", {1, 24});
  for (auto seed = first; seed <= last; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    RandomWorld world(seed);
    world.live();
    world.check();
  }
}

}  // namespace
}  // namespace tutti
