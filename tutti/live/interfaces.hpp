// The addresses of this machine's network interfaces, which come and go: ask again rather than keep them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tutti/net/endpoint.hpp"

namespace tutti {

/// One address of an interface that is up.
struct InterfaceAddress {
  std::string interface;
  bool loopback = false;
  bool multicast = false;
  Endpoint endpoint;  ///< port 0
};

/// Those that are wanted and not of the loopback; if there is none, those that are wanted and of the
/// loopback, on which the peers of one machine find each other.
std::vector<InterfaceAddress> interface_addresses(const std::function<bool(const InterfaceAddress&)>& wanted);

/// Where others may reach a socket that is bound to `local`: that, or each address of this machine if it is
/// bound to all.
std::vector<Endpoint> reachable_endpoints(const Endpoint& local);

}  // namespace tutti
