// What is said to routers, byte by byte as the RFCs have it, and what they may answer.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tutti/live/port_mapping/nat_pmp_message.hpp"
#include "tutti/live/port_mapping/pcp_message.hpp"
#include "tutti/live/port_mapping/ssdp_message.hpp"

namespace tutti {
namespace {

Bytes bytes_of(std::string_view hex) {
  return from_hex(hex).value();
}

ByteView view_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

const PcpNonce nonce{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'};

/// What miniupnpd 2.3.1 has answered to that request.
const std::string pcp_answer =
    "0281000000000e10000000010000000000000000000000006162636465666768696a6b6c110000000fa00fa1"
    "00000000000000000000ffff0b000002";

TEST(PcpMessage, a_request_is_as_in_rfc_6887) {
  EXPECT_EQ(to_hex(encode_pcp({.client = Endpoint::v4(0x0a010001, 7),
                               .nonce = nonce,
                               .lifetime_seconds = 3600,
                               .internal_port = 4000,
                               .suggested = Endpoint::v4(0, 4001)})),
            "0201000000000e1000000000000000000000ffff0a010001"
            "6162636465666768696a6b6c110000000fa00fa100000000000000000000ffff00000000");
}

TEST(PcpMessage, an_answer_is_understood) {
  EXPECT_EQ(decode_pcp(bytes_of(pcp_answer)), (PcpMapResponse{.result = PcpMapResponse::Result::success,
                                                              .lifetime_seconds = 3600,
                                                              .nonce = nonce,
                                                              .internal_port = 4000,
                                                              .external = Endpoint::v4(0x0b000002, 4001)}));
}

TEST(PcpMessage, options_may_follow) {
  EXPECT_EQ(decode_pcp(bytes_of(pcp_answer + "02000000")), decode_pcp(bytes_of(pcp_answer)));
}

TEST(PcpMessage, a_router_of_nat_pmp_says_that_it_speaks_another_version) {
  const auto response = decode_pcp(bytes_of("0081000100000000"));
  ASSERT_TRUE(response);
  EXPECT_EQ(describe(response->result), "it speaks another version");
}

TEST(PcpMessage, what_is_no_answer_to_a_mapping_is_none) {
  auto answer = bytes_of(pcp_answer);
  for (std::size_t size = 4; size < answer.size(); ++size)
    EXPECT_FALSE(decode_pcp(ByteView(answer).first(size)));
  for (const auto& [at, value] : {std::pair(1, 0x01), {1, 0x82}, {36, 6}}) {
    auto other = answer;
    other[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(value);
    EXPECT_FALSE(decode_pcp(other)) << at;
  }
  answer.resize(1101);
  EXPECT_FALSE(decode_pcp(answer));
}

TEST(NatPmpMessage, requests_are_as_in_rfc_6886) {
  EXPECT_EQ(to_hex(encode_nat_pmp_address_request()), "0000");
  EXPECT_EQ(to_hex(encode_nat_pmp({.internal_port = 4000, .suggested_port = 4001, .lifetime_seconds = 7200})),
            "000100000fa00fa100001c20");
}

TEST(NatPmpMessage, answers_are_understood) {
  EXPECT_EQ(decode_nat_pmp(bytes_of("00800000000000010b000002")),
            NatPmpResponse(NatPmpAddressResponse{.external = Endpoint::v4(0x0b000002, 0)}));
  EXPECT_EQ(decode_nat_pmp(bytes_of("00810000000000010fa00fa100001c20")),
            NatPmpResponse(
                NatPmpMapResponse{.internal_port = 4000, .external_port = 4001, .lifetime_seconds = 7200}));
  EXPECT_EQ(decode_nat_pmp(bytes_of("0081000200000001")),
            NatPmpResponse(NatPmpMapResponse{.result = NatPmpResult::not_authorized}));
}

TEST(NatPmpMessage, what_is_no_answer_is_none) {
  for (const auto* hex : {"", "0000", "00800000", "00800000000000010b00000200", "00810000000000010fa00fa1",
                          "0082000000000001", "0180000000000001", "0200"})
    EXPECT_FALSE(decode_nat_pmp(bytes_of(hex))) << hex;
}

RC_GTEST_PROP(PortMappingMessages, any_bytes_are_an_answer_or_none, (const Bytes& bytes)) {
  for (const auto* beginning : {"", "02810000", "0080", "0081"}) {
    auto whole = bytes_of(beginning);
    whole.insert(whole.end(), bytes.begin(), bytes.end());
    if (const auto response = decode_pcp(whole)) RC_ASSERT(!describe(response->result).empty());
    if (const auto response = decode_nat_pmp(whole))
      RC_ASSERT(!std::visit([](const auto& one) { return describe(one.result); }, *response).empty());
    RC_ASSERT(!ssdp_location(whole, Endpoint{}));
  }
}

TEST(SsdpMessage, the_router_says_where_it_describes_itself) {
  const auto router = Endpoint::v4(0x0a010001, 0);
  const std::string answer =
      "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLocation:  http://10.1.0.1:5000/rootDesc.xml \r\n\r\n";
  EXPECT_EQ(ssdp_location(view_of(answer), router), "http://10.1.0.1:5000/rootDesc.xml");
  EXPECT_EQ(ssdp_location(view_of(answer), Endpoint::v4(0x0a010002, 0)), std::nullopt);
}

TEST(SsdpMessage, nobody_else_is_asked_in_the_routers_place) {
  const auto router = Endpoint::v4(0x0a010001, 0);
  for (const std::string url :
       {"http://10.1.0.10/x", "http://10.1.0.1.example.org/", "https://10.1.0.1/", "http://10.1.0.1",
        "http://10.1.0.1@192.0.2.1/", "", "http://10.1.0.1/a b", "http://10.1.0.1/\x01"})
    EXPECT_FALSE(ssdp_location(view_of("HTTP/1.1 200 OK\r\nLOCATION:" + url + "\r\n\r\n"), router)) << url;
  const auto long_url = "http://10.1.0.1/" + std::string(300, 'a');
  EXPECT_FALSE(ssdp_location(view_of("HTTP/1.1 200 OK\r\nLOCATION:" + long_url + "\r\n\r\n"), router));
  EXPECT_FALSE(ssdp_location(view_of("NOTIFY * HTTP/1.1\r\nLOCATION: http://10.1.0.1/\r\n\r\n"), router));
  EXPECT_FALSE(ssdp_location(view_of("HTTP/1.1 200 OK\r\nLOCATION"), router));
}

}  // namespace
}  // namespace tutti
