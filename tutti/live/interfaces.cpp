#include "tutti/live/interfaces.hpp"

#include <cstring>
#include <memory>
#include <optional>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace tutti {
namespace {

/// Nothing if it is of another kind than IP.
std::optional<Endpoint> endpoint_of(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return Endpoint::v4(ntohl(v4.sin_addr.s_addr), 0);
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  Endpoint endpoint;
  std::memcpy(endpoint.address.data(), &v6.sin6_addr, endpoint.address.size());
  return endpoint;
}

/// fe80::/10 (RFC 4291, 2.4): means something on one interface only.
bool is_link_local(const Endpoint& endpoint) {
  return endpoint.address[0] == 0xfe && (endpoint.address[1] & 0xc0) == 0x80;
}

}  // namespace

std::vector<InterfaceAddress> interface_addresses(
    const std::function<bool(const InterfaceAddress&)>& wanted) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::vector<InterfaceAddress> outside;
  std::vector<InterfaceAddress> loopback;
  for (const auto* one = list; one != nullptr; one = one->ifa_next) {
    const auto endpoint = endpoint_of(one->ifa_addr);
    if (!endpoint || (one->ifa_flags & IFF_UP) == 0) continue;
    InterfaceAddress address{.interface = one->ifa_name,
                             .loopback = (one->ifa_flags & IFF_LOOPBACK) != 0,
                             .multicast = (one->ifa_flags & IFF_MULTICAST) != 0,
                             .endpoint = *endpoint};
    if (wanted(address)) (address.loopback ? loopback : outside).push_back(std::move(address));
  }
  return outside.empty() ? loopback : outside;
}

std::vector<Endpoint> reachable_endpoints(const Endpoint& local) {
  if (local.address != Endpoint{}.address) return {local};
  std::vector<Endpoint> endpoints;
  for (const auto& each :
       interface_addresses([](const InterfaceAddress& address) { return !is_link_local(address.endpoint); }))
    endpoints.push_back({each.endpoint.address, local.port});
  return endpoints;
}

}  // namespace tutti
