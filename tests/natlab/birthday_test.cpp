// Two sockets that find the way, one behind a real symmetric NAT and the other behind a real port-restricted
// one: by many sockets and many ports they reach each other directly.
#include <memory>

#include <fmt/format.h>

#include "talker.hpp"
#include "tutti/base/time.hpp"
#include "tutti/net/route/routed_socket.hpp"
#include "tutti/runtime/polled_test_runtime.hpp"

namespace tutti::natlab {
namespace {

using namespace std::chrono_literals;

class BirthdayAmongRealNats : public NatLabTest {
 protected:
  struct Nobody final : DatagramHandler {
    void datagrams_received(std::span<const Datagram> /*datagrams*/) override {}
  };
  struct Side {
    PeerId id;
    Nobody handler{};
    std::unique_ptr<RoutedSocket> socket{};
    Endpoint seen{};  // by the third
  };

  void open(Side& side, NatLab::Host host, Talker& third) {
    const auto open = [this, host]() -> std::unique_ptr<DatagramSocket> {
      auto socket = lab().inside(host, [&] {
        return UdpSocket::open(runtime_.sockets(), Endpoint::v4(0, 0), {.buffer_bytes = 1 << 20});
      });
      return socket ? *std::move(socket) : nullptr;
    };
    side.socket = std::make_unique<RoutedSocket>(runtime_, side.id, open(), open);
    side.socket->start(side.handler);
    const auto hello = "hello from " + side.socket->local_endpoint().text();
    const Bytes bytes(hello.begin(), hello.end());
    side.socket->send(third.endpoint(), bytes, bytes.size());
    side.seen = third.await(hello);
  }
  static bool direct(const Side& from, const Side& to) {
    const auto* routes = from.socket->routes_to(to.id);
    return routes != nullptr && routes->best_direct() != nullptr;
  }
  static void meet(Side& self, const Side& other, Birthday::Side part) {
    self.socket->meet({.id = MeetingId(5),
                       .peer = other.id,
                       .key = {1, 2, 3},
                       .relay = PeerId{{9}},
                       .places = {other.seen},
                       .probing = Meeting::Probing{part, other.seen}});
  }

  /// Whether the two have found a way when both are done.
  bool try_it(NatLab::Host of_ada, NatLab::Host of_bob, Talker& third) {
    Side ada{PeerId{{1}}};
    Side bob{PeerId{{2}}};
    open(ada, of_ada, third);
    open(bob, of_bob, third);
    meet(ada, bob, Birthday::Side::many_sockets);
    meet(bob, ada, Birthday::Side::many_ports);
    const auto begun = runtime_.now();
    const auto both = [&] { return direct(ada, bob) && direct(bob, ada); };
    while (!both() && runtime_.now() - begun < Birthday::delay + Birthday::patience + 1s) runtime_.poll();
    fmt::print("{:.1f} s: {}\n", in_seconds(runtime_.now() - begun), bob.socket->trace_of(MeetingId(5)));
    EXPECT_EQ(bob.socket->counters().probings, 1u);
    return both();
  }

  PolledRuntime runtime_;
};

TEST_F(BirthdayAmongRealNats, finds_a_way_where_plain_checks_do_not) {
  Talker third(runtime_.sockets(), lab(), lab().add_host(lab().internet()));
  const auto ada = lab().add_host(add_nat("symmetric"));
  const auto bob = lab().add_host(add_nat("port-restricted"));
  // One try of 3000 is in vain.
  EXPECT_TRUE(try_it(ada, bob, third) || try_it(ada, bob, third));
}

}  // namespace
}  // namespace tutti::natlab
