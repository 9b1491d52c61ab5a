// Who is linked with whom in the demonstration, if nobody says.
#pragma once

#include <cstdint>

#include "tutti/lab/topology.hpp"

namespace tutti::tools {

using lab::Topology;

/// Peers that are mostly linked indirectly: for six the picture of the symmetric paper (a circle of four with
/// a peer on either side), otherwise a circle of all but the last, which hangs on the middle.
Topology indirect_topology(std::uint32_t peers);

}  // namespace tutti::tools
