#include "tutti/live/bootstrap/multicast_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tutti/live/interfaces.hpp"

namespace tutti {
namespace {

constexpr std::size_t datagram_bytes_max = 9000;
/// Datagrams per turn: the other sockets and timers of the runtime get theirs in between.
constexpr int datagrams_per_turn = 32;
constexpr int hops = 255;  // RFC 6762, 11: who has come over a router has fewer

struct SocketAddress {
  SocketAddress(const Endpoint& endpoint, unsigned interface) {
    if (endpoint.is_v4()) {
      auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
      v4.sin_family = AF_INET;
      v4.sin_port = htons(endpoint.port);
      std::memcpy(&v4.sin_addr, endpoint.address.data() + 12, 4);
      size = sizeof v4;
    } else {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(endpoint.port);
      std::memcpy(&v6.sin6_addr, endpoint.address.data(), 16);
      v6.sin6_scope_id = interface;
      size = sizeof v6;
    }
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }

  sockaddr_storage storage{};
  socklen_t size = 0;
};

template <typename Value>
bool set(int descriptor, int level, int name, const Value& value) {
  return ::setsockopt(descriptor, level, name, &value, sizeof value) == 0;
}

bool join_v4(int descriptor, unsigned interface, const Endpoint& group) {
  ip_mreqn place{};
  std::memcpy(&place.imr_multiaddr, group.address.data() + 12, 4);
  place.imr_ifindex = static_cast<int>(interface);
  return set(descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, place) &&
         set(descriptor, IPPROTO_IP, IP_MULTICAST_IF, place) &&
         set(descriptor, IPPROTO_IP, IP_MULTICAST_TTL, hops) &&
         // Else what comes in over other interfaces, where other sockets have joined, is heard as well.
         set(descriptor, IPPROTO_IP, IP_MULTICAST_ALL, 0);
}

bool join_v6(int descriptor, unsigned interface, const Endpoint& group) {
  ipv6_mreq place{};
  std::memcpy(&place.ipv6mr_multiaddr, group.address.data(), 16);
  place.ipv6mr_interface = interface;
  return set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1) &&
         set(descriptor, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, place) &&
         set(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_IF, interface) &&
         set(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops);
}

}  // namespace

std::vector<NetworkInterface> multicast_interfaces() {
  std::vector<NetworkInterface> found;
  for (const auto& each : interface_addresses(
           [](const InterfaceAddress& address) { return address.loopback || address.multicast; }))
    if (std::ranges::find(found, each.interface, &NetworkInterface::name) == found.end())
      found.push_back({each.interface, ::if_nametoindex(each.interface.c_str())});
  return found;
}

std::expected<std::unique_ptr<MulticastSocket>, std::string> MulticastSocket::open(
    RealRuntime& runtime, const NetworkInterface& interface, const Endpoint& group, Received received) {
  const int descriptor =
      ::socket(group.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const SocketAddress address(group, interface.index);
  if (descriptor >= 0 && set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) &&
      set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) &&
      (group.is_v4() ? join_v4(descriptor, interface.index, group)
                     : join_v6(descriptor, interface.index, group)) &&
      ::bind(descriptor, address.get(), address.size) == 0)
    return std::unique_ptr<MulticastSocket>(
        new MulticastSocket(runtime, descriptor, interface.index, group, std::move(received)));
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  return std::unexpected(
      fmt::format("cannot join {} on {}: {}", group.text(), interface.name, std::strerror(error)));
}

MulticastSocket::MulticastSocket(RealRuntime& runtime, int descriptor, unsigned interface,
                                 const Endpoint& group, Received received)
    : descriptor_(runtime.io(), descriptor),
      interface_(interface),
      group_(group),
      received_(std::move(received)) {
  wait();
}

MulticastSocket::~MulticastSocket() = default;

void MulticastSocket::send(ByteView bytes) {
  const SocketAddress address(group_, interface_);
  static_cast<void>(::sendto(descriptor_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                             address.get(), address.size));
}

void MulticastSocket::wait() {
  descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& cancelled) {
                           if (cancelled || alive.expired()) return;
                           receive();
                           if (!alive.expired()) wait();
                         });
}

void MulticastSocket::receive() {
  std::array<std::uint8_t, datagram_bytes_max> buffer;
  const std::weak_ptr alive = alive_;
  for (int i = 0; i < datagrams_per_turn && !alive.expired(); ++i) {
    sockaddr_storage source{};
    socklen_t size = sizeof source;
    const auto got = ::recvfrom(descriptor_.native_handle(), buffer.data(), buffer.size(),
                                MSG_DONTWAIT | MSG_TRUNC, reinterpret_cast<sockaddr*>(&source), &size);
    if (got < 0) return;
    if (static_cast<std::size_t>(got) > buffer.size()) continue;  // larger than anything may be
    const auto port = source.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(source).sin_port
                                                  : reinterpret_cast<const sockaddr_in6&>(source).sin6_port;
    received_({buffer.data(), static_cast<std::size_t>(got)}, ntohs(port));
  }
}

}  // namespace tutti
