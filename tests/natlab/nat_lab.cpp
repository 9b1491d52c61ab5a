#include "natlab/nat_lab.hpp"

#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "natlab/connections.hpp"
#include "natlab/nat_rules.hpp"
#include "tutti/base/require.hpp"
#include "tutti/net/model/delays.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::natlab {
namespace {

constexpr std::uint32_t internet_address = 0x0b000001;  // 11.0.0.1
constexpr int internet_prefix = 16;
constexpr int inner_prefix = 24;

/// That takes milliseconds.
constexpr Duration device_duration_max = std::chrono::seconds(10);

/// Routes of a NAT whose hairpinning is on.
constexpr int hairpin_table = 100;

constexpr std::uint32_t inner_address_of(std::size_t network) {
  return 0x0a000001 + (static_cast<std::uint32_t>(network) << 16);  // 10.n.0.1
}

std::string address_text(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

/// Each line a command of ip(8), in the calling thread's namespace.
void ip(std::string_view commands) {
  run({"ip", "-batch", "-"}, commands);
}

void nft(std::string_view rules) {
  run({"nft", "-f", "-"}, rules);
}

/// A setting of the calling thread's namespace, by its path below /proc/sys/net.
void set(std::string_view name, std::int64_t value) {
  std::ofstream file(fmt::format("/proc/sys/net/{}", name));
  if (!(file << value << std::flush))
    throw std::runtime_error(fmt::format("cannot set {} to {}", name, value));
}

void set_if_there(std::string_view name, std::int64_t value) {
  if (std::filesystem::exists(fmt::format("/proc/sys/net/{}", name))) set(name, value);
}

/// Waits until a device of the calling thread's namespace carries packets. The kernel sees to that in the
/// background once both ends of a cable are up; what is sent before is lost.
void wait_until_running(std::string_view device) {
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  for (const auto end = real_now() + device_duration_max; real_now() < end; ::poll(nullptr, 0, 1)) {
    if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) break;
    if ((request.ifr_flags & IFF_RUNNING) != 0) return;
  }
  throw std::runtime_error(fmt::format("the device {} does not begin to run", device));
}

/// What hosts and routers have in common. Without IPv6 peers have no second way to each other; a kernel that
/// has none is well.
void begin_node() {
  for (const std::string_view name : {"all", "default"})
    set_if_there(fmt::format("ipv6/conf/{}/disable_ipv6", name), 1);
  ip("link set lo up\n");
}

/// A router passes on also what comes from its own address, and back to where it came from: so a packet of
/// hairpinning returns from outside.
void begin_router(std::uint32_t inner_address, int prefix_length) {
  // A machine may be set to show the firewall also what only passes a bridge, which is between neighbours.
  set_if_there("bridge/bridge-nf-call-iptables", 0);
  for (const std::string_view name : {"all", "default"}) {
    set(fmt::format("ipv4/conf/{}/rp_filter", name), 0);
    set(fmt::format("ipv4/conf/{}/send_redirects", name), 0);
    set(fmt::format("ipv4/conf/{}/accept_local", name), 1);
  }
  set("ipv4/ip_forward", 1);
  // With a hardware address of its own: else it changes as others are plugged in, and who is there already
  // goes on sending to the old one.
  ip(
      fmt::format("link add {0} address 02:00:{1:02x}:{2:02x}:00:01 type bridge\n"
                  "address add {3}/{4} dev {0}\n"
                  "link set {0} up\n",
                  inner_name, inner_address >> 24, inner_address >> 16 & 255, address_text(inner_address),
                  prefix_length));
}

/// For a NAT's own external address, in the calling thread's namespace.
void add_hairpin_route(std::uint32_t outer_router) {
  ip(fmt::format("route add default via {} dev {} table {}\n", address_text(outer_router), uplink_name,
                 hairpin_table));
}

}  // namespace

// By the least that shows it, so that a mistake of our own is a test that fails, not one that is skipped.
std::optional<std::string> NatLab::missing() {
  try {
    const NetworkNamespace space;
    const ImpairedCable cable({space, "tap0"}, {space, "tap1"}, constant_delay(Duration::zero()), 0);
    space.inside([] {
      ip("link add veth0 type veth peer name veth1\n"
         "link add bridge0 type bridge\n");
      nft("table ip nat { chain outbound { type nat hook postrouting priority srcnat; }; }\n");
      set("ipv4/ip_forward", 1);
      forget_connections();
      run(dying_with_this_thread({"true"}));
    });
    return std::nullopt;
  } catch (const std::exception& error) {
    return fmt::format(
        "{}. Needed are the programs ip, nft and setpriv, /dev/net/tun, and the right to make network "
        "namespaces, as root has it",
        error.what());
  }
}

NatLab::NatLab() {
  routers_.push_back(new_router(internet_address, internet_prefix));
}

NatLab::Router NatLab::new_router(std::uint32_t inner_address, int prefix_length) {
  require(routers_.size() < networks_max, "a laboratory has a limited number of networks");
  Router router;
  router.inner_address = inner_address;
  router.prefix_length = prefix_length;
  router.space.inside([&] {
    begin_node();
    begin_router(inner_address, prefix_length);
  });
  return router;
}

NatLab::Network NatLab::add_nat(Network outside, const NatKind& kind, NetworkModelPtr cable) {
  const Network network(routers_.size());
  auto router = new_router(inner_address_of(network.value()), inner_prefix);
  router.kind = kind;
  router.outside = outside.value();
  router.cable_model = std::move(cable);
  plug(router, outside);
  router.space.inside([&] {
    nft(nat_rules(kind, address_text(router.address), 0));
    // How long the kernel remembers a flow that was not answered, and one that was.
    const auto lifetime = std::chrono::ceil<std::chrono::seconds>(kind.mapping_lifetime).count();
    set("netfilter/nf_conntrack_udp_timeout", lifetime);
    set("netfilter/nf_conntrack_udp_timeout_stream", lifetime);
    // So that a rule for what comes from inside can stand before those for its own addresses.
    ip("rule add preference 10 lookup local\n"
       "rule delete preference 0\n");
    add_hairpin_route(routers_[outside.value()].inner_address);
  });
  routers_.push_back(std::move(router));
  if (kind.hairpinning) set_hairpinning(network, true);
  return network;
}

NatLab::Host NatLab::add_host(Network network, NetworkModelPtr cable) {
  Node host;
  host.cable_model = std::move(cable);
  host.space.inside(begin_node);
  plug(host, network);
  hosts_.push_back(std::move(host));
  return Host(hosts_.size() - 1);
}

/// A cable from the node to the bridge of the network's router; its ends are two devices.
void NatLab::plug(Node& node, Network network) {
  auto& router = this->router(network);
  require(router.addresses_given < addresses_max, "a network gives away a limited number of addresses");
  node.address = router.inner_address + ++router.addresses_given;
  const auto port = fmt::format("port{}", router.addresses_given);
  if (node.cable_model) {
    const std::uint64_t seed = node.address;  // no two cables suffer the same
    node.cable =
        std::make_unique<ImpairedCable>(ImpairedCable::End{node.space, std::string(uplink_name)},
                                        ImpairedCable::End{router.space, port}, node.cable_model, seed);
  } else {
    // With an index that no port has: where the two ends have the same one by chance the kernel takes them
    // for less urgent, and lets them wait for up to a second.
    node.space.inside([&] {
      ip(fmt::format("link add {} index 1000 type veth peer name {} netns {}\n", uplink_name, port,
                     router.space.path()));
    });
  }
  node.space.inside([&] {
    ip(fmt::format(
        "address add {1}/{2} dev {0}\n"
        "link set {0} up\n"
        "route add default via {3} dev {0}\n",
        uplink_name, address_text(node.address), router.prefix_length, address_text(router.inner_address)));
  });
  router.space.inside([&] {
    ip(fmt::format("link set {} master {} up\n", port, inner_name));
    wait_until_running(port);
    wait_until_running(inner_name);
  });
  node.space.inside([] { wait_until_running(uplink_name); });
}

Endpoint NatLab::endpoint(Host host, std::uint16_t port) const {
  return Endpoint::v4(node(host).address, port);
}

Endpoint NatLab::external(Network nat, std::uint16_t port) const {
  require(nat.value() > 0 && nat.value() < routers_.size(), "a NAT is one of this laboratory");
  return Endpoint::v4(routers_[nat.value()].address, port);
}

const NetworkNamespace& NatLab::space(Network network) const {
  require(network.value() < routers_.size(), "a network is one of this laboratory");
  return routers_[network.value()].space;
}

Process NatLab::spawn(Host host, const std::vector<std::string>& arguments) const {
  return inside(host, [&] { return Process(dying_with_this_thread(arguments)); });
}

void NatLab::reboot(Network nat) {
  auto& router = this->nat(nat);
  ++router.reboots;
  router.space.inside([&] {
    nft(nat_rules(router.kind, address_text(router.address), router.reboots));
    forget_connections();
  });
}

void NatLab::readdress(Network nat) {
  auto& router = this->nat(nat);
  auto& outside = routers_[router.outside];
  require(outside.addresses_given < addresses_max, "a network gives away a limited number of addresses");
  const auto former = std::exchange(router.address, outside.inner_address + ++outside.addresses_given);
  router.space.inside([&] {
    ip(
        fmt::format("address delete {1}/{3} dev {0}\n"
                    "address add {2}/{3} dev {0}\n"
                    "route add default via {4} dev {0}\n",
                    uplink_name, address_text(former), address_text(router.address), outside.prefix_length,
                    address_text(outside.inner_address)));
    add_hairpin_route(outside.inner_address);
  });
  if (router.hairpinning) {
    set_hairpinning(nat, false);
    set_hairpinning(nat, true);
  }
  reboot(nat);
}

void NatLab::move(Host host, Network target) {
  require(host.value() < hosts_.size(), "a host is one of this laboratory");
  auto& node = hosts_[host.value()];
  if (node.cable)
    node.cable.reset();
  else
    node.space.inside([] { ip(fmt::format("link delete {}\n", uplink_name)); });
  plug(node, target);
}

void NatLab::block_udp(Network nat, bool blocked) {
  this->nat(nat).space.inside([&] { nft(udp_rules(blocked)); });
}

// A packet from inside to the NAT's external address is sent out, as any other, and the router outside sends
// it back: so the same rules map it and decide whether it is let in. Without that it ends at the NAT itself.
void NatLab::set_hairpinning(Network nat, bool on) {
  auto& router = this->nat(nat);
  if (router.hairpinning == on) return;
  router.hairpinning = on;
  router.space.inside([&] {
    ip(on ? fmt::format("rule add preference 5 iif {} to {} lookup {}\n", inner_name,
                        address_text(router.address), hairpin_table)
          : "rule delete preference 5\n");
  });
}

void NatLab::set_cable(Host host, NetworkModelPtr model) {
  require(host.value() < hosts_.size(), "a host is one of this laboratory");
  set_cable(hosts_[host.value()], std::move(model));
}

void NatLab::set_cable(Network nat, NetworkModelPtr model) {
  set_cable(this->nat(nat), std::move(model));
}

void NatLab::set_cable(Node& node, NetworkModelPtr model) {
  require(node.cable && model, "a cable that follows a model goes on to follow one");
  node.cable_model = model;
  node.cable->set_model(std::move(model));
}

const NatLab::Node& NatLab::node(Host host) const {
  require(host.value() < hosts_.size(), "a host is one of this laboratory");
  return hosts_[host.value()];
}

NatLab::Router& NatLab::router(Network network) {
  require(network.value() < routers_.size(), "a network is one of this laboratory");
  return routers_[network.value()];
}

NatLab::Router& NatLab::nat(Network nat) {
  require(nat.value() > 0, "the internet is no NAT");
  return router(nat);
}

}  // namespace tutti::natlab
