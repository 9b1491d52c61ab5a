#include "tutti/live/port_mapping/upnp.hpp"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnperrors.h>

#include "tutti/base/text.hpp"
#include "tutti/live/port_mapping/ssdp_message.hpp"

namespace tutti {
namespace {

// Errors of UPnP (WANIPConnection 2.0, 2.5.16).
constexpr int conflict_in_mapping_entry = 718;
constexpr int same_port_values_required = 724;
constexpr int only_permanent_leases_supported = 725;
/// External ports that are tried.
constexpr std::size_t ports_max = 4;
constexpr std::uint16_t first_free_port = 1024;

std::string address_text(const Endpoint& endpoint) {
  const auto text = endpoint.text();
  return text.substr(0, text.rfind(':'));
}

std::string failure(int code) {
  const char* const words = strupnperror(code);
  return words != nullptr ? words : fmt::format("error {}", code);
}

/// The service of a router that maps ports; all calls block.
class Device {
 public:
  Device(const std::string& location, const Endpoint& router) {
    std::array<char, 64> own{};
    described_ = UPNP_GetIGDFromUrl(location.c_str(), &urls_, &data_, own.data(), own.size()) == 1;
    // The description could name another place.
    usable_ = described_ && urls_.controlURL != nullptr && data_.first.servicetype[0] != '\0' &&
              is_http_at(urls_.controlURL, router);
  }
  ~Device() {
    if (described_) FreeUPNPUrls(&urls_);
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  [[nodiscard]] bool usable() const { return usable_; }

  [[nodiscard]] std::optional<Endpoint> external_address() const {
    std::array<char, 64> text{};
    if (UPNP_GetExternalIPAddress(urls_.controlURL, data_.first.servicetype, text.data()) != 0) return {};
    const auto address = Endpoint::parse(fmt::format("{}:0", text.data()));
    return address && address->is_v4() ? std::optional(*address) : std::nullopt;
  }

  /// 0, or an error.
  [[nodiscard]] int add(const Gateway& gateway, std::uint16_t internal, std::uint16_t external,
                        std::uint32_t seconds) const {
    return UPNP_AddPortMapping(urls_.controlURL, data_.first.servicetype, std::to_string(external).c_str(),
                               std::to_string(internal).c_str(), address_text(gateway.own).c_str(), "tutti",
                               "UDP", nullptr, std::to_string(seconds).c_str());
  }
  void remove(std::uint16_t external) const {
    UPNP_DeletePortMapping(urls_.controlURL, data_.first.servicetype, std::to_string(external).c_str(), "UDP",
                           nullptr);
  }

 private:
  UPNPUrls urls_{};
  IGDdatas data_{};
  bool described_ = false;
  bool usable_ = false;
};

/// `ports` are the external ones to be tried.
std::expected<PortMapping, std::string> map(const std::string& location, const Gateway& gateway,
                                            const PortMapping& wanted,
                                            const std::array<std::uint16_t, ports_max>& ports) {
  const Device device(location, gateway.router);
  if (!device.usable()) return std::unexpected("the router's description is of no use");
  const auto address = device.external_address();
  if (!address) return std::unexpected("the router has no external address");
  auto seconds = seconds_of(wanted.lifetime);
  int error = 0;
  for (auto port : ports) {
    error = device.add(gateway, wanted.internal_port, port, seconds);
    if (error == only_permanent_leases_supported)
      error = device.add(gateway, wanted.internal_port, port, seconds = 0);
    if (error == same_port_values_required)
      error = device.add(gateway, wanted.internal_port, port = wanted.internal_port, seconds);
    // One that is permanent is asked for again all the same, for a router may start again.
    if (error == 0) return PortMapping{wanted.internal_port, {address->address, port}, wanted.lifetime};
    if (error != conflict_in_mapping_entry) break;
  }
  return std::unexpected(failure(error));
}

void unmap(const std::string& location, const Gateway& gateway, std::uint16_t external_port) {
  const Device device(location, gateway.router);
  if (device.usable()) device.remove(external_port);
}

}  // namespace

PortMapperOpener upnp() {
  return [](RealRuntime& runtime) { return std::make_unique<Upnp>(runtime, machine_sockets(runtime)); };
}

void Upnp::abandon() {
  wanted_->store(false);
  wanted_ = std::make_shared<std::atomic<bool>>(true);
  search_.reset();
}

void Upnp::ask(const Gateway& gateway, const PortMapping& wanted, Answered answered) {
  abandon();
  auto socket = open_(gateway.own);
  if (!socket) return answered(std::unexpected("there is no socket for it"));
  const auto search = ssdp_search();
  auto location = std::make_shared<std::string>();
  search_ = std::make_unique<RouterQuestion>(
      runtime_, std::move(socket), ssdp_group(), Bytes(search.begin(), search.end()),
      [location, gateway](const Datagram& datagram) {
        if (datagram.source.address != gateway.router.address) return false;
        *location = ssdp_location(datagram.bytes, gateway.router).value_or("");
        return !location->empty();
      },
      [this, location, gateway, wanted, answered = std::move(answered)](bool came) mutable {
        if (!came) return answered(std::unexpected(std::string(no_answer)));
        found(*location, gateway, wanted, std::move(answered));
      });
}

void Upnp::found(const std::string& location, const Gateway& gateway, const PortMapping& wanted,
                 Answered answered) {
  location_ = location;
  std::array<std::uint16_t, ports_max> ports{};
  for (auto& port : ports)
    port = static_cast<std::uint16_t>(first_free_port + runtime_.random().below(65'536 - first_free_port));
  if (wanted.external.port != 0) ports[0] = wanted.external.port;
  worker_.post(
      [this, location, gateway, wanted, ports, still = wanted_, answered = std::move(answered)]() mutable {
        if (!*still) return;
        auto mapping = map(location, gateway, wanted, ports);
        if (mapping && !*still) unmap(location, gateway, mapping->external.port);  // nobody else would
        runtime_.post([still, mapping = std::move(mapping), answered = std::move(answered)]() mutable {
          if (*still) answered(std::move(mapping));
        });
      });
}

void Upnp::remove(const Gateway& gateway, const PortMapping& mapping) {
  abandon();
  worker_.post(
      [location = location_, gateway, port = mapping.external.port] { unmap(location, gateway, port); });
}

}  // namespace tutti
