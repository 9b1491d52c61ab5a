// What an experiment says about NATs: [nat] in its file. Peers live in houses, each with a NAT of a kind that
// is drawn from shares; some houses are behind a carrier's NAT besides. So many of each as the shares say,
// and the seed says which.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/lab/peer_set.hpp"
#include "tutti/lab/topology.hpp"
#include "tutti/net/nat/nat_layout.hpp"

namespace tutti::lab {

struct NatSpec {
  struct Share {
    std::optional<NatKind> kind;  ///< nothing: a house without NAT
    double share = 0;             ///< of the houses, 0 to 1
  };
  /// Together at most 1; what is missing has no NAT.
  std::vector<Share> kinds{};
  /// Peers that live behind one NAT: those with adjacent numbers.
  std::uint32_t house = 1;
  /// Of the houses with NATs: so many are behind a carrier's.
  double carrier_grade = 0;
  /// Of the carriers' NATs. RFC 6888 asks for mappings that do not depend on the destination.
  NatKind carrier_kind{};
  /// Of all NATs; nothing: what it is for that kind (NatKind).
  std::optional<Duration> mapping_lifetime{};
  /// Of all NATs: so many send back inside what is for their own outer address.
  double hairpinning = 0;
  /// Peers without NAT, whom all others are linked with, so that everybody can be introduced to everybody (a
  /// rendezvous: RFC 5128, 3.3). They are peers like all others.
  std::optional<PeerSet> rendezvous{};
};

/// The keys of [nat], as set_field() knows them.
inline constexpr std::array<std::string_view, 7> nat_keys{
    "kinds", "house", "carrier_grade", "carrier_kind", "mapping_lifetime", "hairpinning", "rendezvous"};
/// Houses behind one carrier's NAT.
inline constexpr std::uint32_t carrier_houses = 16;
inline constexpr std::uint32_t rendezvous_max = 16;

/// Reads what an experiment says of one key. The error is a sentence.
std::expected<void, std::string> set_field(NatSpec& spec, std::string_view key, const std::string& text);

/// Who is behind which NAT, in an experiment with so many peers.
NatLayout make_nats(const NatSpec& spec, std::uint32_t peers, std::uint64_t seed);

/// Links everybody with the rendezvous, which the topology's peers have.
void add_rendezvous(const NatSpec& spec, Topology& topology);

}  // namespace tutti::lab
