// This machine's first router towards the Internet, as the kernel's routes name it now. Networks come and go:
// ask again rather than keep it. IPv4 only, which is where home routers translate.
#pragma once

#include <optional>

#include "tutti/net/endpoint.hpp"

namespace tutti {

struct Gateway {
  Endpoint router;  ///< port 0
  Endpoint own;     ///< this machine's address on the way there; port 0

  bool operator==(const Gateway&) const = default;
};

/// Nothing where no router leads out.
std::optional<Gateway> find_gateway();

/// Whether an IPv4 address means something in its own network only: RFC 1918, and RFC 6598 for what is behind
/// a carrier's NAT. Who has one is behind a NAT, or reaches nobody else.
bool is_private(const Endpoint& endpoint);

}  // namespace tutti
