// What docs/protocol.md says of peers who look for each other: their messages, and the datagrams beneath
// them.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gtest/gtest.h>

#include "transcript.hpp"
#include "tutti/link/link_layer.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/virtual/packet_network.hpp"

namespace tutti::protocol_test {
namespace {

using namespace std::chrono_literals;

/// Keeps what leaves it.
class WireTap final : public DatagramSocket {
 public:
  WireTap(std::unique_ptr<DatagramSocket> inner, std::vector<Bytes>& sent)
      : inner_(std::move(inner)), sent_(sent) {}
  void start(DatagramHandler& handler) override { inner_->start(handler); }
  void send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) override {
    for (auto rest = bytes; !rest.empty(); rest = rest.subspan(std::min(segment_bytes, rest.size()))) {
      const auto segment = rest.first(std::min(segment_bytes, rest.size()));
      sent_.emplace_back(segment.begin(), segment.end());
    }
    inner_->send(target, bytes, segment_bytes);
  }
  [[nodiscard]] Endpoint local_endpoint() const override { return inner_->local_endpoint(); }

 private:
  std::unique_ptr<DatagramSocket> inner_;
  std::vector<Bytes>& sent_;
};

/// Rita in the open; Ada and Bob, behind NATs, are linked with her. Ada wants to meet Bob, and somebody whom
/// nobody knows.
struct Introduced : testing::Test {
  static constexpr std::uint16_t port = 4000;
  static inline const Endpoint mapped = Endpoint::v4(0xcb007107, 5000);

  Introduced() {
    for (std::uint32_t i = 0; i < 3; ++i) {
      auto& node = simulator.add_node();
      if (i > 0) network.place(i, network.add_nat(*parse_nat_kind("port-restricted")));
      const auto identity = Identity::from_seed({static_cast<std::uint8_t>(i)});
      ids.push_back(identity.peer());
      auto socket = std::make_unique<RoutedSocket>(
          node, identity.peer(), std::make_unique<WireTap>(network.bind(node, port), datagrams[i]),
          [this, &node] { return network.bind(node); });
      auto& routes = *socket;
      LinkOptions links{.network = "sum 3", .name = "somebody"};
      if (i > 0) links.targets.push_back({network.endpoint_of(0, port), {}});
      IntroductionOptions introductions{
          .internal = [this, i] { return std::vector{network.endpoint_of(i, port)}; },
          .mapped = [] { return std::vector{mapped}; }};
      peers.push_back(
          add_link_layer(Peer::build(node, identity.peer()),
                         std::make_unique<RecordingTransport>(
                             std::make_unique<QuicTransport>(node, std::move(socket), identity), records),
                         routes, identity,
                         {.links = std::move(links), .introductions = std::move(introductions)})
              .start());
    }
    simulator.run_for(5s);
    for (const auto& wanted : {ids[2], PeerId{{9}}})
      peers[1]->find<LinkManager>()->add_target({peer_endpoint(wanted), wanted});
    simulator.run_for(5s);
    peers[1]->find<Introductions>()->network_changed();
    simulator.run_for(1s);
    auto read = Document::read(TUTTI_PROTOCOL_DOCUMENT);
    EXPECT_TRUE(read) << read.error();
    document = *std::move(read);
    said = transcribe(document, records);
  }

  /// The first message of that name from one to another.
  const Value& first(const std::string& name, std::size_t from, std::size_t to) {
    for (const auto& each : said)
      if (each.name == name && each.record.from == ids[from] && each.record.to == ids[to]) return each.value;
    ADD_FAILURE() << name << " was not said";
    static const Value nothing;
    return nothing;
  }
  [[nodiscard]] Endpoint outside(std::uint32_t nat) {
    return {network.nat(PacketNetwork::NatId(nat)).external_address(), port};
  }

  Simulator simulator{1};
  PacketNetwork network{simulator, constant_delay(20ms)};
  std::vector<PeerId> ids;
  std::vector<Record> records;
  std::map<std::uint32_t, std::vector<Bytes>> datagrams;
  std::vector<std::unique_ptr<Peer>> peers;
  Document document;
  std::vector<Said> said;
};

std::string text_of(Raw bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST_F(Introduced, every_message_of_the_document_is_said_on_its_way) {
  std::map<std::string, std::set<std::string>> ways;
  for (const auto& [record, name, value] : said) ways[name].insert(record.way);
  for (const auto* name : {"Seen", "Introduce", "Introduction", "NotIntroduced", "Neighbours", "Moved",
                           "Knock", "Knocked", "Linger"}) {
    ASSERT_TRUE(ways.contains(name)) << name;
    for (const auto& [id, message] : document.messages) {
      if (message.name == name) {
        EXPECT_EQ(ways[name], message.ways) << name;
      }
    }
  }
  EXPECT_EQ(said.size(), records.size());
}

TEST_F(Introduced, messages_say_what_the_document_says) {
  const auto& seen = first("Seen", 0, 1);
  EXPECT_EQ(seen["place"]["address"].text(), text_of(outside(0).address));
  EXPECT_EQ(seen["place"]["port"].natural, outside(0).port);

  const auto& wish = first("Introduce", 1, 0);
  EXPECT_EQ(wish["to"]["id"].text(), text_of(ids[2].bytes));
  EXPECT_EQ(wish["key"].text().size(), 16u);
  const auto& said_address = wish["address"];
  const auto address = decode_plainly(document, "LinkAddress", said_address["address"].content);
  ASSERT_TRUE(address) << address.error();
  ASSERT_EQ((*address)["external"].elements.size(), 1u);
  EXPECT_EQ((*address)["external"].elements[0]["address"].text(), text_of(outside(0).address));
  ASSERT_EQ((*address)["internal"].elements.size(), 1u);
  EXPECT_EQ((*address)["internal"].elements[0]["address"].text(),
            text_of(network.endpoint_of(1, port).address));

  ASSERT_EQ((*address)["mapped"].elements.size(), 1u);
  EXPECT_EQ((*address)["mapped"].elements[0]["address"].text(), text_of(mapped.address));

  auto signed_text = "tutti link address" + said_address["address"].text();
  PublicKey key{};
  std::ranges::copy(said_address["key"].content, key.begin());
  Signature signature{};
  std::ranges::copy(said_address["signature"].content, signature.begin());
  EXPECT_TRUE(verify(key, Bytes(signed_text.begin(), signed_text.end()), signature));
  EXPECT_EQ(text_of(Raw(sha256(key)).first(16)), text_of(ids[1].bytes));

  const auto& told = first("Introduction", 0, 2);
  EXPECT_EQ(told["meeting"].natural, wish["meeting"].natural);
  EXPECT_EQ(told["other"]["id"].text(), text_of(ids[1].bytes));
  EXPECT_EQ(told["key"].text(), wish["key"].text());
  const auto& agreed = first("Introduce", 2, 0);
  EXPECT_EQ(agreed["meeting"].natural, wish["meeting"].natural);
  EXPECT_EQ(agreed["to"]["id"].text(), text_of(ids[1].bytes));
  EXPECT_EQ(first("Introduction", 0, 1)["other"]["id"].text(), text_of(ids[2].bytes));
  EXPECT_FALSE(first("NotIntroduced", 0, 1)["why"].text().empty());
  ASSERT_GE(first("Neighbours", 0, 1)["peers"].elements.size(), 1u);
}

TEST_F(Introduced, checks_and_relayed_datagrams_are_what_the_document_says) {
  const auto& wish = first("Introduce", 1, 0);
  const auto meeting = wish["meeting"].natural;
  const auto key = wish["key"].text();
  std::set<std::uint64_t> kinds;
  std::size_t relayed = 0;
  for (const auto who : {1u, 2u}) {
    for (const auto& datagram : datagrams[who]) {
      const Raw bytes(datagram);
      // What Ada sends to the one whom nobody knows bears another meeting.
      if (bytes[0] == 2 && number_of(bytes.subspan(1, 8)) == meeting) {
        EXPECT_EQ(bytes[9], 3);  // the first packets of the handshake
        ++relayed;
      }
      if (bytes[0] != 1) continue;
      ASSERT_EQ(bytes.size(), 52u);
      if (number_of(bytes.subspan(2, 8)) != meeting) continue;  // of a connection's own meeting
      kinds.insert(bytes[1]);
      Bytes sealed(bytes.begin(), bytes.begin() + 36);
      sealed.insert(sealed.end(), ids[who].bytes.begin(), ids[who].bytes.end());
      std::array<std::uint8_t, 32> seal{};
      ASSERT_EQ(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.data(), key.size(), sealed.data(), sealed.size(),
                                 seal.data()),
                0);
      EXPECT_EQ(text_of(bytes.subspan(36)), text_of(Raw(seal).first(16)));
      if (bytes[1] == 1) {
        EXPECT_EQ(text_of(bytes.subspan(18, 12)), std::string("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12));
      } else {
        EXPECT_EQ(text_of(bytes.subspan(18, 18)), std::string(18, '\0'));
      }
    }
  }
  EXPECT_EQ(kinds, (std::set<std::uint64_t>{0, 1}));
  EXPECT_GT(relayed, 0u);
}

}  // namespace
}  // namespace tutti::protocol_test
