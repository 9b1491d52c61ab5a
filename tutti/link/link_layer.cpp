#include "tutti/link/link_layer.hpp"

#include <utility>

#include "tutti/link/filtering_discovery.hpp"
#include "tutti/link/lifetime_discovery.hpp"
#include "tutti/link/relay_board.hpp"
#include "tutti/link/transport_measures.hpp"

namespace tutti {

Peer::Builder add_link_layer(Peer::Builder builder, std::unique_ptr<Transport> transport,
                             RoutedSocket& socket, const Identity& identity, LinkLayerOptions options) {
  const RelayBoardOptions board{.offer = options.introductions.relay};
  const auto tallies = transport->tallies();
  return std::move(builder)
      .add<LinkManager>(std::move(transport), std::move(options.links))
      .add<Introductions>(socket, identity, std::move(options.introductions))
      .add<FilteringDiscovery>(socket)
      .add<LifetimeDiscovery>(socket)
      .add<RelayBoard>(board)
      .add<LinkCollector>(options.collector)
      .add<Mesh>(options.mesh)
      .add<TransportMeasures>(tallies);
}

}  // namespace tutti
