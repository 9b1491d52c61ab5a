#include "natlab/port_mapping_router.hpp"

#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "natlab/nat_rules.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::natlab {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view program = TUTTI_MINIUPNPD;
/// That takes milliseconds.
constexpr Duration start_duration_max = 30s;

/// The chains that miniupnpd fills; its rules come before those of the NAT itself.
constexpr std::string_view rules = R"(
table inet mapping_filter {
  chain mapped { }
  chain forward {
    type filter hook forward priority filter
    jump mapped
  }
}
table inet mapping_nat {
  chain mapped { }
  chain mapped_out { }
  chain inbound {
    type nat hook prerouting priority dstnat - 10
    jump mapped
  }
  chain outbound {
    type nat hook postrouting priority srcnat - 10
    jump mapped_out
  }
}
)";

}  // namespace

PortMappingRouter::PortMappingRouter(const NatLab& lab, NatLab::Network nat, Options options)
    : space_(lab.space(nat)) {
  const auto configuration = folder_ / "miniupnpd.conf";
  std::ofstream(configuration) << fmt::format(
      "ext_ifname={}\n"
      "listening_ip={}\n"
      "enable_natpmp={}\n"
      "enable_upnp={}\n"
      "secure_mode=yes\n"
      "uuid=7773a142-fa68-469d-bc03-cfb599d2ce57\n"
      "upnp_table_name=mapping_filter\n"
      "upnp_nat_table_name=mapping_nat\n"
      "upnp_forward_chain=mapped\n"
      "upnp_nat_chain=mapped\n"
      "upnp_nat_postrouting_chain=mapped_out\n"
      "{} 1024-65535 0.0.0.0/0 1024-65535\n",
      uplink_name, inner_name, options.pcp_and_nat_pmp ? "yes" : "no", options.upnp ? "yes" : "no",
      options.refuses ? "deny" : "allow");
  space_.inside([&] {
    run({"nft", "-f", "-"}, rules);
    program_.emplace(dying_with_this_thread({std::string(program), "-d", "-f", configuration.string(), "-P",
                                             (folder_ / "miniupnpd.pid").string()}));
  });
  const auto listens = [&] {
    const auto said = output();
    return (!options.upnp || said.contains("HTTP listening")) &&
           (!options.pcp_and_nat_pmp || said.contains("Listening for NAT-PMP/PCP"));
  };
  for (const auto end = real_now() + start_duration_max; !listens();)
    if (program_->wait(1ms) || real_now() > end)
      throw std::runtime_error("miniupnpd does not begin to listen: " + output());
}

std::string PortMappingRouter::mappings() const {
  return space_.inside([] { return run({"nft", "list", "chain", "inet", "mapping_nat", "mapped"}); });
}

}  // namespace tutti::natlab
