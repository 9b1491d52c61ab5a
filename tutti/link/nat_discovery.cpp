#include "tutti/link/nat_discovery.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "tutti/base/text.hpp"

namespace tutti {
namespace {

std::string_view describe_filtering(std::optional<NatDependence> filtering) {
  if (!filtering) return "";
  switch (*filtering) {
    case NatDependence::endpoint_independent:
      return "; everybody is let in";
    case NatDependence::address_dependent:
      return "; who was spoken to is let in, from any port";
    case NatDependence::address_and_port_dependent:
      return "; only who was spoken to is let in, from that port";
  }
  return "";
}

}  // namespace

void NatDiscovery::observed(const PeerId& observer, const Endpoint& place, const Endpoint& seen) {
  if (seen.port != 0) observations_.insert_or_assign(observer, Observation{place, seen});
}

std::vector<Endpoint> NatDiscovery::external(std::size_t most) const {
  std::map<Endpoint, std::set<decltype(Endpoint::address)>> voices;
  std::map<decltype(Endpoint::address), std::set<decltype(Endpoint::address)>> address_voices;
  for (const auto& [observer, said] : observations_) {
    voices[said.seen].insert(said.place.address);
    address_voices[said.seen.address].insert(said.place.address);
  }
  std::vector<Endpoint> seen;
  for (const auto& [endpoint, observers] : voices) seen.push_back(endpoint);
  // A symmetric NAT has one address and many ports: then the address has the votes.
  std::ranges::sort(seen, std::ranges::greater{}, [&](const Endpoint& endpoint) {
    return std::tuple(address_voices[endpoint.address].size(), voices[endpoint].size(), endpoint);
  });
  seen.resize(std::min(seen.size(), most));
  return seen;
}

std::optional<NatDependence> NatDiscovery::mapping() const {
  const auto first = external(1);
  if (first.empty()) return std::nullopt;
  std::set<decltype(Endpoint::address)> agree;
  std::set<decltype(Endpoint::address)> differ;
  for (const auto& [observer, said] : observations_) {
    if (said.seen == first[0])
      agree.insert(said.place.address);
    else if (said.seen.address == first[0].address)
      differ.insert(said.place.address);
  }
  if (agree.size() >= 2) return NatDependence::endpoint_independent;
  if (!differ.empty()) return NatDependence::address_and_port_dependent;
  return std::nullopt;
}

std::optional<NatDependence> NatDiscovery::filtering() const {
  std::map<NatDependence, std::size_t> votes;
  for (const auto& [helper, filtering] : judgements_) ++votes[filtering];
  if (votes.empty()) return std::nullopt;
  return std::ranges::max_element(votes, {},
                                  [](const auto& vote) { return std::pair(vote.second, vote.first); })
      ->first;
}

std::string NatDiscovery::describe(const std::vector<Endpoint>& own) const {
  const auto first = external(1);
  if (first.empty()) return "nobody has said yet where this peer is seen";
  const auto seen = fmt::format("seen at {} by {} neighbour{}", first[0].text(), observations_.size(),
                                observations_.size() == 1 ? "" : "s");
  auto lets_in = std::string(describe_filtering(filtering()));
  if (outlived_ > Duration())
    lets_in += fmt::format("; who was spoken to is remembered for {} and more", tutti::describe(outlived_));
  if (std::ranges::find(own, first[0]) != own.end()) return seen + ": there is no NAT" + lets_in;
  const auto kind = mapping();
  if (!kind) return seen + ": behind a NAT; one neighbour elsewhere more would tell its mapping" + lets_in;
  return seen +
         (*kind == NatDependence::endpoint_independent
              ? ": behind a NAT with endpoint-independent mapping"
              : ": behind a NAT whose mapping depends on the destination (symmetric)") +
         std::string(lets_in);
}

}  // namespace tutti
