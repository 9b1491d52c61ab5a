// Tunnels over TCP with TLS 1.3: to whoever listens at a place, and from whoever connects here. One listens
// at the same port as the datagram socket whose place it takes, so an address that serves one serves the
// other.
//
// Strangers. Each connection that others have begun has so much time for its handshake; of one address there
// are so many, and so many in all.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include <boost/asio/ip/tcp.hpp>

#include "tutti/net/route/tunnels.hpp"
#include "tutti/net/tcp/tcp_tunnel.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti {

class TcpTunnels final : public Tunnels {
 public:
  struct Options {
    /// From the beginning of a connection to the end of its handshake.
    Duration patience = std::chrono::seconds(5);
    std::size_t tunnels_max = 64;  ///< in all; further ones are refused and not asked for
    std::size_t from_one_address_max = 8;
  };
  struct Counters {
    std::uint64_t opened = 0;   ///< both directions
    std::uint64_t refused = 0;  ///< there were too many
    std::uint64_t failed = 0;   ///< handshakes that did not succeed in time, and places where nobody listens
    std::uint64_t failed_incoming = 0;  ///< those of them that others have begun
  };
  /// Makes a tunnel's socket worse, or leaves it as it is.
  using Wrap = std::function<std::unique_ptr<DatagramSocket>(std::unique_ptr<DatagramSocket>)>;

  /// Listens at `listen`, if that port is free for TCP; otherwise it only opens tunnels to others, and says
  /// so in the log. `protocol` is what both sides must agree on.
  TcpTunnels(RealRuntime& runtime, const Identity& identity, const std::string& protocol,
             const Endpoint& listen, Wrap wrap, const Options& options);
  ~TcpTunnels() override;

  void start(Handler handler) override;
  void open(const Endpoint& place) override;

  [[nodiscard]] bool listening() const;
  [[nodiscard]] const Counters& counters() const;
  [[nodiscard]] std::vector<Tally> tallies() const override;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace tutti
