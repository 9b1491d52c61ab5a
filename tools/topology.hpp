// Who is linked with whom: a list of undirected links, from a file or of a common shape.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tutti::tools {

using Links = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

struct Topology {
  std::uint32_t peers = 0;
  Links links;
};

/// Reads lines "peer,neighbour" with numbers from 0; a first line of words, empty lines and what follows #
/// are skipped. Errors name file and line.
std::expected<Topology, std::string> read_topology(const std::filesystem::path& file);

/// Peers that are mostly linked indirectly: for six the picture of the symmetric paper (a circle of four with
/// a peer on either side), otherwise a circle of all but the last, which hangs on the middle.
Topology indirect_topology(std::uint32_t peers);

}  // namespace tutti::tools
