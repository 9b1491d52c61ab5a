#include "tutti/lab/nat_spec.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/random.hpp"
#include "tutti/base/shuffle.hpp"
#include "tutti/base/text.hpp"
#include "tutti/net/virtual/packet_network.hpp"

namespace tutti::lab {
namespace {

using Outcome = std::expected<void, std::string>;

/// Names the draws of a layout.
constexpr std::uint64_t draws = 0x4a75;

template <typename T>
Outcome set(T& field, std::expected<T, std::string> value) {
  if (!value) return std::unexpected(std::move(value.error()));
  field = *std::move(value);
  return {};
}

/// "port-restricted:60%,symmetric:30%", or a kind alone for all.
Outcome set_kinds(std::vector<NatSpec::Share>& kinds, std::string_view text) {
  kinds.clear();
  double sum = 0;
  for (std::optional<std::string_view> rest = text; rest;) {
    const auto [part, others] = split(*rest, ',');
    rest = others;
    const auto [name, share_text] = split(part, ':');
    NatSpec::Share share{.kind = {}, .share = 1};
    if (name != "none") {
      const auto kind = parse_nat_kind(name);
      if (!kind) return std::unexpected(kind.error() + ", or none");
      share.kind = *kind;
    }
    if (share_text)
      if (auto taken = set(share.share, parse_share(*share_text)); !taken) return taken;
    sum += share.share;
    kinds.push_back(share);
  }
  constexpr double rounding = 1e-9;
  if (sum > 1 + rounding)
    return std::unexpected(
        fmt::format("the shares are {:g}% together: 100% is possible, and the rest has no NAT", 100 * sum));
  return {};
}

Outcome set_house(std::uint32_t& house, std::string_view text) {
  const auto number = parse_whole<std::uint32_t>(text);
  if (!number || *number < 1 || *number > PacketNetwork::hosts_max)
    return std::unexpected(
        fmt::format("house is {}: 1 to {} peers are possible", text, PacketNetwork::hosts_max));
  house = *number;
  return {};
}

Outcome set_lifetime(std::optional<Duration>& lifetime, std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) return std::unexpected(duration.error());
  if (*duration == Duration()) return std::unexpected("mapping_lifetime must be above zero");
  lifetime = *duration;
  return {};
}

Outcome set_rendezvous(std::optional<PeerSet>& rendezvous, std::string_view text) {
  auto set = PeerSet::parse(text);
  if (!set) return std::unexpected(std::move(set.error().what));
  if (const auto count = set->count(peers_max); count > rendezvous_max)
    return std::unexpected(fmt::format("{} peers are a rendezvous: {} are possible", count, rendezvous_max));
  rendezvous = *std::move(set);
  return {};
}

/// So many of `count` as the share says.
std::size_t part_of(double share, std::size_t count) {
  return static_cast<std::size_t>(std::lround(share * static_cast<double>(count)));
}

/// For each of `count` whether it is one of the share, in random order.
std::vector<std::uint8_t> drawn(double share, std::size_t count, Random& random) {
  std::vector<std::uint8_t> chosen(count);
  std::fill_n(chosen.begin(), part_of(share, count), 1);
  shuffle(chosen, random);
  return chosen;
}

/// The kind of each house, in random order.
std::vector<std::optional<NatKind>> kinds_of(const NatSpec& spec, std::size_t houses, Random& random) {
  std::vector<std::optional<NatKind>> kinds;
  double sum = 0;
  for (const auto& [kind, share] : spec.kinds) {
    sum += share;
    kinds.resize(std::max(kinds.size(), std::min(part_of(sum, houses), houses)), kind);
  }
  kinds.resize(houses);
  shuffle(kinds, random);
  return kinds;
}

}  // namespace

Outcome set_field(NatSpec& spec, std::string_view key, const std::string& text) {
  if (key == "kinds") return set_kinds(spec.kinds, text);
  if (key == "house") return set_house(spec.house, text);
  if (key == "carrier_grade") return set(spec.carrier_grade, parse_share(text));
  if (key == "carrier_kind") return set(spec.carrier_kind, parse_nat_kind(text));
  if (key == "mapping_lifetime") return set_lifetime(spec.mapping_lifetime, text);
  if (key == "hairpinning") return set(spec.hairpinning, parse_share(text));
  return set_rendezvous(spec.rendezvous, text);
}

NatLayout make_nats(const NatSpec& spec, std::uint32_t peers, std::uint64_t seed) {
  auto random = Random::keyed({seed, draws});
  std::vector<std::uint32_t> residents;
  for (std::uint32_t i = 0, next = 0; i < peers; ++i) {
    const bool open =
        spec.rendezvous && next < spec.rendezvous->count(peers) && spec.rendezvous->at(next).value() == i;
    if (open)
      ++next;
    else
      residents.push_back(i);
  }
  const auto houses = (residents.size() + spec.house - 1) / spec.house;
  const auto kinds = kinds_of(spec, houses, random);

  NatLayout layout;
  const auto with_nat = static_cast<std::size_t>(
      std::ranges::count_if(kinds, [](const auto& kind) { return kind.has_value(); }));
  const auto by_carrier = drawn(spec.carrier_grade, with_nat, random);
  const auto carriers = (part_of(spec.carrier_grade, with_nat) + carrier_houses - 1) / carrier_houses;
  for (std::size_t i = 0; i < carriers; ++i) layout.nats.push_back({spec.carrier_kind});

  layout.nodes.resize(peers);
  std::size_t connected = 0;  // houses behind carriers' NATs, so far
  for (std::size_t house = 0, nat = 0; house < houses; ++house) {
    if (!kinds[house]) continue;
    std::optional<std::uint32_t> carrier;
    if (by_carrier[nat++] != 0) carrier = static_cast<std::uint32_t>(connected++ / carrier_houses);
    for (auto i = house * spec.house; i < std::min(residents.size(), (house + 1) * spec.house); ++i)
      layout.nodes[residents[i]] = static_cast<std::uint32_t>(layout.nats.size());
    layout.nats.push_back({*kinds[house], carrier});
  }

  const auto hairpinning = drawn(spec.hairpinning, layout.nats.size(), random);
  for (std::size_t i = 0; i < layout.nats.size(); ++i) {
    auto& kind = layout.nats[i].kind;
    kind.hairpinning = hairpinning[i] != 0;
    kind.mapping_lifetime = spec.mapping_lifetime.value_or(kind.mapping_lifetime);
  }
  return layout;
}

void add_rendezvous(const NatSpec& spec, Topology& topology) {
  if (!spec.rendezvous) return;
  std::set<Links::value_type> links;
  for (const auto& [one, other] : topology.links) links.insert(std::minmax(one, other));
  for (std::uint32_t i = 0; i < spec.rendezvous->count(topology.peers); ++i) {
    const auto meeting_place = spec.rendezvous->at(i).value();
    for (std::uint32_t peer = 0; peer < topology.peers; ++peer) {
      const Links::value_type link = std::minmax(meeting_place, peer);
      if (peer != meeting_place && links.insert(link).second) topology.links.push_back(link);
    }
  }
}

}  // namespace tutti::lab
