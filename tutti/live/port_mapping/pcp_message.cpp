#include "tutti/live/port_mapping/pcp_message.hpp"

#include <algorithm>

#include <netinet/in.h>

#include "tutti/base/big_endian.hpp"

namespace tutti {
namespace {

constexpr std::uint8_t version = 2;
constexpr std::uint8_t map_opcode = 1;
constexpr std::uint8_t response_flag = 0x80;
constexpr std::size_t message_bytes = 60;
constexpr std::size_t message_bytes_max = 1100;  // RFC 6887, 7: options may follow
constexpr std::uint8_t udp = IPPROTO_UDP;

// Where each field begins.
constexpr std::size_t result_at = 3;
constexpr std::size_t lifetime_at = 4;
constexpr std::size_t client_at = 8;
constexpr std::size_t nonce_at = 24;
constexpr std::size_t protocol_at = 36;
constexpr std::size_t internal_port_at = 40;
constexpr std::size_t external_port_at = 42;
constexpr std::size_t external_address_at = 44;

}  // namespace

Bytes encode_pcp(const PcpMapRequest& request) {
  Bytes bytes(message_bytes);
  const auto place = [&](std::size_t at, std::size_t size) { return std::span(bytes).subspan(at, size); };
  bytes[0] = version;
  bytes[1] = map_opcode;
  write_big_endian(request.lifetime_seconds, place(lifetime_at, 4));
  std::ranges::copy(request.client.address, place(client_at, 16).begin());
  std::ranges::copy(request.nonce, place(nonce_at, request.nonce.size()).begin());
  bytes[protocol_at] = udp;
  write_big_endian(request.internal_port, place(internal_port_at, 2));
  write_big_endian(request.suggested.port, place(external_port_at, 2));
  std::ranges::copy(request.suggested.address, place(external_address_at, 16).begin());
  return bytes;
}

std::optional<PcpMapResponse> decode_pcp(ByteView datagram) {
  if (datagram.size() <= result_at || (datagram[1] & response_flag) == 0) return std::nullopt;
  PcpMapResponse response;
  if (datagram[0] != version) {
    response.result = PcpMapResponse::Result::unsupported_version;
    return response;
  }
  if (datagram.size() < message_bytes || datagram.size() > message_bytes_max ||
      datagram[1] != (response_flag | map_opcode) || datagram[protocol_at] != udp)
    return std::nullopt;
  response.result = PcpMapResponse::Result{datagram[result_at]};
  response.lifetime_seconds = read_big_endian<std::uint32_t>(datagram, lifetime_at);
  std::ranges::copy(datagram.subspan(nonce_at, response.nonce.size()), response.nonce.begin());
  response.internal_port = read_big_endian<std::uint16_t>(datagram, internal_port_at);
  response.external.port = read_big_endian<std::uint16_t>(datagram, external_port_at);
  std::ranges::copy(datagram.subspan(external_address_at, 16), response.external.address.begin());
  return response;
}

std::string_view describe(PcpMapResponse::Result result) {
  switch (result) {
    using enum PcpMapResponse::Result;
    case success:
      return "success";
    case unsupported_version:
      return "it speaks another version";
    case not_authorized:
      return "it does not allow that";
    case malformed_request:
    case unsupported_option:
    case malformed_option:
      return "it does not understand the question";
    case unsupported_opcode:
    case unsupported_protocol:
      return "it does not do that";
    case network_failure:
      return "it has no external address";
    case no_resources:
      return "it cannot keep more mappings";
    case user_exceeded_quota:
      return "this machine has too many mappings";
    case cannot_provide_external:
      return "it does not give that port";
    case address_mismatch:
      return "there is another NAT on the way to it";
    case excessive_remote_peers:
      break;
  }
  return "it refuses";
}

}  // namespace tutti
