#include "tutti/net/nat/nat_box.hpp"

#include <limits>

namespace tutti {
namespace {

/// Ports below are not given to mappings, unless preserved.
constexpr std::uint16_t first_port = 1024;
constexpr std::size_t port_count = std::numeric_limits<std::uint16_t>::max() - first_port + 1;

Endpoint cared_for(NatDependence dependence, const Endpoint& remote) {
  switch (dependence) {
    case NatDependence::endpoint_independent:
      return {};
    case NatDependence::address_dependent:
      return {remote.address, 0};
    case NatDependence::address_and_port_dependent:
      break;
  }
  return remote;
}

}  // namespace

bool NatBox::alive(std::uint16_t port, TimePoint now) const {
  const auto found = mappings_.find(port);
  return found != mappings_.end() && now < found->second.expires;
}

void NatBox::forget_expired(TimePoint now) {
  swept_at_ = now;
  std::erase_if(mappings_, [&](const auto& mapping) { return mapping.second.expires <= now; });
  std::erase_if(flows_, [&](const auto& flow) { return !mappings_.contains(flow.second); });
  for (auto& [port, mapping] : mappings_)
    std::erase_if(mapping.permitted, [&](const auto& permit) { return permit.second <= now; });
}

std::optional<std::uint16_t> NatBox::free_port(std::uint16_t preferred) {
  const auto is_free = [&](std::uint16_t port) {
    return port != 0 && !mappings_.contains(port) && !retired_.contains(port);
  };
  if (kind_.ports == NatPorts::preserved && is_free(preferred)) return preferred;
  const bool in_order = kind_.ports == NatPorts::sequential && last_port_ != 0;
  std::size_t at = in_order ? last_port_ + 1u - first_port : random_.below(port_count);
  for (std::size_t tried = 0; tried < port_count; ++tried, ++at)
    if (const auto port = static_cast<std::uint16_t>(first_port + at % port_count); is_free(port))
      return port;
  return std::nullopt;
}

std::optional<Endpoint> NatBox::outbound(TimePoint now, const Endpoint& inside, const Endpoint& remote) {
  const Flow flow{inside, cared_for(kind_.mapping, remote)};
  auto found = flows_.find(flow);
  if (found == flows_.end() || !alive(found->second, now)) {
    if (now - swept_at_ >= kind_.mapping_lifetime / 4) forget_expired(now);
    auto port = free_port(inside.port);
    if (!port && now > swept_at_) {
      forget_expired(now);
      port = free_port(inside.port);
    }
    if (!port) return std::nullopt;
    last_port_ = *port;
    mappings_.emplace(*port, Mapping{inside, now});
    found = flows_.insert_or_assign(flow, *port).first;
  }
  auto& mapping = mappings_.at(found->second);
  mapping.expires = now + kind_.mapping_lifetime;
  mapping.permitted.insert_or_assign(cared_for(kind_.filtering, remote), mapping.expires);
  return Endpoint{external_, found->second};
}

std::optional<Endpoint> NatBox::inbound(TimePoint now, const Endpoint& remote, std::uint16_t port) {
  if (!alive(port, now)) return std::nullopt;
  const auto& [inside, expires, permitted] = mappings_.at(port);
  const auto permit = permitted.find(cared_for(kind_.filtering, remote));
  if (permit == permitted.end() || permit->second <= now) return std::nullopt;
  flows_.insert_or_assign({inside, cared_for(kind_.mapping, remote)}, port);
  return inside;
}

void NatBox::reboot() {
  retired_.clear();
  for (const auto& [port, mapping] : mappings_) retired_.insert(port);
  mappings_.clear();
  flows_.clear();
}

}  // namespace tutti
