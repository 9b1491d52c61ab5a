// Hostile datagrams at a socket that finds the way: checks and relayed datagrams of every shape, from places
// that are known and from strangers, while it meets a peer, from one socket and from many, and relays for
// others. In virtual time and without a network. Some of them are sealed with the right key, so that the
// fuzzer gets behind it.
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "tutti/base/require.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/route/routed_socket.hpp"
#include "tutti/runtime/simulator.hpp"

namespace tutti {
namespace {

/// The sockets of one peer and what they send.
struct FakeNetwork {
  std::vector<struct FakeSocket*> open{};  // the main one first
  std::size_t sent_bytes = 0;
};

struct FakeSocket final : DatagramSocket {
  explicit FakeSocket(FakeNetwork& its_network) : network(its_network) { network.open.push_back(this); }
  ~FakeSocket() override { std::erase(network.open, this); }
  void start(DatagramHandler& its_handler) override { handler = &its_handler; }
  void send(const Endpoint&, ByteView bytes, std::size_t) override { network.sent_bytes += bytes.size(); }
  [[nodiscard]] Endpoint local_endpoint() const override { return Endpoint::v4(0x7f000001, 1); }
  FakeNetwork& network;
  DatagramHandler* handler = nullptr;
};

struct Nobody final : DatagramHandler {
  void datagrams_received(std::span<const Datagram>) override {}
};

void run(ByteView script) {
  if (script.empty()) return;
  Simulator simulator(1);
  FakeNetwork network;
  const PeerId self{{1}};
  const PeerId friend_of_both{{2}};
  const PeerId other{{3}};
  const CheckKey key{7};
  RoutedSocket socket(simulator.add_node(), self, std::make_unique<FakeSocket>(network),
                      [&] { return std::make_unique<FakeSocket>(network); });
  Nobody nobody;
  socket.start(nobody);
  const auto place = [](std::uint8_t number) { return Endpoint::v4(0xc0000200u + number, 4000); };
  socket.opened(friend_of_both, place(2), {.number = 5, .key = {}});
  socket.opened(PeerId{{4}}, place(4), {.number = 6, .key = {}});
  const auto side = script[0] % 2 == 0 ? Birthday::Side::many_sockets : Birthday::Side::many_ports;
  script = script.subspan(1);
  socket.meet({.id = MeetingId(0),
               .peer = other,
               .key = key,
               .relay = friend_of_both,
               .places = {place(3)},
               .probing = Meeting::Probing{side, place(3)}});
  require(!socket.relay(MeetingId(1), friend_of_both, PeerId{{4}}), "there is room for a pair");
  // Each step: what it is, from where, how long, the bytes.
  while (script.size() >= 3) {
    const auto kind = script[0] % 4;
    // Half of what comes is for the newest socket.
    auto& handler = *(script[0] % 8 < 4 ? network.open.front() : network.open.back())->handler;
    const auto source = place(script[1] % 6);
    const auto size = std::min<std::size_t>(script[2], script.size() - 3);
    Bytes bytes(script.begin() + 3, script.begin() + 3 + static_cast<std::ptrdiff_t>(size));
    script = script.subspan(3 + size);
    if (kind == 0) {
      simulator.run_for(std::chrono::milliseconds(10 * bytes.size()));
      require(network.open.size() <= 1 + Birthday::sockets_max + Routes::routes_max,
              "sockets that are not needed are closed");
    } else if (kind == 1) {
      const bool of_session = size % 3 == 0;
      Check check{.kind = size % 2 == 0 ? Check::Kind::request : Check::Kind::response,
                  .meeting = MeetingId(of_session ? 5 : 0)};
      if (size >= sizeof check.transaction)
        std::memcpy(&check.transaction, bytes.data(), sizeof check.transaction);
      const auto sealed = of_session ? seal_check(check, {}, friend_of_both) : seal_check(check, key, other);
      const Datagram datagram{sealed, source};
      const auto before = network.sent_bytes;
      handler.datagrams_received({&datagram, 1});
      require(network.sent_bytes - before <= sealed.size(), "nobody is answered more than he sent");
    } else {
      if (kind == 2 && !bytes.empty()) bytes[0] = static_cast<std::uint8_t>(1 + bytes[0] % 3);
      const Datagram datagram{bytes, source};
      const auto before = network.sent_bytes;
      handler.datagrams_received({&datagram, 1});
      require(network.sent_bytes - before <= bytes.size(), "nobody is answered more than he sent");
      const auto unchecked = network.sent_bytes;
      socket.sighted(friend_of_both, source);
      require(network.sent_bytes - unchecked <= check_bytes, "a place is checked before it is sent to");
    }
  }
}

}  // namespace
}  // namespace tutti

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tutti::run({data, size});
  return 0;
}
