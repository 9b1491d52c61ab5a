// One question to a router in one datagram, put again when it stays without an answer: both may be lost. A
// router is a millisecond away, so the pauses are those of RFC 6886 (3.1: 250 ms, then twice as long each
// time), and it is asked three times, no more: most routers that stay silent do not know the protocol.
#pragma once

#include <functional>
#include <memory>

#include "tutti/live/gateway.hpp"
#include "tutti/net/udp/datagram_socket.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti {

/// Where a router answers PCP, and NAT-PMP before it: who asks in the one hears if it speaks only the other
/// (RFC 6887, 19.1; RFC 6886, 3.1).
inline Endpoint port_mapping_server(const Gateway& gateway) {
  return {gateway.router.address, 5351};
}

/// Opens a socket at a port of its own at this address; null if there is none to be had.
using OpenSocket = std::function<std::unique_ptr<DatagramSocket>(const Endpoint& own)>;

/// Of the machine.
OpenSocket machine_sockets(RealRuntime& runtime);

/// From its making until it is answered, given up or destroyed.
class RouterQuestion final : private DatagramHandler {
 public:
  static constexpr int times_max = 3;
  static constexpr Duration first_pause = std::chrono::milliseconds(250);

  /// Looks at what has come, from anybody: whether it is the answer.
  using IsAnswer = std::move_only_function<bool(const Datagram&)>;
  /// Whether there was an answer. May destroy the question.
  using Ended = std::move_only_function<void(bool answered)>;

  RouterQuestion(Runtime& runtime, std::unique_ptr<DatagramSocket> socket, const Endpoint& target,
                 Bytes question, IsAnswer is_answer, Ended ended);

  /// Sends what needs no answer.
  static void put_once(std::unique_ptr<DatagramSocket> socket, const Endpoint& target, ByteView question);

 private:
  void datagrams_received(std::span<const Datagram> datagrams) override;
  void go_on();

  std::unique_ptr<DatagramSocket> socket_;
  Endpoint target_;
  Bytes question_;
  IsAnswer is_answer_;
  Ended ended_;
  bool answered_ = false;
  int times_ = 0;
  Timer timer_;
};

}  // namespace tutti
