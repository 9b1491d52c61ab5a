// A NAT for the laboratory: gives the traffic of those behind it an external endpoint, and lets in what its
// kind lets in. A pure function of what passes through it and of its random stream.
//
// A mapping belongs to one inner endpoint and, as its kind says, to one remote address or endpoint; it has an
// external port of its own. What comes to that port is let in if the mapping has sent to where it comes from,
// as far as the filtering cares, not longer ago than the mapping's lifetime. Answers to what was let in leave
// by the mapping that it came through.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "tutti/base/random.hpp"
#include "tutti/base/time.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/net/nat/nat_kind.hpp"

namespace tutti {

class NatBox {
 public:
  using Address = decltype(Endpoint::address);

  NatBox(const NatKind& kind, const Address& external, Random random)
      : kind_(kind), external_(external), random_(random) {}

  /// A packet leaves: the external endpoint that it seems to come from. Nothing if no port is free.
  std::optional<Endpoint> outbound(TimePoint now, const Endpoint& inside, const Endpoint& remote);
  /// A packet from outside has come to an external port: whom it is for. Nothing if it is not let in.
  std::optional<Endpoint> inbound(TimePoint now, const Endpoint& remote, std::uint16_t port);

  /// It starts again, and has forgotten all mappings; none of the coming ones has the port it had.
  void reboot();

  [[nodiscard]] const NatKind& kind() const { return kind_; }
  [[nodiscard]] const Address& external_address() const { return external_; }
  /// Those in use or not yet found out of use.
  [[nodiscard]] std::size_t mapping_count() const { return mappings_.size(); }

 private:
  struct Mapping {
    Endpoint inside;
    TimePoint expires;
    std::map<Endpoint, TimePoint> permitted{};  // remotes as far as the filtering cares, and until when
  };
  /// Inner endpoint, and the remote as far as the mapping cares.
  using Flow = std::pair<Endpoint, Endpoint>;

  [[nodiscard]] bool alive(std::uint16_t port, TimePoint now) const;
  void forget_expired(TimePoint now);
  std::optional<std::uint16_t> free_port(std::uint16_t preferred);

  NatKind kind_;
  Address external_;
  Random random_;
  std::map<std::uint16_t, Mapping> mappings_;  // by external port
  std::map<Flow, std::uint16_t> flows_;
  std::set<std::uint16_t> retired_;  // before the last reboot
  std::uint16_t last_port_ = 0;
  TimePoint swept_at_{};
};

}  // namespace tutti
