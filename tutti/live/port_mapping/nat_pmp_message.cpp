#include "tutti/live/port_mapping/nat_pmp_message.hpp"

#include "tutti/base/big_endian.hpp"

namespace tutti {
namespace {

constexpr std::uint8_t version = 0;
constexpr std::uint8_t address_opcode = 0;
constexpr std::uint8_t map_udp_opcode = 1;
constexpr std::uint8_t response_flag = 0x80;
constexpr std::size_t refusal_bytes = 4;
constexpr std::size_t address_response_bytes = 12;
constexpr std::size_t map_response_bytes = 16;

}  // namespace

Bytes encode_nat_pmp_address_request() {
  return {version, address_opcode};
}

Bytes encode_nat_pmp(const NatPmpMapRequest& request) {
  Bytes bytes(12);
  bytes[0] = version;
  bytes[1] = map_udp_opcode;
  write_big_endian(request.internal_port, std::span(bytes).subspan(4, 2));
  write_big_endian(request.suggested_port, std::span(bytes).subspan(6, 2));
  write_big_endian(request.lifetime_seconds, std::span(bytes).subspan(8, 4));
  return bytes;
}

std::optional<NatPmpResponse> decode_nat_pmp(ByteView datagram) {
  if (datagram.size() < refusal_bytes || datagram[0] != version) return std::nullopt;
  const NatPmpResult result{read_big_endian<std::uint16_t>(datagram, 2)};
  const bool success = result == NatPmpResult::success;
  switch (datagram[1]) {
    case response_flag | address_opcode:
      if (!success) return NatPmpAddressResponse{.result = result};
      if (datagram.size() != address_response_bytes) return std::nullopt;
      return NatPmpAddressResponse{.external = Endpoint::v4(read_big_endian<std::uint32_t>(datagram, 8), 0)};
    case response_flag | map_udp_opcode:
      if (!success) return NatPmpMapResponse{.result = result};
      if (datagram.size() != map_response_bytes) return std::nullopt;
      return NatPmpMapResponse{.internal_port = read_big_endian<std::uint16_t>(datagram, 8),
                               .external_port = read_big_endian<std::uint16_t>(datagram, 10),
                               .lifetime_seconds = read_big_endian<std::uint32_t>(datagram, 12)};
    default:
      return std::nullopt;
  }
}

std::string_view describe(NatPmpResult result) {
  switch (result) {
    case NatPmpResult::success:
      return "success";
    case NatPmpResult::unsupported_version:
      return "it speaks another version";
    case NatPmpResult::not_authorized:
      return "it does not allow that";
    case NatPmpResult::network_failure:
      return "it has no external address";
    case NatPmpResult::out_of_resources:
      return "it cannot keep more mappings";
    case NatPmpResult::unsupported_opcode:
      return "it does not do that";
  }
  return "it refuses";
}

}  // namespace tutti
