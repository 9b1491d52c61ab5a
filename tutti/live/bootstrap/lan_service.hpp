// A peer as a service on the local network (DNS-based service discovery, RFC 6763), as multicast DNS says it:
//
//   _tutti._udp.local            PTR   ID._tutti._udp.local
//   ID._tutti._udp.local         SRV   port 5000, ID.local
//   ID._tutti._udp.local         TXT   "txtvers=1" "session=..." "id=ID"
//   ID.local                     A     192.0.2.1    and so on, AAAA too
//
// ID is the peer's, which nobody else has: nothing is probed for (RFC 6762, 8.1).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tutti/live/bootstrap/bootstrap.hpp"
#include "tutti/live/bootstrap/mdns_message.hpp"

namespace tutti::lan_service {

inline constexpr std::uint32_t ttl_seconds = 120;  ///< RFC 6762, 10: for what has a host's name in it
inline constexpr std::size_t peers_max = 16;       ///< read from one message, and endpoints of each

/// Who is there?
MdnsMessage question();
/// Whether a message asks for peers.
bool is_asked(const MdnsMessage& message);

/// Where a peer is. With `gone` it says goodbye (RFC 6762, 10.1).
MdnsMessage answer(const Announcement& peer, bool gone = false);
/// The peers of a session that an answer names.
std::vector<LinkTarget> peers(const MdnsMessage& message, std::string_view session);

}  // namespace tutti::lan_service
