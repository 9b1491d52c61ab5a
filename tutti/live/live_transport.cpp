#include "tutti/live/live_transport.hpp"

#include <utility>

#include "tutti/net/model/models.hpp"
#include "tutti/net/udp/udp_socket.hpp"

namespace tutti {

std::expected<LiveTransport, std::string> LiveTransport::open(RealRuntime& runtime, const Identity& identity,
                                                              const Endpoint& listen, NetworkModelPtr model,
                                                              const QuicOptions& options) {
  auto socket = UdpSocket::open(runtime, listen);
  if (!socket) return std::unexpected(socket.error());
  LiveTransport live;
  auto impaired = std::make_unique<Impaired>(
      runtime, *std::move(socket), model ? std::move(model) : constant_delay({}), runtime.random()());
  live.impaired = impaired.get();
  auto routed = std::make_unique<RoutedSocket>(runtime, identity.peer(), std::move(impaired));
  live.routes = routed.get();
  live.transport = std::make_unique<QuicTransport>(runtime, std::move(routed), identity, options);
  return live;
}

}  // namespace tutti
