// Ways to peers for networks that let no datagrams through: each is a byte stream that carries datagrams to
// one peer. To a routed socket it is one more socket, of which only that peer is at the other end.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tutti/base/ids.hpp"
#include "tutti/net/route/candidate_pair.hpp"
#include "tutti/net/udp/datagram_socket.hpp"

namespace tutti {

struct Tunnel {
  PeerId peer;     ///< who has proved to be at the other end
  Endpoint place;  ///< where that is: of an outgoing one, as it was asked for
  bool outgoing = false;
  /// Sends to the other end, whatever target it is given. What the stream has no room for is lost.
  std::unique_ptr<DatagramSocket> socket;
};

class Tunnels {
 public:
  struct Handler {
    /// Takes one that others have opened, or that was asked for; the socket is to be started meanwhile. The
    /// number says which one has ended later.
    std::function<SocketNumber(Tunnel)> opened;
    /// Nothing goes through it any more. Its socket may be destroyed meanwhile.
    std::function<void(SocketNumber)> ended;
  };

  Tunnels() = default;
  Tunnels(const Tunnels&) = delete;
  Tunnels& operator=(const Tunnels&) = delete;
  virtual ~Tunnels() = default;

  /// Must be called once, before anything is opened.
  virtual void start(Handler handler) = 0;
  /// Tries for one to who listens at that place; nothing is heard of it if that fails. While one to there is
  /// under way, nothing more is done.
  virtual void open(const Endpoint& place) = 0;

  /// What they count.
  [[nodiscard]] virtual std::vector<Tally> tallies() const { return {}; }
};

}  // namespace tutti
