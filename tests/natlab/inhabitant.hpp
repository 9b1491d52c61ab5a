// Whole peers in a NatLab: QUIC on a socket that finds the way, links, introductions. All of them live on one
// runtime in one process, each with a socket of its host's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "natlab/nat_lab.hpp"
#include "tutti/link/link_layer.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/udp/udp_socket.hpp"
#include "tutti/runtime/polled_test_runtime.hpp"

namespace tutti::natlab {

/// A message that says which it is.
struct Counted {
  std::uint32_t number = 0;
};

}  // namespace tutti::natlab

template <>
struct tutti::MessageTraits<tutti::natlab::Counted> {
  static constexpr MessageId id{0x7303};
};

namespace tutti::natlab {

class Inhabitant {
 public:
  Inhabitant(NatLab& lab, PolledRuntime& runtime, NatLab::Host host, const std::vector<LinkTarget>& targets,
             std::string name, const RelayLimits& limits = {}, bool has_further_sockets = false)
      : lab_(lab), host_(host) {
    const auto identity = Identity::generate();
    const auto open = [&lab, &runtime, host] {
      auto socket = lab.inside(host, [&] { return UdpSocket::open(runtime.sockets(), Endpoint::v4(0, 0)); });
      EXPECT_TRUE(socket) << socket.error();
      return std::unique_ptr<DatagramSocket>(*std::move(socket));
    };
    auto socket = open();
    port_ = socket->local_endpoint().port;
    auto routed = std::make_unique<RoutedSocket>(
        runtime, identity.peer(), std::move(socket),
        has_further_sockets ? LocalSockets::Open(open) : LocalSockets::Open(), limits);
    routes_ = routed.get();
    LinkOptions links{.network = "natlab 1", .name = std::move(name), .targets = targets};
    IntroductionOptions introductions{.internal = [this] { return std::vector{here()}; },
                                      .mapped = [this] { return mapped_; }};
    auto builder =
        add_link_layer(Peer::build(runtime, identity.peer()),
                       std::make_unique<QuicTransport>(runtime, std::move(routed), identity), *routes_,
                       identity, {.links = std::move(links), .introductions = std::move(introductions)})
            .add<Ear>();
    links_ = builder.find<LinkManager>();
    introductions_ = builder.find<Introductions>();
    ear_ = builder.find<Ear>();
    peer_ = std::move(builder).start();
  }

  [[nodiscard]] PeerId id() const { return peer_->id(); }
  /// Where its socket is on its host's network.
  [[nodiscard]] Endpoint here() const { return lab_.endpoint(host_, port_); }
  [[nodiscard]] LinkTarget target() const { return {here(), id()}; }
  /// Its router passes on what anybody sends there.
  void is_mapped_at(const Endpoint& external) { mapped_ = {external}; }
  void network_changed() {
    links_->network_changed();
    introductions_->network_changed();
  }
  [[nodiscard]] const NatDiscovery& nat() const { return introductions_->nat(); }
  /// By its neighbours, as they have told it.
  [[nodiscard]] std::optional<Endpoint> seen_at() const {
    const auto external = nat().external();
    return external.empty() ? std::nullopt : std::optional(external[0]);
  }
  void want(const Inhabitant& other) { links_->add_target({peer_endpoint(other.id()), other.id()}); }
  [[nodiscard]] bool linked(const Inhabitant& other) const { return links_->links().contains(other.id()); }
  [[nodiscard]] bool direct(const Inhabitant& other) const {
    return linked(other) && routes_->reaches_directly(other.id());
  }
  /// Where what is for the other one is sent: a place, or what names a relay.
  [[nodiscard]] Endpoint place_of(const Inhabitant& other) const {
    return routes_->place_of(peer_endpoint(other.id()));
  }
  /// Nothing is left to try.
  [[nodiscard]] bool searched(const Inhabitant& other) const { return routes_->searched(other.id()); }
  [[nodiscard]] std::string trace(const Inhabitant& other) const {
    return introductions_->trace_of(other.id());
  }
  void say(const Inhabitant& other, std::uint32_t number) {
    peer_->send(other.id(), Counted{number}, Priority::medium);
  }
  [[nodiscard]] const std::vector<std::uint32_t>& heard() const { return ear_->numbers; }
  [[nodiscard]] int lost_links() const { return ear_->lost; }

 private:
  class Ear final : public Peerlet {
   public:
    void link_down(PeerId) override { ++lost; }
    void counted(PeerId, const Counted& message) { numbers.push_back(message.number); }
    static constexpr auto handlers = tutti::handlers<&Ear::counted>;

    std::vector<std::uint32_t> numbers;
    int lost = 0;
  };

  NatLab& lab_;
  NatLab::Host host_;
  std::uint16_t port_ = 0;
  std::vector<Endpoint> mapped_;
  RoutedSocket* routes_ = nullptr;
  LinkManager* links_ = nullptr;
  Introductions* introductions_ = nullptr;
  Ear* ear_ = nullptr;
  std::unique_ptr<Peer> peer_;
};

}  // namespace tutti::natlab
