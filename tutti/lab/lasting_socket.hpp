// A datagram socket that outlasts those who use it: a peer that stops and starts again within its process is
// reached where it was before, and what it sent last is still on its way when it is gone.
#pragma once

#include <memory>

#include "tutti/net/udp/datagram_socket.hpp"

namespace tutti::lab {

class LastingSocket final : private DatagramHandler {
 public:
  explicit LastingSocket(std::unique_ptr<DatagramSocket> inner);

  /// The socket for one user, who may have it until it destroys it; there is one at a time. What arrives
  /// while nobody has it is lost. This outlives them all.
  std::unique_ptr<DatagramSocket> lend();
  /// From now on what the present user sends is lost, its goodbyes too.
  void silence();

 private:
  class Lent;

  void datagrams_received(std::span<const Datagram> datagrams) override;

  std::unique_ptr<DatagramSocket> inner_;
  Lent* lent_ = nullptr;
};

}  // namespace tutti::lab
