#include "tutti/lab/topology.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/lab/random_links.hpp"

namespace tutti::lab {
namespace {

using Kind = TopologySpec::Kind;

std::vector<std::uint32_t> degrees(const Topology& topology) {
  std::vector<std::uint32_t> count(topology.peers);
  for (const auto& [a, b] : topology.links) {
    ++count[a];
    ++count[b];
  }
  return count;
}

/// No peer is linked with itself, and no two peers twice.
bool simple(const Topology& topology) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  return std::ranges::all_of(topology.links, [&](const auto& link) {
    return link.first != link.second && std::max(link.first, link.second) < topology.peers &&
           seen.insert(std::minmax(link.first, link.second)).second;
  });
}

std::string refusal(const TopologySpec& spec) {
  const auto topology = make_topology(spec, 1);
  EXPECT_FALSE(topology);
  return topology ? "" : topology.error();
}

TEST(Topology, a_file_has_lines_of_two_peers) {
  const auto topology = parse_topology("# five\npeer,neighbour\n0,1\r\n\n 1 , 4 # far\n4,1\n", "t.csv");
  ASSERT_TRUE(topology) << topology.error().front().text();
  EXPECT_EQ(topology->peers, 5u);
  EXPECT_EQ(topology->links, (Links{{0, 1}, {1, 4}})) << "the repeated one counts once";
}

std::vector<std::string> mistakes_in(std::string_view text, std::optional<std::uint32_t> peers = {}) {
  const auto topology = parse_topology(text, "t.csv", peers);
  std::vector<std::string> texts;
  if (!topology)
    for (const auto& mistake : topology.error()) texts.push_back(mistake.text());
  return texts;
}
using Texts = std::vector<std::string>;

TEST(Topology, mistakes_of_a_file_name_line_column_and_what_was_expected) {
  EXPECT_EQ(mistakes_in("0,1\n  1 # alone\n"), Texts{"t.csv:2:3: PEER,NEIGHBOUR is needed, not '1'"});
  EXPECT_EQ(mistakes_in("0, 10000000"),
            Texts{"t.csv:1:4: '10000000' is no peer: a whole number below 10000000 is needed"});
  EXPECT_EQ(mistakes_in("0,\n"), Texts{"t.csv:1:3: '' is no peer: a whole number below 10000000 is needed"});
  EXPECT_EQ(mistakes_in("0,1\npeer,neighbour\n"),
            Texts{"t.csv:2:1: 'peer' is no peer: a whole number below 10000000 is needed"});
  EXPECT_EQ(mistakes_in("0,1\n2, 2\n"), Texts{"t.csv:2:4: peer 2 is linked with itself"});
  EXPECT_EQ(mistakes_in("# nothing\n"),
            Texts{"t.csv:1:1: there are no links: lines PEER,NEIGHBOUR are needed"});
}

TEST(Topology, all_mistakes_of_a_file_are_reported_but_not_without_end) {
  EXPECT_EQ(mistakes_in("0,x\n0,1\ny,1\n").size(), 2u);
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "1,1\n";
  EXPECT_EQ(mistakes_in(lines).size(), mistakes_max);
}

TEST(Topology, the_peers_of_a_file_must_fit) {
  EXPECT_EQ(parse_topology("0,1\n1,2\n", "t.csv")->peers, 3u);
  EXPECT_EQ(parse_topology("0,1\n1,2\n", "t.csv", 5)->peers, 5u);
  EXPECT_EQ(mistakes_in("0,1\n1, 2\n", 2), Texts{"t.csv:2:4: there is no peer 2, only 2 peers"});
}

TEST(Topology, a_file_that_is_not_there_is_a_mistake_of_its_own) {
  const auto topology = read_topology("/nowhere/t.csv");
  ASSERT_FALSE(topology);
  EXPECT_EQ(topology.error().front().text(), "/nowhere/t.csv:1:1: there is no such file");
}

TEST(Topology, common_shapes_are_what_they_are_called) {
  EXPECT_TRUE(make_topology({.kind = Kind::none, .peers = 7}, 1)->links.empty());
  EXPECT_EQ(make_topology({.kind = Kind::line, .peers = 3}, 1)->links, (Links{{0, 1}, {1, 2}}));
  EXPECT_EQ(make_topology({.kind = Kind::ring, .peers = 3}, 1)->links, (Links{{0, 1}, {1, 2}, {2, 0}}));
  EXPECT_EQ(make_topology({.kind = Kind::full, .peers = 4}, 1)->links.size(), 6u);
  EXPECT_TRUE(make_topology({.kind = Kind::line, .peers = 1}, 1)->links.empty());
}

TEST(Topology, an_error_says_which_numbers_do_not_fit) {
  EXPECT_EQ(refusal({.kind = Kind::none}), "the number of peers is needed");
  EXPECT_EQ(refusal({.kind = Kind::line, .peers = 10'000'001}),
            "10000001 peers are too many: 10000000 are possible");
  EXPECT_EQ(refusal({.kind = Kind::ring, .peers = 2}), "a ring needs at least 3 peers");
  EXPECT_EQ(refusal({.kind = Kind::full, .peers = 100'000}),
            "100000 peers, each linked with each, have more than 20000000 links");
  EXPECT_EQ(refusal({.kind = Kind::random, .peers = 10, .degree = 0}), "the degree must be above 0");
  EXPECT_EQ(refusal({.kind = Kind::random, .peers = 4, .degree = 4}),
            "the degree 4 must be below the 4 peers");
  EXPECT_EQ(refusal({.kind = Kind::random, .peers = 7, .degree = 3}),
            "7 peers cannot all have 3 links: one of the two must be even");
  EXPECT_EQ(refusal({.kind = Kind::random, .peers = 4, .degree = 1}),
            "4 peers of degree 1 cannot be connected");
  EXPECT_EQ(refusal({.kind = Kind::small_world, .peers = 9, .degree = 3}),
            "the degree 3 of a small world must be even");
  EXPECT_EQ(refusal({.kind = Kind::small_world, .peers = 9, .degree = 4, .probability = 1.5}),
            "the probability 1.5 must be between 0 and 1");
  EXPECT_EQ(refusal({.kind = Kind::preferential, .peers = 10'000'000, .degree = 5}),
            "10000000 peers of degree 5 have more than 20000000 links");
}

RC_GTEST_PROP(Topology, in_a_random_regular_graph_all_have_the_degree_and_can_be_reached, ()) {
  const auto peers = *rc::gen::inRange<std::uint32_t>(2, 40);
  const auto degree = *rc::gen::inRange<std::uint32_t>(1, peers);
  RC_PRE(peers * degree % 2 == 0 && (degree > 1 || peers == 2));
  const auto topology = make_topology({.kind = Kind::random, .peers = peers, .degree = degree},
                                      *rc::gen::arbitrary<unsigned>());
  RC_ASSERT(topology.has_value());
  RC_ASSERT(std::ranges::all_of(degrees(*topology), [&](auto each) { return each == degree; }));
  RC_ASSERT(simple(*topology));
  RC_ASSERT(connected(peers, topology->links));
}

RC_GTEST_PROP(Topology, a_small_world_keeps_its_number_of_links, ()) {
  const auto peers = *rc::gen::inRange<std::uint32_t>(5, 60);
  const auto degree = *rc::gen::inRange<std::uint32_t>(2, (peers - 1) / 2 + 1) * 2u;
  const auto probability = *rc::gen::inRange(0, 11) / 10.0;
  const auto topology =
      make_topology({.kind = Kind::small_world, .peers = peers, .degree = degree, .probability = probability},
                    *rc::gen::arbitrary<unsigned>());
  RC_ASSERT(topology.has_value());
  RC_ASSERT(topology->links.size() == peers * degree / 2);
  RC_ASSERT(simple(*topology));
  RC_ASSERT(connected(peers, topology->links));
}

TEST(Topology, a_small_world_is_a_ring_until_links_are_rewired) {
  const auto ring = make_topology({.kind = Kind::small_world, .peers = 6, .degree = 2, .probability = 0}, 1);
  EXPECT_EQ(ring->links, (Links{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 0}}));
  const auto rewired =
      make_topology({.kind = Kind::small_world, .peers = 10'000, .degree = 10, .probability = 0.25}, 1);
  const auto far = std::ranges::count_if(rewired->links, [](const auto& link) {
    const auto apart = (link.second + 10'000 - link.first) % 10'000;
    return apart > 5;
  });
  EXPECT_NEAR(static_cast<double>(far), 12'500, 500);
}

RC_GTEST_PROP(Topology, newcomers_of_a_preferential_graph_have_the_degree, ()) {
  const auto peers = *rc::gen::inRange<std::uint32_t>(2, 60);
  const auto degree = *rc::gen::inRange<std::uint32_t>(1, peers);
  const auto topology = make_topology({.kind = Kind::preferential, .peers = peers, .degree = degree},
                                      *rc::gen::arbitrary<unsigned>());
  RC_ASSERT(topology.has_value());
  RC_ASSERT(topology->links.size() == degree * (degree + 1) / 2 + (peers - degree - 1) * degree);
  RC_ASSERT(simple(*topology));
  RC_ASSERT(connected(peers, topology->links));
  RC_ASSERT(std::ranges::all_of(degrees(*topology), [&](auto each) { return each >= degree; }));
}

TEST(Topology, a_preferential_graph_has_hubs) {
  const auto topology = make_topology({.kind = Kind::preferential, .peers = 10'000, .degree = 4}, 7);
  EXPECT_GT(std::ranges::max(degrees(*topology)), 150u) << "a random graph of this size has none above 30";
}

TEST(Topology, is_a_function_of_its_seed) {
  for (const auto kind : {Kind::random, Kind::small_world, Kind::preferential}) {
    const TopologySpec spec{.kind = kind, .peers = 100, .degree = 4, .probability = 0.3};
    EXPECT_EQ(make_topology(spec, 5)->links, make_topology(spec, 5)->links);
    EXPECT_NE(make_topology(spec, 5)->links, make_topology(spec, 6)->links);
  }
}

TEST(Topology, a_million_peers_are_no_trouble) {
  const auto topology = make_topology({.kind = Kind::random, .peers = 1'000'000, .degree = 4}, 1);
  ASSERT_TRUE(topology) << topology.error();
  EXPECT_EQ(topology->links.size(), 2'000'000u);
}

}  // namespace
}  // namespace tutti::lab
