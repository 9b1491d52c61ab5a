// What carries a live peer's links: QUIC, on a socket that finds the way, on this machine's UDP, which can be
// made worse.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "tutti/net/model/network_model.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/route/routed_socket.hpp"
#include "tutti/net/udp/impaired.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti {

struct LiveTransport {
  std::unique_ptr<QuicTransport> transport;
  RoutedSocket* routes = nullptr;  ///< within the transport
  Impaired* impaired = nullptr;    ///< within the transport

  /// Bound to `listen`. Without a model the network is as good as it is. The error is a sentence: port in use
  /// ...
  static std::expected<LiveTransport, std::string> open(RealRuntime& runtime, const Identity& identity,
                                                        const Endpoint& listen, NetworkModelPtr model,
                                                        const QuicOptions& options);
};

}  // namespace tutti
