// Real NATs for tests: hosts, NATs and an internet between them, each a network namespace of this machine,
// whose packets go through Linux's own IP, NAT and firewall. One test process owns them all: it opens sockets
// inside any host, and starts processes there.
//
//     NatLab lab;
//     const auto home = lab.add_nat(lab.internet(), *parse_nat_kind("port-restricted"));
//     const auto laptop = lab.add_host(home);
//     const auto server = lab.add_host(lab.internet());
//     auto socket = lab.inside(laptop, [&] { return UdpSocket::open(runtime, anywhere); });
//     auto peer = lab.spawn(server, {program, "--headless"});
//     lab.reboot(home);
//
// The internet is 11.0.0.0/16, addresses like any: what is reserved (RFC 6890) routers take for the inside of
// another NAT. Nothing leads out of the laboratory. What is behind the n-th NAT is 10.n.0.0/24. IPv4 only:
// there is no IPv6 by which peers could go around a NAT. Behind one NAT all hear each other directly. A
// packet needs some ten microseconds from host to host and none is lost, unless a cable on its way, of a host
// or of a NAT, was given a network model, which each of its directions follows.
//
// Nothing outlives the test, nor a crash of it (NetworkNamespace, Process). What a lab does either works or
// throws a std::runtime_error with the words of the program that failed; ask missing() first, and skip the
// test if something is. NatLabTest does that (nat_lab_fixture.hpp). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "natlab/impaired_cable.hpp"
#include "natlab/network_namespace.hpp"
#include "natlab/process.hpp"
#include "tutti/base/strong.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/net/model/network_model.hpp"
#include "tutti/net/nat/nat_kind.hpp"

namespace tutti::natlab {

class NatLab {
 public:
  /// The internet, or what is behind a NAT. Stands also for the NAT.
  using Network = Strong<struct NetworkTag, std::size_t>;
  using Host = Strong<struct HostTag, std::size_t>;

  /// Of each, and of the addresses that a network gives away; one more is a broken rule.
  static constexpr std::size_t networks_max = 200;
  static constexpr std::size_t addresses_max = 200;

  /// What this machine lacks for such a laboratory, in a sentence; nothing if it can begin.
  static std::optional<std::string> missing();

  /// With an internet in which nobody is yet.
  NatLab();

  [[nodiscard]] Network internet() const { return Network(0); }

  /// A NAT plugged into `outside`, which may be behind another NAT; what is behind it. Its mappings live
  /// whole seconds. Without a model its cable is as good as the machine.
  Network add_nat(Network outside, const NatKind& kind, NetworkModelPtr cable = {});
  Host add_host(Network network, NetworkModelPtr cable = {});

  /// An endpoint at the host's own address, which is an inner one behind a NAT.
  [[nodiscard]] Endpoint endpoint(Host host, std::uint16_t port = 0) const;
  /// An endpoint at the external address of a NAT.
  [[nodiscard]] Endpoint external(Network nat, std::uint16_t port = 0) const;

  /// Calls `function` in the host: sockets that it opens and processes that it starts are that host's, for
  /// good. Returns what it returns.
  template <typename Function>
  decltype(auto) inside(Host host, Function&& function) const {
    return node(host).space.inside(std::forward<Function>(function));
  }
  /// Where a network's router is: what it does besides is up to the test.
  [[nodiscard]] const NetworkNamespace& space(Network network) const;
  /// Runs a program in the host; it is killed with the Process that stands for it, and with the calling
  /// thread.
  [[nodiscard]] Process spawn(Host host, const std::vector<std::string>& arguments) const;

  /// The NAT starts again: it has forgotten its mappings, and gives no coming one the port it had.
  void reboot(Network nat);
  /// The same, and it has another external address from now on, as many providers give one each day.
  void readdress(Network nat);
  /// The host leaves its network for another, where it has a new address. Sockets that are bound to no
  /// address stay open, those bound to the old one hear nothing any more.
  void move(Host host, Network target);
  /// Whether the NAT lets no UDP through in either direction; no mapping is forgotten.
  void block_udp(Network nat, bool blocked);
  /// Whether those behind the NAT reach each other by its external endpoints (RFC 4787, 6).
  void set_hairpinning(Network nat, bool on);
  /// Another model for the cable of a host or a NAT that has had one from the begin, and for what is sent
  /// from now on.
  void set_cable(Host host, NetworkModelPtr model);
  void set_cable(Network nat, NetworkModelPtr model);

 private:
  /// A host, or what a NAT is by its outer side.
  struct Node {
    NetworkNamespace space{};
    std::uint32_t address = 0;      // in the network that it is plugged into
    NetworkModelPtr cable_model{};  // none if the cable is the kernel's own
    std::unique_ptr<ImpairedCable> cable{};
  };
  struct Router : Node {
    std::size_t outside = 0;  // of a NAT
    std::uint32_t inner_address = 0;
    int prefix_length = 0;
    std::uint32_t addresses_given = 0;
    NatKind kind{};  // of a NAT
    unsigned reboots = 0;
    bool hairpinning = false;
  };

  [[nodiscard]] const Node& node(Host host) const;
  Router& nat(Network nat);
  Router& router(Network network);
  Router new_router(std::uint32_t inner_address, int prefix_length);
  void plug(Node& node, Network network);
  static void set_cable(Node& node, NetworkModelPtr model);

  std::vector<Router> routers_;  // that of the internet is the first
  std::vector<Node> hosts_;
};

}  // namespace tutti::natlab
