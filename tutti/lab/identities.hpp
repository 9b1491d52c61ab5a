// Who the peers of a run are where they prove it, live and in a simulation of packets: each has a key of its
// own, which follows from the run's seed and its number. So everybody can know whom to expect where. The keys
// are no secrets: nothing of a run leaves the machine.
#pragma once

#include <cstdint>
#include <vector>

#include "tutti/net/identity.hpp"

namespace tutti::lab {

Identity identity_of(std::uint64_t seed, std::uint32_t number);
/// Of the first `count` peers.
std::vector<PeerId> ids_of(std::uint64_t seed, std::uint32_t count);

}  // namespace tutti::lab
