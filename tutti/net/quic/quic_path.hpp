// The path that QUIC believes in, and the sizes of what travels on it.
#pragma once

#include <cstddef>

#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>

namespace tutti {

/// The largest QUIC packet that is tried: 1500 bytes of Ethernet less 40 of IPv6, 8 of UDP and our type byte.
/// It begins with 1200 and grows by path MTU discovery (RFC 8899), which needs room for the largest.
inline constexpr std::size_t packet_bytes_max = 1451;
/// What a DATAGRAM frame adds to a message's body: type, length and message id.
inline constexpr std::size_t datagram_overhead = 5;

/// From port 1 to port 2 of nowhere, for ever. Must stay in place while it is used.
class ConstantPath {
 public:
  ConstantPath() {
    local_.sin_family = AF_INET;
    local_.sin_port = 1;
    remote_.sin_family = AF_INET;
    remote_.sin_port = 2;
    path_.local = {reinterpret_cast<ngtcp2_sockaddr*>(&local_), sizeof local_};
    path_.remote = {reinterpret_cast<ngtcp2_sockaddr*>(&remote_), sizeof remote_};
  }
  ConstantPath(const ConstantPath&) = delete;
  ConstantPath& operator=(const ConstantPath&) = delete;

  [[nodiscard]] const ngtcp2_path* get() const { return &path_; }

 private:
  sockaddr_in local_{};
  sockaddr_in remote_{};
  ngtcp2_path path_{};
};

}  // namespace tutti
