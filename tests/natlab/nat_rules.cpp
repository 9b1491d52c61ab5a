#include "natlab/nat_rules.hpp"

#include <chrono>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace tutti::natlab {
namespace {

using enum NatDependence;

/// A NAT's own ports: outside those that Linux gives to sockets (32768 to 60999) and those that tests like to
/// name, so that a port that is preserved is none of them; and others after each reboot.
constexpr unsigned pool_first(unsigned reboots) {
  return reboots % 2 == 0 ? 61'440 : 20'480;
}
static_assert(pool_first(0) + pool_ports - 1 <= 65'535 && pool_first(0) > 60'999);
static_assert(pool_first(1) + pool_ports - 1 < 32'768);

/// The ports of the pool in the order in which they are given away: as numbers of a map. Multiplying by an
/// odd number is a permutation of a power of two: no port comes twice, and who does not know does not guess
/// the next one.
std::string pool(NatPorts ports, unsigned reboots) {
  static_assert((pool_ports & (pool_ports - 1)) == 0);
  const unsigned factor = ports == NatPorts::sequential ? 1 : 677;
  std::string text;
  for (unsigned i = 0; i < pool_ports; ++i)
    fmt::format_to(std::back_inserter(text), "{} : {}, ", i, pool_first(reboots) + i * factor % pool_ports);
  return text;
}

/// A table that rules fill, whose entries live as long as a mapping.
std::string table(std::string_view declaration, Duration lifetime) {
  return fmt::format("{{ type {}; size 65535; flags dynamic,timeout; timeout {}ms; }}", declaration,
                     std::chrono::ceil<std::chrono::milliseconds>(lifetime).count());
}

}  // namespace

std::string nat_rules(const NatKind& kind, std::string_view external_address, unsigned reboots) {
  // The inner endpoint, and the remote as far as the mapping cares: as of a packet that leaves, before its
  // source is rewritten and, from the memory of its flow, after. In a flow that was begun from outside the
  // inner endpoint is the one that replies. ("meta l4proto udp" tells nft what kind of ports they are.)
  const bool by_address = kind.mapping == address_dependent;
  const std::string remote_of_mapping = by_address ? " . ip daddr" : "";
  const std::string leaving = "ip saddr . udp sport" + remote_of_mapping;
  const std::string_view begun_inside = "ct original ip saddr . ct original proto-src";
  const std::string_view begun_outside = "ct reply ip saddr . ct reply proto-src";

  std::string tables;
  std::string let_in;
  std::string map_again;
  std::string preserve;
  std::string learn;

  // Mapping. If it depends on all of a flow the kernel's own memory is enough.
  if (kind.mapping != address_and_port_dependent) {
    tables += fmt::format("map mappings {}\n",
                          table(by_address ? "ipv4_addr . inet_service . ipv4_addr : inet_service"
                                           : "ipv4_addr . inet_service : inet_service",
                                kind.mapping_lifetime));
    map_again = fmt::format("meta l4proto udp snat ip to {}:{} map @mappings", external_address, leaving);
    learn += fmt::format("meta l4proto udp ct direction original update @mappings {{ {}{} : udp sport }}\n",
                         begun_inside, remote_of_mapping);
    // By which it was spoken to, it answers and goes on.
    learn += fmt::format("meta l4proto udp ct direction reply update @mappings {{ {}{} : udp sport }}\n",
                         begun_outside, remote_of_mapping);
  }

  // Ports. The kernel would preserve a port twice if the remotes differ; RFC 4787, REQ-3 forbids that. After
  // a reboot nothing is preserved: it would be the port of before.
  if (kind.ports == NatPorts::preserved && reboots == 0) {
    tables += fmt::format("set taken {}\n", table("inet_service", kind.mapping_lifetime));
    preserve =
        fmt::format("udp sport < {} udp sport != @taken snat ip to {}", pool_first(0), external_address);
    learn += "meta l4proto udp update @taken { udp sport }\n";
  }

  // Filtering. What answers a flow is let in by the kernel, what else is by this table: the external port,
  // and the remote's address if that matters, lead to the inner endpoint.
  if (kind.filtering != address_and_port_dependent) {
    const bool anybody = kind.filtering == endpoint_independent;
    tables += fmt::format("map permitted {}\n",
                          table(anybody ? "inet_service : ipv4_addr . inet_service"
                                        : "ipv4_addr . inet_service : ipv4_addr . inet_service",
                                kind.mapping_lifetime));
    const std::string_view remote_in = anybody ? "" : "ip saddr . ";
    const std::string_view remote_out = anybody ? "" : "ip daddr . ";
    let_in = fmt::format("iifname {} ip daddr {} meta l4proto udp dnat ip to {}udp dport map @permitted",
                         uplink_name, external_address, remote_in);
    learn += fmt::format("meta l4proto udp ct direction original update @permitted {{ {}udp sport : {} }}\n",
                         remote_out, begun_inside);
    learn += fmt::format("meta l4proto udp ct direction reply update @permitted {{ {}udp sport : {} }}\n",
                         remote_out, begun_outside);
  }

  // The chains of type nat see the first packet of a flow, those of type filter see all.
  return fmt::format(R"(
add table ip nat
delete table ip nat
table ip nat {{
  {tables}
  chain inbound {{
    type nat hook prerouting priority dstnat
    {let_in}
  }}
  chain outbound {{
    type nat hook postrouting priority srcnat
    oifname != {uplink} accept
    {map_again}
    {preserve}
    meta l4proto udp snat ip to {external}:numgen inc mod {pool_ports} map {{ {pool} }}
    snat ip to {external}
  }}
  # Right after the source has been rewritten: it is the external endpoint here.
  chain learn {{
    type filter hook postrouting priority srcnat + 100
    oifname != {uplink} accept
    {learn}
  }}
  # What is not let in is for the NAT itself. If it took or refused it, the kernel would remember a flow that
  # stands in the way of those inside who later send to where it came from.
  chain input {{
    type filter hook input priority filter
    # Those inside may ask it for port mappings.
    iifname {inner} udp dport {{ 1900, 5351 }} accept
    meta l4proto udp drop
  }}
}}
)",
                     fmt::arg("tables", tables), fmt::arg("let_in", let_in), fmt::arg("map_again", map_again),
                     fmt::arg("preserve", preserve), fmt::arg("learn", learn),
                     fmt::arg("uplink", uplink_name), fmt::arg("inner", inner_name),
                     fmt::arg("external", external_address), fmt::arg("pool_ports", pool_ports),
                     fmt::arg("pool", pool(kind.ports, reboots)));
}

std::string udp_rules(bool blocked) {
  return fmt::format(R"(
add table ip blocking
delete table ip blocking
table ip blocking {{
  chain forward {{
    type filter hook forward priority filter
    {}
  }}
}}
)",
                     blocked ? "meta l4proto udp drop" : "");
}

}  // namespace tutti::natlab
