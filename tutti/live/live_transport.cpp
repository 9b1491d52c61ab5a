#include "tutti/live/live_transport.hpp"

#include <utility>

#include "tutti/net/model/models.hpp"
#include "tutti/net/tcp/tcp_tunnels.hpp"
#include "tutti/net/udp/udp_socket.hpp"

namespace tutti {
namespace {

/// One more socket at a port of its own, impaired and cut off as the first one is; null if there is none to
/// be had.
std::unique_ptr<DatagramSocket> open_further(RealRuntime& runtime, const Impaired& first,
                                             const Endpoint& local) {
  // Hundreds at once are for one check each; the one that is kept carries a single link.
  auto socket = UdpSocket::open(runtime, local, {.buffer_bytes = 1 << 20});
  return socket ? first.sibling(*std::move(socket), runtime.random()()) : nullptr;
}

}  // namespace

std::expected<LiveTransport, std::string> LiveTransport::open(RealRuntime& runtime, const Identity& identity,
                                                              const Endpoint& listen, NetworkModelPtr model,
                                                              const QuicOptions& options) {
  auto socket = UdpSocket::open(runtime, listen);
  if (!socket) return std::unexpected(socket.error());
  LiveTransport live;
  auto impaired = std::make_unique<Impaired>(
      runtime, *std::move(socket), model ? std::move(model) : constant_delay({}), runtime.random()());
  live.impaired = impaired.get();
  auto tunnels = std::make_unique<TcpTunnels>(
      runtime, identity, options.protocol, impaired->local_endpoint(),
      [&runtime, first = live.impaired](std::unique_ptr<DatagramSocket> tunnel) {
        return first->sibling(std::move(tunnel), runtime.random()());
      },
      TcpTunnels::Options{});
  auto routed = std::make_unique<RoutedSocket>(
      runtime, identity.peer(), std::move(impaired),
      [&runtime, first = live.impaired, local = Endpoint{listen.address, 0}] {
        return open_further(runtime, *first, local);
      },
      RelayLimits{}, std::move(tunnels));
  live.routes = routed.get();
  live.transport = std::make_unique<QuicTransport>(runtime, std::move(routed), identity, options);
  return live;
}

}  // namespace tutti
