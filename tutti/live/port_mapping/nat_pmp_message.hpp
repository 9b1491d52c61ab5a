// Datagrams of the NAT Port Mapping Protocol (RFC 6886, section 3), the predecessor of PCP: one question for
// the router's external address, and one for a mapping of a UDP port. Pure functions between values and
// bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "tutti/base/bytes.hpp"
#include "tutti/net/endpoint.hpp"

namespace tutti {

struct NatPmpMapRequest {
  std::uint16_t internal_port;
  std::uint16_t suggested_port;    ///< 0 for any; both 0 in a removal
  std::uint32_t lifetime_seconds;  ///< 0 removes the mapping
};

/// RFC 6886, 3.5. More may come.
enum class NatPmpResult : std::uint16_t {
  success,
  unsupported_version,
  not_authorized,
  network_failure,
  out_of_resources,
  unsupported_opcode,
};

struct NatPmpAddressResponse {
  NatPmpResult result{};
  Endpoint external{};  ///< without a port; only of a success

  bool operator==(const NatPmpAddressResponse&) const = default;
};
struct NatPmpMapResponse {
  NatPmpResult result{};
  std::uint16_t internal_port = 0;
  std::uint16_t external_port = 0;
  std::uint32_t lifetime_seconds = 0;

  bool operator==(const NatPmpMapResponse&) const = default;
};
using NatPmpResponse = std::variant<NatPmpAddressResponse, NatPmpMapResponse>;

Bytes encode_nat_pmp_address_request();
Bytes encode_nat_pmp(const NatPmpMapRequest& request);

/// Nothing for what answers neither question. A refusal may be shorter than a success.
std::optional<NatPmpResponse> decode_nat_pmp(ByteView datagram);

/// A few words for a person.
std::string_view describe(NatPmpResult result);

}  // namespace tutti
