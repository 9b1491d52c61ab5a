#include "tutti/lab/nat_spec.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/lab/experiment_text.hpp"
#include "tutti/lab/links_stack.hpp"
#include "tutti/lab/live_run.hpp"
#include "tutti/lab/simulated_run.hpp"

namespace tutti::lab {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

/// Throws where a test is wrong.
NatSpec spec_of(const std::map<std::string, std::string>& texts) {
  NatSpec spec;
  for (const auto& [key, text] : texts) set_field(spec, key, text).value();
  return spec;
}
std::string error_of(std::string_view key, const std::string& text) {
  NatSpec spec;
  const auto outcome = set_field(spec, key, text);
  return outcome ? "no error" : outcome.error();
}

TEST(NatSpec, has_as_many_houses_of_each_kind_as_the_shares_say) {
  const auto layout = make_nats(spec_of({{"kinds", "full-cone:50%,symmetric:25%"}, {"house", "2"}}), 80, 1);
  std::map<NatDependence, int> mappings;
  for (const auto& nat : layout.nats) ++mappings[nat.kind.mapping];
  EXPECT_EQ(mappings[NatDependence::endpoint_independent], 20);
  EXPECT_EQ(mappings[NatDependence::address_and_port_dependent], 10);
  std::map<std::uint32_t, std::vector<std::uint32_t>> residents;
  std::uint32_t without = 0;
  for (std::uint32_t i = 0; i < 80; ++i)
    if (const auto nat = layout.nat_of(i))
      residents[*nat].push_back(i);
    else
      ++without;
  EXPECT_EQ(without, 20u);
  for (const auto& [nat, peers] : residents) EXPECT_THAT(peers, ElementsAre(peers[0], peers[0] + 1));
}

TEST(NatSpec, deals_the_kinds_out_anew_for_each_seed_and_alike_for_the_same_one) {
  const auto spec = spec_of({{"kinds", "full-cone:50%"}});
  const auto layout = [&](std::uint64_t seed) { return make_nats(spec, 100, seed).nodes; };
  EXPECT_EQ(layout(1), layout(1));
  EXPECT_NE(layout(1), layout(2));
}

TEST(NatSpec, leaves_the_rendezvous_without_NAT_and_links_all_with_it) {
  const auto spec = spec_of({{"kinds", "symmetric"}, {"house", "3"}, {"rendezvous", "0,5"}});
  const auto layout = make_nats(spec, 8, 1);
  for (const auto peer : {0u, 5u}) EXPECT_FALSE(layout.nat_of(peer));
  EXPECT_EQ(layout.nat_of(1), layout.nat_of(2));
  EXPECT_EQ(layout.nat_of(1), layout.nat_of(3));
  EXPECT_EQ(layout.nat_of(4), layout.nat_of(7));
  EXPECT_NE(layout.nat_of(3), layout.nat_of(4));
  Topology topology{.peers = 8, .links = {{1, 2}, {5, 1}}};
  add_rendezvous(spec, topology);
  const std::set<std::pair<std::uint32_t, std::uint32_t>> links(topology.links.begin(), topology.links.end());
  EXPECT_EQ(links.size(), topology.links.size());
  EXPECT_EQ(links.size(), 1u + 7u + 6u);
}

TEST(NatSpec, puts_a_share_of_the_houses_behind_carriers) {
  const auto layout = make_nats(spec_of({{"kinds", "port-restricted"},
                                         {"carrier_grade", "50%"},
                                         {"carrier_kind", "full-cone"},
                                         {"hairpinning", "100%"},
                                         {"mapping_lifetime", "45s"}}),
                                80, 1);
  std::map<std::uint32_t, std::uint32_t> houses;  // by carrier
  for (const auto& [kind, behind] : layout.nats) {
    EXPECT_TRUE(kind.hairpinning);
    EXPECT_EQ(kind.mapping_lifetime, Duration(45s));
    if (!behind) continue;
    ++houses[*behind];
    EXPECT_EQ(layout.nats[*behind].kind.filtering, NatDependence::endpoint_independent);
  }
  EXPECT_EQ(houses, (std::map<std::uint32_t, std::uint32_t>{{0, 16}, {1, 16}, {2, 8}}));
}

TEST(NatSpec, says_what_is_wrong_with_a_text) {
  EXPECT_EQ(
      error_of("kinds", "symetric:10%"),
      "\"symetric\" is no kind of NAT: expected one of full-cone, address-restricted, port-restricted, "
      "address-dependent, sequential, symmetric-open, symmetric-address-restricted, symmetric, or none");
  EXPECT_EQ(error_of("kinds", "symmetric:10"), "'10' is no share: 0% to 100% is needed");
  EXPECT_EQ(error_of("kinds", "symmetric:70%,full-cone:60%"),
            "the shares are 130% together: 100% is possible, and the rest has no NAT");
  EXPECT_EQ(error_of("house", "0"), "house is 0: 1 to 250 peers are possible");
  EXPECT_EQ(error_of("mapping_lifetime", "0s"), "mapping_lifetime must be above zero");
  EXPECT_EQ(error_of("rendezvous", "*"), "10000000 peers are a rendezvous: 16 are possible");
  EXPECT_EQ(error_of("rendezvous", "0-15"), "no error");
  EXPECT_EQ(error_of("kinds", "symmetric:{share}%"), "'{share}%' is no share: 0% to 100% is needed");
}

/// What is wrong with an experiment, its cells included.
std::vector<std::string> mistakes_in(std::string_view text, unsigned shards = 1, bool live = false) {
  Mistakes mistakes;
  if (const auto experiment = parse_experiment(text, "nat.toml")) {
    const auto plan = plan_of(*experiment, cells_of(*experiment).front(), 1);
    if (!plan)
      mistakes = plan.error();
    else
      mistakes =
          live ? check_live(*experiment, *plan) : check_simulated(*experiment, *plan, {.shards = shards});
  } else {
    mistakes = experiment.error();
  }
  std::vector<std::string> texts;
  for (const auto& mistake : mistakes) texts.push_back(mistake.text());
  return texts;
}

constexpr std::string_view head = R"toml(name = "nat"
stack = "links"
duration = "10s"
)toml";

TEST(NatsOfAnExperiment, are_refused_where_the_wrong_word_stands) {
  const auto of = [](std::string_view rest, unsigned shards = 1, bool live = false) {
    return mistakes_in(std::string(head) + std::string(rest), shards, live);
  };
  constexpr std::string_view ring = "[topology]\nkind = \"ring\"\npeers = 10\n";
  const auto with_ring = [&](std::string_view before, std::string_view after, unsigned shards = 1,
                             bool live = false) {
    return of(std::string(before) + std::string(ring) + std::string(after), shards, live);
  };
  EXPECT_THAT(with_ring("fidelity = \"packed\"\n", ""),
              ElementsAre("nat.toml:4:12: fidelity: there is no fidelity 'packed', only message and packet"));
  EXPECT_THAT(with_ring("", "[nat]\nkind = \"symmetric\"\n"),
              ElementsAre("nat.toml:8:1: there is no 'kind'; did you mean 'kinds'?"));
  EXPECT_THAT(with_ring("", "[nat]\nhouse = 1.5\n"), testing::SizeIs(1));
  EXPECT_THAT(with_ring("", "[nat]\nhouse = 300\n"),
              ElementsAre("nat.toml:8:9: nat.house: house is 300: 1 to 250 peers are possible"));
  EXPECT_THAT(with_ring("", "[nat]\nrendezvous = \"9-10\"\n"),
              ElementsAre("nat.toml:8:14: nat.rendezvous: there are only 10 peers"));
  EXPECT_THAT(
      with_ring("", "[nat]\nmapping_lifetime = \"4s\"\n"),
      ElementsAre("nat.toml:8:20: nat.mapping_lifetime: with messages, links keep every mapping: below "
                  "10s only packets show what happens"));
  EXPECT_THAT(with_ring("fidelity = \"packet\"\n", "[nat]\nmapping_lifetime = \"4s\"\n"), IsEmpty());
  EXPECT_THAT(with_ring("mesh = 65\n", ""), testing::SizeIs(1));
  EXPECT_THAT(with_ring("fidelity = \"packet\"\n", "", 2),
              ElementsAre(testing::StartsWith("nat.toml:4:12: 2 shards are not possible")));
  EXPECT_THAT(with_ring("", "[nat]\nkinds = \"symmetric\"\n", 2),
              ElementsAre(testing::StartsWith("nat.toml:7:1: 2 shards are not possible")));
  EXPECT_THAT(with_ring("", "[nat]\nkinds = \"symmetric\"\n", 1, true),
              ElementsAre("nat.toml:7:1: there are no NATs between the processes of a live run"));
  EXPECT_THAT(with_ring("fidelity = \"packet\"\n", "[nat]\nkinds = \"none\"\n", 1, true), IsEmpty());
  EXPECT_THAT(of("fidelity = \"packet\"\n[topology]\nkind = \"ring\"\npeers = 3000\n"),
              ElementsAre("nat.toml:7:9: 3000 peers are too many at fidelity \"packet\": 2000 are possible"));
}

TEST(NatsOfAnExperiment, may_follow_from_its_axes) {
  const auto experiment = parse_experiment(std::string(head) + R"toml(
fidelity = "{level}"
[topology]
kind = "ring"
peers = 10
[nat]
kinds = "{kind}:{share}%"
[[axis]]
name = "level"
values = ["message", "packet"]
[[axis]]
name = "kind"
values = ["symmetric"]
[[axis]]
name = "share"
values = [0, 50]
)toml",
                                           "nat.toml");
  ASSERT_TRUE(experiment) << experiment.error().front().text();
  std::vector<std::pair<Fidelity, std::size_t>> found;
  for (const auto& cell : cells_of(*experiment)) {
    const auto plan = plan_of(*experiment, cell, 1);
    ASSERT_TRUE(plan) << plan.error().front().text();
    found.emplace_back(plan->fidelity, plan->nats.nats.size());
  }
  using enum Fidelity;
  EXPECT_THAT(found, ElementsAre(std::pair(message, 0), std::pair(message, 5), std::pair(packet, 0),
                                 std::pair(packet, 5)));
}

}  // namespace
}  // namespace tutti::lab
