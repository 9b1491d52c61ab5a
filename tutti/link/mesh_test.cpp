#include "tutti/link/mesh.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/link/packet_test_world.hpp"

namespace tutti {
namespace {

using link_test::PacketTestWorld;
using namespace std::chrono_literals;

/// Everybody who can be reached from `origin` over links.
std::set<std::uint32_t> reached(const PacketTestWorld& world, std::uint32_t origin) {
  std::set<std::uint32_t> found{origin};
  std::vector<std::uint32_t> left{origin};
  while (!left.empty()) {
    const auto from = left.back();
    left.pop_back();
    for (std::uint32_t to = 0; to < world.inhabitants.size(); ++to)
      if (world.linked(from, to) && found.insert(to).second) left.push_back(to);
  }
  return found;
}

TEST(Mesh, who_knows_one_member_finds_others_and_stays_when_that_one_goes) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    PacketTestWorld world("normal:20ms,5ms+loss:1%", seed);
    world.mesh = MeshOptions{};
    Random random(seed);
    const auto kinds = nat_kinds();
    const auto some_nat = [&] { return world.network.add_nat(kinds[random.below(kinds.size())].kind); };
    // The one whom all others know, and some in the open: somebody must be able to introduce.
    for (int i = 0; i < 3; ++i) world.add({}, i == 0 ? std::vector<std::uint32_t>{} : std::vector{0u});
    for (int i = 0; i < 9; ++i) world.add(some_nat(), {0});
    world.simulator.run_for(60s);
    for (std::uint32_t i = 0; i < world.inhabitants.size(); ++i)
      EXPECT_GE(world.inhabitants[i].links->links().size(), 3u) << i << "\n" << world.whole_log();
    world.stop(0);
    world.simulator.run_for(60s);
    EXPECT_EQ(reached(world, 1).size(), 11u) << world.whole_log();
  }
}

}  // namespace
}  // namespace tutti
