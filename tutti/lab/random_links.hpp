// Links drawn at random, in three well known ways. Each gives the same links for the same numbers on every
// machine, and no link twice, in time and memory that grow with the number of links.
//
// What must be connected may not be, if luck will have it: regular graphs and small worlds are drawn again
// until they are. Where degrees are three and more that is next to never.
#pragma once

#include <optional>

#include "tutti/base/random.hpp"
#include "tutti/lab/topology.hpp"

namespace tutti::lab {

/// Whether each of `peers` can be reached from each other.
bool connected(std::uint32_t peers, const Links& links);

/// Every peer has `degree` links: half-links are paired at random, and pairs that cannot be are repaired by
/// swapping their ends with other pairs (McKay, Wormald, "Uniform Generation of Random Regular Graphs of
/// Moderate Degree", 1990, has the pairing; the repair makes it only nearly uniform). Connected. `degree` is
/// below `peers`, their product even, and the degree at least two where there are more than two peers.
/// Nothing after too many attempts in vain.
std::optional<Links> random_regular_links(std::uint32_t peers, std::uint32_t degree, std::uint64_t seed);

/// `degree` is even and below `peers`. Connected; nothing if it never was. A link to be rewired whose peer is
/// linked with nearly all others may stay.
std::optional<Links> small_world_links(std::uint32_t peers, std::uint32_t degree, double probability,
                                       std::uint64_t seed);

/// Begins with degree + 1 peers that are all linked. `degree` is at least one and below `peers`.
Links preferential_links(std::uint32_t peers, std::uint32_t degree, std::uint64_t seed);

}  // namespace tutti::lab
