#include "tutti/live/port_mapping/nat_pmp.hpp"

#include <utility>

namespace tutti {
PortMapperOpener nat_pmp() {
  return [](RealRuntime& runtime) { return std::make_unique<NatPmp>(runtime, machine_sockets(runtime)); };
}

template <typename Response>
void NatPmp::put(const Gateway& gateway, Bytes question,
                 std::move_only_function<void(std::expected<Response, std::string>)> answered) {
  auto socket = open_(gateway.own);
  if (!socket) return answered(std::unexpected("there is no socket for it"));
  const auto server = port_mapping_server(gateway);
  auto response = std::make_shared<Response>();
  question_ = std::make_unique<RouterQuestion>(
      runtime_, std::move(socket), server, std::move(question),
      [=](const Datagram& datagram) {
        const auto decoded = datagram.source == server ? decode_nat_pmp(datagram.bytes) : std::nullopt;
        const auto* ours = decoded ? std::get_if<Response>(&*decoded) : nullptr;
        if (ours != nullptr) *response = *ours;
        return ours != nullptr;
      },
      [response, answered = std::move(answered)](bool came) mutable {
        if (!came) return answered(std::unexpected(std::string(no_answer)));
        if (response->result != NatPmpResult::success)
          return answered(std::unexpected(std::string(describe(response->result))));
        answered(*response);
      });
}

void NatPmp::ask(const Gateway& gateway, const PortMapping& wanted, Answered answered) {
  question_.reset();
  put<NatPmpAddressResponse>(
      gateway, encode_nat_pmp_address_request(),
      [this, gateway, wanted, answered = std::move(answered)](const auto& address) mutable {
        if (!address) return answered(std::unexpected(address.error()));
        put<NatPmpMapResponse>(
            gateway,
            encode_nat_pmp({wanted.internal_port, wanted.external.port, seconds_of(wanted.lifetime)}),
            [wanted, external = address->external,
             answered = std::move(answered)](const auto& given) mutable {
              if (!given) return answered(std::unexpected(given.error()));
              if (given->internal_port != wanted.internal_port)
                return answered(std::unexpected("it has mapped another port"));
              answered(PortMapping{wanted.internal_port,
                                   {external.address, given->external_port},
                                   std::chrono::seconds(given->lifetime_seconds)});
            });
      });
}

void NatPmp::remove(const Gateway& gateway, const PortMapping& mapping) {
  question_.reset();
  // RFC 6886, 3.4: the external port is 0.
  if (auto socket = open_(gateway.own))
    RouterQuestion::put_once(std::move(socket), port_mapping_server(gateway),
                             encode_nat_pmp({mapping.internal_port, 0, 0}));
}

}  // namespace tutti
