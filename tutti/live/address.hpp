// Where to find a peer, as people write it: "example.org:5000", "192.0.2.1:5000", "[2001:db8::1]:5000", each
// with the peer's id before it if nobody else will do: "00112233445566778899aabbccddeeff@example.org:5000".
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "tutti/link/link_manager.hpp"

namespace tutti {

/// Reads "[ID@]HOST:PORT" and looks the host's name up, which may block for seconds. Errors are sentences.
std::expected<LinkTarget, std::string> resolve_target(std::string_view text);

/// The inverse of target_text(): addresses only, no names are looked up. For what strangers have written.
std::expected<LinkTarget, std::string> parse_target(std::string_view text);

/// "ID@HOST:PORT" of a target.
std::string target_text(const LinkTarget& target);

}  // namespace tutti
