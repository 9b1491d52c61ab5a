#include <array>
#include <map>
#include <optional>
#include <string_view>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tutti/net/nat/nat_box.hpp"
#include "tutti/net/nat/nat_kind.hpp"
#include "tutti/net/nat/nat_layout.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

const Endpoint inside = Endpoint::v4(0xc0a80002, 4000);
const Endpoint neighbour = Endpoint::v4(0xc0a80003, 4000);
const Endpoint remote = Endpoint::v4(0x08080808, 53);
const Endpoint other_port = Endpoint::v4(0x08080808, 54);
const Endpoint other_host = Endpoint::v4(0x09090909, 53);
constexpr TimePoint begin{};

NatBox box_of(std::string_view kind) {
  return {*parse_nat_kind(kind), Endpoint::v4(0xc6120001, 0).address, Random(7)};
}

// ---- RFC 4787, 4.1: address and port mapping

TEST(NatBox, that_maps_independently_of_the_endpoint_shows_everybody_the_same_port) {
  auto box = box_of("port-restricted");
  const auto first = box.outbound(begin, inside, remote);
  EXPECT_EQ(box.outbound(begin, inside, other_port), first);
  EXPECT_EQ(box.outbound(begin, inside, other_host), first);
  EXPECT_NE(box.outbound(begin, neighbour, remote), first);
}

TEST(NatBox, that_maps_by_address_shows_every_host_another_port) {
  auto box = box_of("address-dependent");
  const auto first = box.outbound(begin, inside, remote);
  EXPECT_EQ(box.outbound(begin, inside, other_port), first);
  EXPECT_NE(box.outbound(begin, inside, other_host), first);
}

TEST(NatBox, that_maps_by_address_and_port_shows_every_endpoint_another_port) {
  auto box = box_of("symmetric");
  const auto first = box.outbound(begin, inside, remote);
  EXPECT_EQ(box.outbound(begin, inside, remote), first);
  EXPECT_NE(box.outbound(begin, inside, other_port), first);
  EXPECT_NE(box.outbound(begin, inside, other_host), first);
}

// ---- 4.2: port assignment

TEST(NatBox, preserves_a_port_only_once) {
  auto box = box_of("port-restricted");
  EXPECT_EQ(box.outbound(begin, inside, remote)->port, inside.port);
  EXPECT_NE(box.outbound(begin, neighbour, remote)->port, neighbour.port);
}

TEST(NatBox, gives_ports_in_order_if_it_is_sequential) {
  auto box = box_of("sequential");
  const auto first = box.outbound(begin, inside, remote)->port;
  EXPECT_EQ(box.outbound(begin, inside, other_port)->port, first + 1);
  EXPECT_EQ(box.outbound(begin, inside, other_host)->port, first + 2);
}

TEST(NatBox, lets_nobody_out_when_all_ports_are_in_use) {
  auto box = box_of("sequential");
  std::uint32_t mapped = 0;
  while (box.outbound(begin, inside, Endpoint::v4(1 + mapped, 1))) ++mapped;
  EXPECT_EQ(mapped, 65'536u - 1024u);
  EXPECT_TRUE(box.outbound(begin + 3min, inside, remote));
}

// ---- 5: filtering

TEST(NatBox, lets_in_what_its_filtering_says) {
  struct Case {
    std::string_view kind;
    bool same_host;
    bool stranger;
  };
  for (const auto& [kind, same_host, stranger] :
       {Case{"full-cone", true, true}, Case{"address-restricted", true, false},
        Case{"port-restricted", false, false}, Case{"symmetric-open", true, true},
        Case{"symmetric-address-restricted", true, false}, Case{"symmetric", false, false}}) {
    auto box = box_of(kind);
    const auto port = box.outbound(begin, inside, remote)->port;
    EXPECT_EQ(box.inbound(begin, remote, port), inside) << kind;
    EXPECT_EQ(box.inbound(begin, other_port, port).has_value(), same_host) << kind;
    EXPECT_EQ(box.inbound(begin, other_host, port).has_value(), stranger) << kind;
    EXPECT_FALSE(box.inbound(begin, remote, static_cast<std::uint16_t>(port + 1))) << kind;
  }
}

TEST(NatBox, answers_by_the_mapping_that_was_spoken_to) {
  auto box = box_of("symmetric-open");
  const auto seen = *box.outbound(begin, inside, remote);
  ASSERT_TRUE(box.inbound(begin, other_host, seen.port));
  EXPECT_EQ(box.outbound(begin, inside, other_host), seen);
}

// ---- 4.3: mapping refresh

TEST(NatBox, keeps_a_mapping_as_long_as_something_leaves_by_it) {
  auto box = box_of("port-restricted");
  const auto port = box.outbound(begin, inside, remote)->port;
  EXPECT_TRUE(box.inbound(begin + 119s, remote, port));
  EXPECT_FALSE(box.inbound(begin + 120s, remote, port));
  box.outbound(begin + 100s, inside, remote);
  EXPECT_TRUE(box.inbound(begin + 219s, remote, port));
  // Traffic to somebody else keeps the mapping, and not the permission.
  box.outbound(begin + 200s, inside, other_host);
  EXPECT_FALSE(box.inbound(begin + 225s, remote, port));
  EXPECT_TRUE(box.inbound(begin + 225s, other_host, port));
}

TEST(NatBox, has_forgotten_everything_after_a_reboot) {
  auto box = box_of("port-restricted");
  const auto before = *box.outbound(begin, inside, remote);
  box.reboot();
  EXPECT_FALSE(box.inbound(begin, remote, before.port));
  EXPECT_NE(box.outbound(begin, inside, remote), before);
}

RC_GTEST_PROP(NatBox, two_flows_never_share_a_port_unless_its_mapping_says_so, ()) {
  const auto& kind = nat_kinds()[*rc::gen::inRange<std::size_t>(0, nat_kinds().size())].kind;
  NatBox box(kind, {}, Random(*rc::gen::arbitrary<std::uint64_t>()));
  std::map<std::uint16_t, std::pair<Endpoint, Endpoint>> owners;
  for (const auto step : *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>())) {
    const auto from = Endpoint::v4(0xc0a80002, static_cast<std::uint16_t>(4000 + step % 4));
    const auto to = Endpoint::v4(1 + step / 4 % 4, static_cast<std::uint16_t>(1 + step / 16 % 4));
    const auto seen = box.outbound(begin, from, to);
    RC_ASSERT(seen.has_value());
    auto cared = to;
    if (kind.mapping != NatDependence::address_and_port_dependent) cared.port = 0;
    if (kind.mapping == NatDependence::endpoint_independent) cared = {};
    const auto owner = owners.try_emplace(seen->port, from, cared).first->second;
    RC_ASSERT(owner == std::pair(from, cared));
    RC_ASSERT(box.inbound(begin, to, seen->port) == from);
  }
}

// ---- kinds

TEST(NatKind, is_named_and_misnamed_clearly) {
  for (const auto& [name, kind] : nat_kinds()) EXPECT_EQ(parse_nat_kind(name), kind);
  const auto wrong = parse_nat_kind("symetric");
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().starts_with("\"symetric\" is no kind of NAT: expected one of full-cone, "));
}

/// Two peers, each behind a box of its own and known to a third by what it saw of them, send to each other
/// and answer what arrives, round for round.
bool punches(const NatKind& one, const NatKind& other) {
  struct Side {
    NatBox box;
    Endpoint self;
    Endpoint known{};                   // what the third peer has seen
    std::optional<Endpoint> answers{};  // where the last packet that arrived came from
  };
  const Endpoint third = Endpoint::v4(0x08080808, 3478);
  std::array<Side, 2> sides{
      {{NatBox(one, Endpoint::v4(0xc6120001, 0).address, Random(1)), Endpoint::v4(0xc0a80002, 4000)},
       {NatBox(other, Endpoint::v4(0xc6120002, 0).address, Random(2)), Endpoint::v4(0xc0a80002, 4000)}}};
  for (auto& side : sides) side.known = *side.box.outbound(begin, side.self, third);
  for (int round = 0; round < 4; ++round)
    for (std::size_t i = 0; i < 2; ++i) {
      auto& from = sides[i];
      auto& to = sides[1 - i];
      for (const auto& target : {to.known, from.answers.value_or(to.known)}) {
        const auto source = *from.box.outbound(begin, from.self, target);
        if (to.box.inbound(begin, source, target.port)) to.answers = source;
      }
    }
  return sides[0].answers && sides[1].answers;
}

TEST(NatKind, tells_which_pairs_reach_each_other) {
  for (const auto& [one_name, one] : nat_kinds())
    for (const auto& [other_name, other] : nat_kinds())
      EXPECT_EQ(punches(one, other), can_punch(one, other)) << one_name << " and " << other_name;
}

TEST(NatKind, tells_which_pairs_need_many_sockets_and_many_ports) {
  const auto possible = [](std::string_view one, std::string_view other) {
    return can_punch_by_birthday(*parse_nat_kind(one), *parse_nat_kind(other));
  };
  EXPECT_TRUE(possible("port-restricted", "symmetric"));
  EXPECT_TRUE(possible("symmetric", "port-restricted"));
  EXPECT_TRUE(possible("port-restricted", "sequential"));
  EXPECT_TRUE(possible("port-restricted", "address-dependent"));
  EXPECT_FALSE(possible("port-restricted", "port-restricted"));
  EXPECT_FALSE(possible("symmetric", "symmetric"));
  EXPECT_FALSE(possible("symmetric", "address-dependent"));
}

// Measured with Linux's own NAT in network namespaces, from full-cone to symmetric on both axes.
TEST(NatKind, agrees_with_what_was_measured) {
  constexpr std::array<std::string_view, 8> measured{"YYYYYYYY", "YYYYYYYY", "YYYnnYnn", "YYnnnYnn",
                                                     "YYnnnYnn", "YYYYYYYY", "YYnnnYnn", "YYnnnYnn"};
  for (std::size_t i = 0; i < measured.size(); ++i)
    for (std::size_t j = 0; j < measured.size(); ++j)
      EXPECT_EQ(can_punch(nat_kinds()[i].kind, nat_kinds()[j].kind), measured[i][j] == 'Y')
          << nat_kinds()[i].name << " and " << nat_kinds()[j].name;
}

/// Nodes 0 and 1 in one house, 2 in another, 3 and 4 in houses of one carrier, 5 on the public network.
NatLayout town(std::string_view home, std::string_view carrier, bool hairpinning) {
  const auto house = *parse_nat_kind(home);
  auto shared = *parse_nat_kind(carrier);
  shared.hairpinning = hairpinning;
  return {.nats = {{shared}, {house}, {house}, {house, 0}, {house, 0}}, .nodes = {1, 1, 2, 3, 4}};
}

TEST(NatLayout, tells_how_one_reaches_another) {
  using enum NatLayout::Way;
  const auto strict = town("port-restricted", "symmetric", false);
  EXPECT_EQ(strict.way(0, 1), open);         // at home
  EXPECT_EQ(strict.way(0, 5), open);         // out
  EXPECT_EQ(strict.way(5, 0), punched);      // in
  EXPECT_EQ(strict.way(0, 2), punched);      // from house to house
  EXPECT_EQ(strict.way(0, 3), by_birthday);  // the carrier makes the mapping symmetric
  EXPECT_EQ(strict.way(3, 0), by_birthday);
  EXPECT_EQ(strict.way(3, 4), none);
  EXPECT_EQ(town("port-restricted", "full-cone", true).way(3, 4), punched);
  EXPECT_EQ(town("port-restricted", "full-cone", false).way(3, 4), none);
  EXPECT_EQ(town("full-cone", "full-cone", false).way(5, 3), open);
  EXPECT_EQ(town("symmetric", "full-cone", false).way(0, 2), none);
}

TEST(NatLayout, has_nobody_behind_a_NAT_unless_it_says_so) {
  EXPECT_EQ(NatLayout{}.way(3, 4), NatLayout::Way::open);
  EXPECT_FALSE(NatLayout{}.nat_of(3));
}

}  // namespace
}  // namespace tutti
