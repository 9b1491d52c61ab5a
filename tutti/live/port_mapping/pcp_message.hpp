// Datagrams of the Port Control Protocol (RFC 6887): those of its MAP opcode (section 11) for UDP over IPv4.
// Pure functions between values and bytes.
//
//   request    version opcode 0         lifetime   client's address (16)    \ 24 bytes
//   response   version opcode 0 result  lifetime   epoch       0 (12)       /
//   both       nonce (12)  protocol 0 0 0  internal port, external port, external address (16)
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "tutti/base/bytes.hpp"
#include "tutti/net/endpoint.hpp"

namespace tutti {

/// Names a mapping: only who knows it can renew or remove it.
using PcpNonce = std::array<std::uint8_t, 12>;

struct PcpMapRequest {
  Endpoint client;   ///< where it is asked from, as the router must see it; its port is not said
  PcpNonce nonce{};  ///< the same for a mapping's whole life
  std::uint32_t lifetime_seconds;  ///< 0 removes the mapping
  std::uint16_t internal_port;
  Endpoint suggested;  ///< the external one that one would like; port 0 for any
};

struct PcpMapResponse {
  /// RFC 6887, 7.4. More may come.
  enum class Result : std::uint8_t {
    success,
    unsupported_version,
    not_authorized,
    malformed_request,
    unsupported_opcode,
    unsupported_option,
    malformed_option,
    network_failure,
    no_resources,
    unsupported_protocol,
    user_exceeded_quota,
    cannot_provide_external,
    address_mismatch,
    excessive_remote_peers,
  };

  Result result{};
  // Nothing below is said by a router that speaks another version.
  std::uint32_t lifetime_seconds = 0;
  PcpNonce nonce{};
  std::uint16_t internal_port = 0;
  Endpoint external{};

  bool operator==(const PcpMapResponse&) const = default;
};

Bytes encode_pcp(const PcpMapRequest& request);

/// Nothing for what is no answer to a MAP of UDP. An answer in another version, as a router that speaks
/// NAT-PMP only gives it (RFC 6887, appendix A), is one whose result says so.
std::optional<PcpMapResponse> decode_pcp(ByteView datagram);

/// A few words for a person.
std::string_view describe(PcpMapResponse::Result result);

}  // namespace tutti
