// Bytes as they travel and rest. Text is std::string; everything else that has a length is Bytes.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tutti {

using Bytes = std::vector<std::uint8_t>;
/// Somebody else's bytes, valid as long as their owner says.
using ByteView = std::span<const std::uint8_t>;

/// Lower-case hexadecimal, two digits a byte.
std::string to_hex(ByteView bytes);

/// The inverse of to_hex; upper case is understood too. Nothing for an odd length or a foreign character.
std::expected<Bytes, std::string> from_hex(std::string_view text);

}  // namespace tutti
