// How a UPnP router is found: the search and the answer of the Simple Service Discovery Protocol (UPnP Device
// Architecture 1.1, 1.3). Pure functions between values and texts.
#pragma once

#include <optional>
#include <string>

#include "tutti/base/bytes.hpp"
#include "tutti/net/endpoint.hpp"

namespace tutti {

/// 239.255.255.250:1900.
Endpoint ssdp_group();

/// Asks every Internet gateway device on the local network to say where it is, within a second.
std::string ssdp_search();

/// Where the router describes itself, as it answers a search. Nothing for what is no answer, and for a place
/// at any other address than the router's own: others on the local network could have this peer ask anything
/// of anybody.
std::optional<std::string> ssdp_location(ByteView datagram, const Endpoint& router);

/// Whether a URL is of HTTP at that address, written as a number.
bool is_http_at(std::string_view url, const Endpoint& address);

}  // namespace tutti
