// Who is linked with whom: a list of undirected links, from a file or of a common shape.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tutti/lab/mistake.hpp"

namespace tutti::lab {

using Links = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

struct Topology {
  std::uint32_t peers = 0;
  Links links;
};

inline constexpr std::uint32_t topology_peers_max = 10'000'000;
inline constexpr std::size_t topology_links_max = 20'000'000;              ///< degree 4 of the most peers
inline constexpr std::size_t topology_bytes_max = std::size_t{512} << 20;  ///< of a file

/// Whom each peer is linked with, in either direction.
std::vector<std::vector<std::uint32_t>> neighbours_in(const Topology& topology);

/// What an experiment says about it. Which of the fields mean something depends on the kind.
struct TopologySpec {
  enum class Kind : std::uint8_t {
    none,          ///< no links: peers that reach each other without
    file,          ///< lines "peer,neighbour" with numbers from 0
    line,          ///< each with the next
    ring,          ///< the same, and the last with the first
    full,          ///< each with each
    random,        ///< every peer has `degree` links (a random regular graph), connected
    small_world,   ///< a ring with `degree` nearest neighbours, each link rewired with `probability` (Watts,
                   ///< Strogatz, "Collective dynamics of small-world networks", Nature 1998), connected
    preferential,  ///< each newcomer links with `degree` others, likelier with those that have many
                   ///< (Barabasi, Albert, "Emergence of scaling in random networks", Science 1999)
  } kind = Kind::none;
  std::filesystem::path file{};
  std::uint32_t peers = 0;  ///< for a file: if above zero, its highest number must be below
  std::uint32_t degree = 4;
  double probability = 0.1;
};

/// Reads lines "peer,neighbour" with numbers from 0; a first line of words, empty lines and what follows #
/// are skipped. A link that is there twice, in whichever direction, counts once. There are as many peers as
/// `peers` says, or one more than the highest number. All mistakes, up to mistakes_max.
std::expected<Topology, Mistakes> read_topology(const std::filesystem::path& file,
                                                std::optional<std::uint32_t> peers = std::nullopt);

/// The same from text that is called `source`.
std::expected<Topology, Mistakes> parse_topology(std::string_view text, const std::string& source,
                                                 std::optional<std::uint32_t> peers = std::nullopt);

/// Whether one can be made, as far as can be said without its file.
std::expected<void, std::string> check(const TopologySpec& spec);

/// Makes one, of any kind but a file's. The error says which of the numbers do not fit each other.
std::expected<Topology, std::string> make_topology(const TopologySpec& spec, std::uint64_t seed);

}  // namespace tutti::lab
