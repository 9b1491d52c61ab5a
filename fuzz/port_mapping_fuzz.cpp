// What a router, or who pretends to be one, answers to who asks for a port mapping: refused, or read, and
// then within its bounds.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tutti/base/require.hpp"
#include "tutti/live/port_mapping/nat_pmp_message.hpp"
#include "tutti/live/port_mapping/pcp_message.hpp"
#include "tutti/live/port_mapping/ssdp_message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutti;
  const ByteView datagram(data, size);
  if (const auto response = decode_pcp(datagram)) {
    require(!describe(response->result).empty(), "every result has words");
    // The part that both have is written as it was read.
    if (response->result != PcpMapResponse::Result::unsupported_version) {
      const auto request = encode_pcp({.client = {},
                                       .nonce = response->nonce,
                                       .lifetime_seconds = response->lifetime_seconds,
                                       .internal_port = response->internal_port,
                                       .suggested = response->external});
      require(std::ranges::equal(std::span(request).subspan(40), datagram.subspan(40, 20)),
              "what was read can be written");
    }
  }
  if (const auto response = decode_nat_pmp(datagram))
    require(!std::visit([](const auto& one) { return describe(one.result); }, *response).empty(),
            "every result has words");
  const auto router = Endpoint::v4(0x0a000001, 0);
  if (const auto location = ssdp_location(datagram, router))
    require(is_http_at(*location, router), "only the router's own place is asked");
  return 0;
}
