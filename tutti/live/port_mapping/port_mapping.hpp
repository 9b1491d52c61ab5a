// Port mappings: a home router is asked to pass on what strangers send to a port of its own, so that a peer
// behind it can be reached as if it stood outside. A PortMapper is one protocol for that; there are three,
// and many routers speak one of them: PCP (RFC 6887), its predecessor NAT-PMP (RFC 6886), and UPnP's Internet
// gateway device. A PortMappingKeeper asks by one after the other (port_mapping_keeper.hpp).
//
// A router lends a mapping for a time and forgets it then, so a peer that dies leaves nothing behind for
// long. What it says is believed as far as it can do no harm: a wrong endpoint costs others a few packets.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/base/time.hpp"
#include "tutti/live/gateway.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti {

/// What is sent to `external` on the Internet comes to a UDP port of this machine.
struct PortMapping {
  std::uint16_t internal_port = 0;
  Endpoint external;    ///< of the router
  Duration lifetime{};  ///< from when the router has given it

  bool operator==(const PortMapping&) const = default;
};

/// What an error says of a router that has not said anything.
inline constexpr std::string_view no_answer = "no answer";

/// As all three protocols write a lifetime, which is positive.
inline std::uint32_t seconds_of(Duration lifetime) {
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(lifetime).count());
}

/// Lives on one runtime's thread and never keeps it waiting.
class PortMapper {
 public:
  /// The error is a few words on why there is none. Called once, perhaps from within ask().
  using Answered = std::move_only_function<void(std::expected<PortMapping, std::string>)>;

  PortMapper() = default;
  PortMapper(const PortMapper&) = delete;
  PortMapper& operator=(const PortMapper&) = delete;
  virtual ~PortMapper() = default;

  /// For people.
  [[nodiscard]] virtual std::string_view protocol() const = 0;
  /// Asks for a mapping of that port that lasts so long; the router may give it for less or for more. The one
  /// that was had before is renewed by asking for it again. What was asked before is not answered any more.
  virtual void ask(const Gateway& gateway, const PortMapping& wanted, Answered answered) = 0;
  /// Tells the router that it is not needed any more, once: it ends by itself as well.
  virtual void remove(const Gateway& gateway, const PortMapping& mapping) = 0;
};

/// The runtime outlives the result.
using PortMapperOpener = std::function<std::unique_ptr<PortMapper>(RealRuntime&)>;

PortMapperOpener pcp();
PortMapperOpener nat_pmp();
PortMapperOpener upnp();
/// All three in the order of RFC 6887, appendix A: the newest first.
std::vector<PortMapperOpener> port_mappers();

}  // namespace tutti
