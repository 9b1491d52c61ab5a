#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tutti/live/bootstrap/lan_service.hpp"
#include "tutti/live/bootstrap/mdns_message.hpp"

namespace tutti {
namespace {

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

DnsName any_name() {
  const auto label =
      rc::gen::resize(20, rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::arbitrary<char>())));
  auto name = *rc::gen::resize(8, rc::gen::container<DnsName>(label));
  for (auto& each : name) each.resize(std::min<std::size_t>(each.size(), 30));
  name.resize(std::min<std::size_t>(name.size(), 8));
  return name;
}

MdnsRecord any_record() {
  MdnsRecord record{.name = any_name(),
                    .ttl_seconds = *rc::gen::arbitrary<std::uint32_t>(),
                    .unique = *rc::gen::arbitrary<bool>(),
                    .data = {}};
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      record.data = DnsPointer{any_name()};
      break;
    case 1:
      record.data = DnsService{*rc::gen::arbitrary<std::uint16_t>(), any_name()};
      break;
    case 2:
      record.data = DnsText{any_name()};
      break;
    default:
      record.data = DnsAddress{*rc::gen::arbitrary<std::array<std::uint8_t, 16>>()};
  }
  return record;
}

RC_GTEST_PROP(MdnsMessage, that_is_written_is_read_back, ()) {
  MdnsMessage message{.is_response = *rc::gen::arbitrary<bool>(), .questions = {}, .records = {}};
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
    message.questions.push_back({any_name(), *rc::gen::element(DnsType::ptr, DnsType::any, DnsType::srv)});
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i) message.records.push_back(any_record());
  RC_ASSERT(decode_mdns(encode_mdns(message)) == message);
}

RC_GTEST_PROP(MdnsMessage, that_is_cut_off_is_refused, ()) {
  MdnsMessage message{
      .is_response = true, .questions = {{any_name(), DnsType::ptr}}, .records = {any_record()}};
  auto bytes = encode_mdns(message);
  bytes.resize(*rc::gen::inRange<std::size_t>(0, bytes.size()));
  RC_ASSERT(!decode_mdns(bytes));
}

RC_GTEST_PROP(MdnsMessage, of_any_bytes_is_refused_or_can_be_written_again, (Bytes bytes)) {
  if (const auto message = decode_mdns(bytes)) RC_ASSERT(decode_mdns(encode_mdns(*message)) == message);
}

TEST(MdnsMessage, with_compressed_names_is_understood) {
  const std::string_view whole(
      "\0\0\x84\0\0\1\0\1\0\0\0\1"
      "\6_tutti\4_udp\5local\0\0\x0c\0\1"
      "\xc0\x0c\0\x0c\0\1\0\0\0\x78\0\4\1x\xc0\x0c"
      "\xc0\x2f\0\x21\x80\1\0\0\0\x78\0\x0a\0\0\0\0\x13\x88\1y\xc0\x18",
      12 + 23 + 16 + 22);
  const auto message = decode_mdns(bytes_of(whole));
  ASSERT_TRUE(message);
  ASSERT_EQ(message->records.size(), 2u);
  EXPECT_EQ(message->records[0].data,
            (decltype(MdnsRecord::data)(DnsPointer{{"x", "_tutti", "_udp", "local"}})));
  EXPECT_EQ(message->records[1].name, (DnsName{"x", "_tutti", "_udp", "local"}));
  EXPECT_TRUE(message->records[1].unique);
  EXPECT_EQ(message->records[1].data, (decltype(MdnsRecord::data)(DnsService{5000, {"y", "local"}})));
}

TEST(MdnsMessage, whose_names_point_in_circles_is_refused) {
  const std::string head("\0\0\0\0\0\1\0\0\0\0\0\0", 12);
  const std::string tail("\0\x0c\0\1", 4);
  for (const std::string_view name : {std::string_view("\xc0\x0c", 2), std::string_view("\1a\xc0\x0c", 4),
                                      std::string_view("\xc0\x0e\xc0\x0c", 4),
                                      std::string_view("\xc0\xff", 2), std::string_view("\x80x", 2)})
    EXPECT_FALSE(decode_mdns(bytes_of(fmt::format("{}{}{}", head, name, tail))));
}

TEST(MdnsMessage, that_promises_too_much_is_refused) {
  EXPECT_FALSE(decode_mdns(bytes_of(std::string("\0\0\0\0\xff\xff\0\0\0\0\0\0", 12))));
  EXPECT_FALSE(decode_mdns(Bytes(MdnsMessage::bytes_max + 1)));
  EXPECT_FALSE(decode_mdns({}));
  EXPECT_TRUE(decode_mdns(Bytes(12)));
}

TEST(MdnsMessage, of_types_that_are_not_ours_is_read_without_them) {
  const std::string_view other("\0\0\x84\0\0\0\0\1\0\0\0\0\1a\0\0\x2f\0\1\0\0\0\x78\0\3xyz", 12 + 16);
  const auto message = decode_mdns(bytes_of(other));
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->records.empty());
}

Announcement announcement() {
  const PeerId peer{{7}};
  return {
      .peer = peer,
      .session = "0123456789abcdef",
      .targets = {{Endpoint::v4(0x0a000001, 5000), peer}, {*Endpoint::parse("[2001:db8::1]:5000"), peer}}};
}

TEST(LanService, tells_of_a_peer_and_all_its_addresses) {
  const auto self = announcement();
  const auto message = decode_mdns(encode_mdns(lan_service::answer(self)));
  ASSERT_TRUE(message);
  const auto peers = lan_service::peers(*message, self.session);
  ASSERT_EQ(peers.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(peers[i].endpoint, self.targets[i].endpoint);
    EXPECT_EQ(peers[i].peer, self.peer);
  }
}

TEST(LanService, fits_a_packet_with_all_the_addresses_that_are_told) {
  auto self = announcement();
  while (self.targets.size() < Announcement::targets_max) self.targets.push_back(self.targets.back());
  EXPECT_LE(encode_mdns(lan_service::answer(self)).size(), 1400u);
}

TEST(LanService, finds_nobody_of_another_session_or_who_says_goodbye) {
  const auto self = announcement();
  EXPECT_TRUE(lan_service::peers(lan_service::answer(self), "fedcba9876543210").empty());
  EXPECT_TRUE(lan_service::peers(lan_service::answer(self, true), self.session).empty());
  auto asked = lan_service::answer(self);
  asked.is_response = false;
  EXPECT_TRUE(lan_service::peers(asked, self.session).empty());
}

TEST(LanService, hears_when_it_is_asked) {
  EXPECT_TRUE(lan_service::is_asked(lan_service::question()));
  EXPECT_FALSE(lan_service::is_asked(lan_service::answer(announcement())));
  auto shouted = lan_service::question();
  shouted.questions[0].name = {"_TUTTI", "_Udp", "LOCAL"};
  EXPECT_TRUE(lan_service::is_asked(shouted));
  shouted.questions[0].name.front() = "_other";
  EXPECT_FALSE(lan_service::is_asked(shouted));
}

TEST(LanService, reads_only_so_much_of_one_message) {
  MdnsMessage message{.is_response = true, .questions = {}, .records = {}};
  auto self = announcement();
  for (std::uint8_t i = 0; i < 30; ++i) {
    self.peer.bytes[1] = i;
    const auto one = lan_service::answer(self);
    message.records.insert(message.records.end(), one.records.begin(), one.records.end());
  }
  EXPECT_EQ(lan_service::peers(message, self.session).size(), lan_service::peers_max * 2);
}

}  // namespace
}  // namespace tutti
