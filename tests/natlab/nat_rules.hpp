// How Linux is made a NAT of some kind: rules of its firewall, in the language of nft(8). A pure function
// from a kind to a text.
//
// Linux's own NAT keeps, for each flow between an inner and a remote endpoint, the external port it was
// given, and lets in what answers a flow: that is a NAT whose mapping and filtering depend on address and
// port. What makes the other kinds are tables that the rules fill as packets leave: which external port an
// inner endpoint has, and whom a remote may reach by which external port.
#pragma once

#include <string>
#include <string_view>

#include "tutti/net/nat/nat_kind.hpp"

namespace tutti::natlab {

/// The device of every host and NAT that leads outward.
inline constexpr std::string_view uplink_name = "uplink";
/// The device of a NAT, and of the internet's router, to which those inside are plugged.
inline constexpr std::string_view inner_name = "lan";

/// Mappings that a NAT makes before a port comes again. It need not be in use any more, then; if it is, the
/// newer flow is lost.
inline constexpr unsigned pool_ports = 1024;

/// The rules of a NAT of this kind with one external IPv4 address, in place of all it has had before. It has
/// been started again `reboots` times: then no mapping gets the port it had before the last of them.
///
/// Hairpinning is no rule but a route. A mapping's lifetime is that of its entries in the tables; the
/// kernel's own is set elsewhere.
std::string nat_rules(const NatKind& kind, std::string_view external_address, unsigned reboots);

/// Rules for a NAT that lets no UDP through, or does again; they leave its mappings as they are.
std::string udp_rules(bool blocked);

}  // namespace tutti::natlab
