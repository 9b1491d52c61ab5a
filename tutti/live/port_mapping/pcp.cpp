#include "tutti/live/port_mapping/pcp.hpp"

#include <utility>

#include "tutti/net/secure_random.hpp"

namespace tutti {
namespace {

std::expected<PortMapping, std::string> mapping_in(const PcpMapResponse& response) {
  if (response.result != PcpMapResponse::Result::success)
    return std::unexpected(std::string(describe(response.result)));
  return PortMapping{response.internal_port, response.external,
                     std::chrono::seconds(response.lifetime_seconds)};
}

}  // namespace

PortMapperOpener pcp() {
  return [](RealRuntime& runtime) { return std::make_unique<Pcp>(runtime, machine_sockets(runtime)); };
}

Pcp::Pcp(Runtime& runtime, OpenSocket open) : runtime_(runtime), open_(std::move(open)) {
  // RFC 6887, 11.2: who cannot see the datagrams must not be able to guess it.
  fill_with_secure_randomness(nonce_);
}

PcpMapRequest Pcp::request(const Gateway& gateway, const PortMapping& wanted) const {
  return {.client = gateway.own,
          .nonce = nonce_,
          .lifetime_seconds = seconds_of(wanted.lifetime),
          .internal_port = wanted.internal_port,
          .suggested = wanted.external.is_v4() ? wanted.external : Endpoint::v4(0, wanted.external.port)};
}

void Pcp::ask(const Gateway& gateway, const PortMapping& wanted, Answered answered) {
  question_.reset();
  auto socket = open_(gateway.own);
  if (!socket) return answered(std::unexpected("there is no socket for it"));
  const auto server = port_mapping_server(gateway);
  auto response = std::make_shared<PcpMapResponse>();
  question_ = std::make_unique<RouterQuestion>(
      runtime_, std::move(socket), server, encode_pcp(request(gateway, wanted)),
      [=, nonce = nonce_, port = wanted.internal_port](const Datagram& datagram) {
        const auto decoded = datagram.source == server ? decode_pcp(datagram.bytes) : std::nullopt;
        // One that speaks another version cannot say what it answers.
        const bool ours = decoded && (decoded->result == PcpMapResponse::Result::unsupported_version ||
                                      (decoded->nonce == nonce && decoded->internal_port == port));
        if (ours) *response = *decoded;
        return ours;
      },
      [response, answered = std::move(answered)](bool came) mutable {
        answered(came ? mapping_in(*response) : std::unexpected(std::string(no_answer)));
      });
}

void Pcp::remove(const Gateway& gateway, const PortMapping& mapping) {
  question_.reset();
  auto removal = request(gateway, mapping);
  removal.lifetime_seconds = 0;
  if (auto socket = open_(gateway.own))
    RouterQuestion::put_once(std::move(socket), port_mapping_server(gateway), encode_pcp(removal));
}

}  // namespace tutti
