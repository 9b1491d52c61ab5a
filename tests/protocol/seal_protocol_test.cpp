// What docs/protocol.md says of seals, put together by hand.
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "document.hpp"
#include "plain.hpp"
#include "tutti/overlay/seal.hpp"

namespace tutti::protocol_test {
namespace {

std::string text_of(Raw bytes) {
  return {bytes.begin(), bytes.end()};
}
Bytes joined(std::initializer_list<Raw> parts) {
  Bytes bytes;
  for (const auto part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
  return bytes;
}
Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(ProtocolSeals, are_what_the_document_says) {
  const auto issuer = Identity::from_seed({1});
  const auto author = Identity::from_seed({2});
  const auto id = author.peer();
  const Bytes payload{7, 8, 9};
  std::vector<Statement> statements;
  for (std::uint64_t i = 1; i <= 3; ++i)
    statements.push_back({Utterance::broadcast, {id, 5}, Sequence(i), payload});
  const auto seals =
      Sealer({author, "net", issuer.public_key(), authorize(issuer, id, "net")}).seal(statements);
  std::vector<Digest> leaves;
  for (std::uint8_t i = 1; i <= 3; ++i)
    leaves.push_back(
        sha256(joined({Bytes{0x00}, Bytes{0xaf}, bytes_of("tutti statement"), Bytes{0xa3}, bytes_of("net"),
                       Bytes{0}, Bytes{0xc4, 16}, id.bytes, Bytes{5}, Bytes{i}, Bytes{0xc4, 3}, payload})));
  const auto left = sha256(joined({Bytes{0x01}, leaves[0], leaves[1]}));
  const auto root = sha256(joined({Bytes{0x01}, left, leaves[2]}));

  const auto document = Document::read(TUTTI_PROTOCOL_DOCUMENT);
  ASSERT_TRUE(document) << document.error();
  const auto seal = decode_plainly(*document, "Seal", seals[2]);
  ASSERT_TRUE(seal) << seal.error();
  EXPECT_EQ((*seal)["leaf"].natural, 2u);
  EXPECT_EQ((*seal)["leaves"].natural, 3u);
  ASSERT_EQ((*seal)["path"].elements.size(), 1u);
  EXPECT_EQ((*seal)["path"].elements[0].text(), text_of(left));
  EXPECT_EQ((*seal)["key"].text(), text_of(author.public_key()));
  EXPECT_EQ((*seal)["signature"].text(),
            text_of(author.sign(
                joined({Bytes{0xb0}, bytes_of("tutti statements"), Bytes{3}, Bytes{0xc4, 32}, root}))));
  EXPECT_EQ((*seal)["authorization"].text(),
            text_of(issuer.sign(joined({Bytes{0xb3}, bytes_of("tutti authorization"), Bytes{0xc4, 16},
                                        id.bytes, Bytes{0xa3}, bytes_of("net")}))));
}

}  // namespace
}  // namespace tutti::protocol_test
