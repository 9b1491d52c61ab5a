// Bootstrapping: finding the first peers of a session. A Bootstrap is somebody who may know where some are: a
// list of seeds, the local network, a channel of an IRC server, what a peer remembers of its last life. A
// peer has several at once; each tells of whom it finds, and most also tell others of this peer.
//
// What they find is hearsay. The session's secret is proved over the link itself and is never told to a
// Bootstrap; who is found and is no peer of the session is refused there and given up.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/link/link_manager.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti {

/// What a peer tells others of itself: public, all of it.
struct Announcement {
  static constexpr std::size_t targets_max = 8;

  PeerId peer;
  std::string session;              ///< session_tag(): peers that say the same may be linked
  std::vector<LinkTarget> targets;  ///< where it is reached, with its id; at most targets_max

  bool operator==(const Announcement&) const = default;
};

/// The session's public name in any message: the first 16 hexadecimal digits of the SHA-256 of the network's
/// name, which has the application, its version and the session's id in it. It is no secret: who has it can
/// find the session's peers, and not take part.
std::string session_tag(std::string_view network);

/// One way to find peers, at work from its making until it is destroyed. All calls on the runtime's thread.
class Bootstrap {
 public:
  /// Called for whoever is found, as often as one likes; never from within linked(), announce() or the
  /// opening.
  using Found = std::function<void(const LinkTarget&)>;

  Bootstrap() = default;
  Bootstrap(const Bootstrap&) = delete;
  Bootstrap& operator=(const Bootstrap&) = delete;
  virtual ~Bootstrap() = default;

  /// There is a link with this peer now.
  virtual void linked(const LinkTarget& /*peer*/) {}
  /// The peer has other targets than those it was opened with: the places where its router lets strangers in,
  /// and where others see it, become known later.
  virtual void announce(const Announcement& /*self*/) {}
};

/// Opens one. The runtime outlives it. The error is a sentence for the person who asked for it; what may
/// pass, such as a server that cannot be reached now, is not an error but tried again.
using BootstrapOpener = std::function<std::expected<std::unique_ptr<Bootstrap>, std::string>(
    RealRuntime& runtime, const Announcement& self, Bootstrap::Found found)>;

}  // namespace tutti
