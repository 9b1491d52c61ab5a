// A topology's fields as texts, for what stands in braces: `peers = "{n}"`.
#pragma once

#include <array>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "tutti/lab/topology.hpp"

namespace tutti::lab {

/// The keys of [topology].
inline constexpr std::array<std::string_view, 5> topology_keys{"kind", "file", "peers", "degree",
                                                               "probability"};

/// Sets the field `key`, one of topology_keys, to what `text` says; file names are seen from `folder`. The
/// error says what was expected.
std::expected<void, std::string> set_field(TopologySpec& spec, std::string_view key, const std::string& text,
                                           const std::filesystem::path& folder);

}  // namespace tutti::lab
