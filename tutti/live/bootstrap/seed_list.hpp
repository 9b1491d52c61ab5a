// A list of peers that are often there, in a text file: one a line as "[ID@]HOST:PORT", the rest of a line
// after a '#' is a comment. All are tried again and again, some at a time; those that are dead do no harm.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/live/bootstrap/bootstrap.hpp"

namespace tutti {

struct Seed {
  static constexpr std::size_t seeds_max = 10'000;

  std::optional<PeerId> peer{};
  std::string host{};  ///< a name or an address
  std::uint16_t port = 0;

  bool operator==(const Seed&) const = default;
};

/// The error names the line and the column, from 1.
std::expected<std::vector<Seed>, std::string> parse_seeds(std::string_view text);

/// Names are looked up in the background, anew in each round: a machine that begins without a network, and a
/// host that has another address today, are found later.
BootstrapOpener seed_list(std::vector<Seed> seeds);
/// Of a file that is read when it is opened.
BootstrapOpener seed_list(const std::filesystem::path& file);

}  // namespace tutti
