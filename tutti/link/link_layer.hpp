// What a peer has between its socket and its overlays, put together in one place for all who have one: live
// peers, simulated ones whose packets are simulated, and tests.
#pragma once

#include <memory>

#include "tutti/link/introductions.hpp"
#include "tutti/link/link_collector.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/link/mesh.hpp"

namespace tutti {

struct LinkLayerOptions {
  LinkOptions links{};
  /// Who does not relay between others does not offer itself to strangers either.
  IntroductionOptions introductions{};
  LinkCollectorOptions collector{};
  MeshOptions mesh{.wanted = 0};
};

/// Adds links with whoever is wanted and can be reached in any way: the link manager on `transport`, which
/// stands on `socket`, and the peerlets that find ways to others and do the same for them. `identity` is the
/// transport's.
Peer::Builder add_link_layer(Peer::Builder builder, std::unique_ptr<Transport> transport,
                             RoutedSocket& socket, const Identity& identity, LinkLayerOptions options);

}  // namespace tutti
