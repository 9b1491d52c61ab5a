// One interface's door to a multicast group: what is sent goes to everybody on that network, and everybody's
// words are heard, one's own included. Several programs of a machine may have the same door.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "tutti/base/bytes.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti {

struct NetworkInterface {
  std::string name;
  unsigned index = 0;
};

/// Those that are up and have multicast; if there is none, the loopback, on which the peers of one machine
/// find each other.
std::vector<NetworkInterface> multicast_interfaces();

class MulticastSocket {
 public:
  /// The bytes are valid during the call; `source_port` is that of who has sent them.
  using Received = std::function<void(ByteView bytes, std::uint16_t source_port)>;

  /// Joins `group` on one interface, and hears what is sent to it there. The error is a sentence.
  static std::expected<std::unique_ptr<MulticastSocket>, std::string> open(RealRuntime& runtime,
                                                                           const NetworkInterface& interface,
                                                                           const Endpoint& group,
                                                                           Received received);
  ~MulticastSocket();
  MulticastSocket(const MulticastSocket&) = delete;
  MulticastSocket& operator=(const MulticastSocket&) = delete;

  /// To the group. What the network does not take is lost.
  void send(ByteView bytes);

 private:
  MulticastSocket(RealRuntime& runtime, int descriptor, unsigned interface, const Endpoint& group,
                  Received received);
  void wait();
  void receive();

  boost::asio::posix::stream_descriptor descriptor_;
  unsigned interface_;
  Endpoint group_;
  Received received_;
  /// A completion may already be queued in the loop when the socket dies; it looks here first.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace tutti
