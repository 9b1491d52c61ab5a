// Finding the peers on the local network by multicast DNS (RFC 6762): each says twice where it is when it
// comes, asks who is there, answers who asks, and says goodbye. Beside other programs that do the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tutti/live/bootstrap/bootstrap.hpp"
#include "tutti/live/bootstrap/multicast_socket.hpp"

namespace tutti {

struct LanOptions {
  std::uint16_t port = 5353;  ///< another one only for networks where nobody else listens
  /// Where to look; multicast_interfaces() if empty.
  std::vector<NetworkInterface> interfaces{};
};

/// On the interfaces that are there when it is opened.
BootstrapOpener lan(const LanOptions& options = {});

}  // namespace tutti
