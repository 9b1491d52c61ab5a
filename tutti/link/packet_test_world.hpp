// For tests: whole peers on a network of packets, behind NATs or not, as they are live: QUIC on a socket that
// finds the way, links, introductions.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/link/link_layer.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/virtual/packet_network.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti::link_test {

using namespace std::chrono_literals;

struct Counted {
  std::uint32_t number = 0;
  Bytes filler;
};

}  // namespace tutti::link_test

template <>
struct tutti::MessageTraits<tutti::link_test::Counted> {
  static constexpr MessageId id{0x7302};
};

namespace tutti::link_test {

/// Records what it is told.
class Ear final : public Peerlet {
 public:
  void link_up(PeerId peer) override { up.push_back(peer); }
  void link_down(PeerId peer) override { down.push_back(peer); }
  void counted(PeerId, const Counted& message) { numbers.push_back(message.number); }
  static constexpr auto handlers = tutti::handlers<&Ear::counted>;

  std::vector<PeerId> up;
  std::vector<PeerId> down;
  std::vector<std::uint32_t> numbers;
};

/// One whole peer.
struct Inhabitant {
  RoutedSocket* socket = nullptr;
  LinkManager* links = nullptr;
  Introductions* introductions = nullptr;
  Ear* ear = nullptr;
  std::unique_ptr<Peer> peer;
};

class PacketTestWorld {
 public:
  static constexpr std::uint16_t port = 4000;

  explicit PacketTestWorld(std::string_view model = "constant:25ms", std::uint64_t seed = 1)
      : simulator(seed), network(simulator, *parse_network_model(model)) {
    simulator.set_log(Log(LogLevel::info, [this](LogLevel, std::string_view line) {
      log.push_back(fmt::format("{:.3f} {}", in_seconds(simulator.now().time_since_epoch()), line));
    }));
  }

  /// A peer behind a NAT, or on the public network without one, linked with those it is told of.
  std::uint32_t add(std::optional<PacketNetwork::NatId> behind = {},
                    const std::vector<std::uint32_t>& friends = {}, const LinkOptions& options = {}) {
    simulator.add_node();
    const auto index = static_cast<std::uint32_t>(inhabitants.size());
    if (behind) network.place(index, behind);
    inhabitants.emplace_back();
    start(index, friends, options);
    return index;
  }
  void start(std::uint32_t index, const std::vector<std::uint32_t>& friends, LinkOptions options = {},
             IntroductionOptions introductions = {}) {
    auto& runtime = simulator.node(index);
    const auto identity = identity_of(index);
    auto socket = std::make_unique<RoutedSocket>(runtime, identity.peer(), network.bind(runtime, port),
                                                 [this, &runtime] { return network.bind(runtime); });
    auto& inhabitant = inhabitants.at(index);
    inhabitant.socket = socket.get();
    options.network = "test 1";
    options.name = fmt::format("peer {}", index);
    for (const auto other : friends) options.targets.push_back({network.endpoint_of(other, port), {}});
    introductions.internal = [this, index] {
      auto endpoints = further_endpoints[index];
      endpoints.insert(endpoints.begin(), network.endpoint_of(index, port));
      return endpoints;
    };
    auto builder =
        add_link_layer(Peer::build(runtime, identity.peer()),
                       std::make_unique<QuicTransport>(runtime, std::move(socket), identity),
                       *inhabitant.socket, identity,
                       {.links = std::move(options), .introductions = std::move(introductions), .mesh = mesh})
            .add<Ear>()
            .measure(recorder);
    inhabitant.links = builder.find<LinkManager>();
    inhabitant.introductions = builder.find<Introductions>();
    inhabitant.ear = builder.find<Ear>();
    inhabitant.peer = std::move(builder).start();
  }
  void stop(std::uint32_t index) { inhabitants.at(index) = {}; }

  static Identity identity_of(std::uint32_t index) {
    Identity::Seed seed{};
    seed[0] = static_cast<std::uint8_t>(index);
    seed[1] = static_cast<std::uint8_t>(index >> 8);
    return Identity::from_seed(seed);
  }
  static PeerId id(std::uint32_t index) { return identity_of(index).peer(); }

  /// Asks for a link.
  void want(std::uint32_t from, std::uint32_t to) {
    inhabitants.at(from).links->add_target({peer_endpoint(id(to)), id(to)});
  }
  [[nodiscard]] bool linked(std::uint32_t from, std::uint32_t to) const {
    const auto& inhabitant = inhabitants.at(from);
    return inhabitant.peer && inhabitant.links->links().contains(id(to));
  }
  /// The way in use is direct and works, as far as is known.
  [[nodiscard]] bool direct(std::uint32_t from, std::uint32_t to) const {
    return inhabitants.at(from).socket->reaches_directly(id(to));
  }
  /// Runs until it is so, at most for `limit`. Whether it is.
  template <typename Condition>
  bool run_until(Condition condition, Duration limit) {
    const TimePoint end = simulator.now() + limit;
    while (!condition() && simulator.now() < end) simulator.run_for(1ms);
    return condition();
  }
  [[nodiscard]] std::string whole_log() const {
    std::string all;
    for (const auto& line : log) all += line + "\n";
    return all;
  }

  /// What a peer says of its interfaces beside the truth.
  std::map<std::uint32_t, std::vector<Endpoint>> further_endpoints;
  MeshOptions mesh{.wanted = 0};  // of those who start from now on
  std::vector<std::string> log;
  measure::Recorder recorder{TimePoint{}};  // of all together
  Simulator simulator;
  PacketNetwork network;
  std::vector<Inhabitant> inhabitants;
};

/// Rita and Tess, whom everybody can reach, and Ada and Bob behind NATs of their own, who hear from the two
/// how these map.
struct Four : PacketTestWorld {
  static constexpr std::uint32_t rita = 0;
  static constexpr std::uint32_t tess = 1;
  static constexpr std::uint32_t ada = 2;
  static constexpr std::uint32_t bob = 3;

  Four(const NatKind& of_ada, const NatKind& of_bob, std::uint64_t seed = 1,
       std::string_view model = "constant:25ms")
      : PacketTestWorld(model, seed) {
    add();
    add();
    add(network.add_nat(of_ada), {rita, tess});
    add(network.add_nat(of_bob), {rita, tess});
    simulator.run_for(2s);
  }
  /// What each of the two says that it has tried.
  [[nodiscard]] std::string trace() const {
    return fmt::format("Ada: {}\nBob: {}\n{}", inhabitants[ada].introductions->trace_of(id(bob)),
                       inhabitants[bob].introductions->trace_of(id(ada)), whole_log());
  }
};

}  // namespace tutti::link_test
