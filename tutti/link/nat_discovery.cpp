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
  if (seen.port == 0) return;
  const Observation observation{place, seen};
  const auto [entry, fresh] = observations_.try_emplace(observer, observation);
  if (!fresh && entry->second == observation) return;
  entry->second = observation;
  conclude();
}

void NatDiscovery::forget(const PeerId& observer) {
  judgements_.erase(observer);
  if (observations_.erase(observer) > 0) conclude();
}

void NatDiscovery::conclude() {
  using Address = decltype(Endpoint::address);
  std::map<Endpoint, std::set<Address>> voices;
  std::map<Address, std::set<Address>> address_voices;
  for (const auto& [observer, said] : observations_) {
    voices[said.seen].insert(said.place.address);
    address_voices[said.seen.address].insert(said.place.address);
  }
  external_.clear();
  for (const auto& [endpoint, observers] : voices) external_.push_back(endpoint);
  // A symmetric NAT has one address and many ports: then the address has the votes.
  std::ranges::sort(external_, std::ranges::greater{}, [&](const Endpoint& endpoint) {
    return std::tuple(address_voices[endpoint.address].size(), voices[endpoint].size(), endpoint);
  });

  mapping_.reset();
  if (external_.empty()) return;
  const Endpoint& first = external_.front();
  const bool other_ports = std::ranges::any_of(external_, [&](const Endpoint& endpoint) {
    return endpoint != first && endpoint.address == first.address;
  });
  if (voices[first].size() >= 2)
    mapping_ = NatDependence::endpoint_independent;
  else if (other_ports)
    mapping_ = NatDependence::address_and_port_dependent;
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
  if (external_.empty()) return "nobody has said yet where this peer is seen";
  const Endpoint& first = external_.front();
  const auto seen = fmt::format("seen at {} by {} neighbour{}", first.text(), observations_.size(),
                                observations_.size() == 1 ? "" : "s");
  auto lets_in = std::string(describe_filtering(filtering()));
  if (outlived_ > Duration())
    lets_in += fmt::format("; who was spoken to is remembered for {} and more", tutti::describe(outlived_));
  if (std::ranges::find(own, first) != own.end()) return seen + ": there is no NAT" + lets_in;
  if (!mapping_)
    return seen + ": behind a NAT; one neighbour elsewhere more would tell its mapping" + lets_in;
  return seen +
         (*mapping_ == NatDependence::endpoint_independent
              ? ": behind a NAT with endpoint-independent mapping"
              : ": behind a NAT whose mapping depends on the destination (symmetric)") +
         std::string(lets_in);
}

}  // namespace tutti
