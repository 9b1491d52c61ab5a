#include "tutti/overlay/seal.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/overlay/merkle_tree.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti {
namespace {

Identity identity(std::uint8_t number) {
  Identity::Seed seed{};
  seed[0] = number;
  return Identity::from_seed(seed);
}

std::vector<Digest> leaves_of(std::size_t count) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf_digest(Bytes{static_cast<std::uint8_t>(i)}));
  return leaves;
}

TEST(MerkleTree, has_the_roots_that_rfc_6962_defines) {
  // The tree's leaves are those of RFC 6962's reference tests (Certificate Transparency, merkletree_test).
  const std::vector<std::string> contents{
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  std::vector<Digest> leaves;
  for (const auto& content : contents) leaves.push_back(leaf_digest(*from_hex(content)));
  EXPECT_EQ(to_hex(merkle_root(std::span(leaves).first(1))),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(to_hex(merkle_root(std::span(leaves).first(2))),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
  EXPECT_EQ(to_hex(merkle_root(leaves)), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(MerkleTree, is_reached_from_each_leaf_by_its_path_and_by_no_other) {
  for (std::size_t count = 1; count <= 70; ++count) {
    const auto leaves = leaves_of(count);
    const auto root = merkle_root(leaves);
    const auto paths = audit_paths(leaves);
    for (std::size_t i = 0; i < count; ++i) {
      auto path = paths[i];
      EXPECT_EQ(root_by_path(leaves[i], i, count, path), root);
      EXPECT_NE(root_by_path(leaves[(i + 1) % count], i, count, path), count == 1 ? Digest{} : root);
      if (count > 1) {
        EXPECT_NE(root_by_path(leaves[i], (i + 1) % count, count, path), root);
      }
      path.emplace_back();
      EXPECT_EQ(root_by_path(leaves[i], i, count, path), std::nullopt);
    }
    EXPECT_EQ(root_by_path(leaves[0], count, count, paths[0]), std::nullopt);
  }
}

Statement statement(const Identity& by, std::uint64_t number, ByteView payload) {
  return {Utterance::broadcast, {by.peer(), 5}, Sequence(number), payload};
}

TEST(Seals, of_a_batch_are_found_right_in_any_order_by_whoever_gets_them) {
  const auto ada = identity(1);
  const Sealer sealer({.identity = ada, .network = "a session"});
  std::vector<Bytes> payloads;
  for (std::uint8_t i = 0; i < Sealer::batch_max; ++i) payloads.emplace_back(i, i);
  for (const std::size_t count : {1u, 2u, 5u, 64u}) {
    std::vector<Statement> statements;
    for (std::size_t i = 0; i < count; ++i) statements.push_back(statement(ada, i + 1, payloads[i]));
    const auto seals = sealer.seal(statements);
    ASSERT_EQ(seals.size(), count);
    Sealer other({.identity = identity(2), .network = "a session"});
    for (std::size_t i = count; i-- > 0;) EXPECT_TRUE(other.check(statements[i], seals[i])) << i;
  }
}

TEST(Seals, are_worth_nothing_for_anything_else_than_what_they_were_made_for) {
  const auto ada = identity(1);
  const Sealer sealer({.identity = ada, .network = "a session"});
  const Bytes payload{1, 2, 3};
  const Bytes other_payload{1, 2, 4};
  const auto said = statement(ada, 7, payload);
  const auto seal = sealer.seal(said);
  Sealer checker({.identity = identity(2), .network = "a session"});
  ASSERT_TRUE(checker.check(said, seal));
  auto other = said;
  other.kind = Utterance::announcement;
  EXPECT_FALSE(checker.check(other, seal));
  other = said;
  other.origin.incarnation = 6;
  EXPECT_FALSE(checker.check(other, seal));
  other = said;
  other.origin.peer = identity(3).peer();
  EXPECT_EQ(checker.check(other, seal).error(), "it is signed by another peer than its origin's");
  other = said;
  other.number = Sequence(8);
  EXPECT_FALSE(checker.check(other, seal));
  other = said;
  other.payload = other_payload;
  EXPECT_EQ(checker.check(other, seal).error(), "its signature is wrong");
  EXPECT_EQ(checker.check(said, {}).error(), "it is not signed");
  Sealer elsewhere({.identity = identity(2), .network = "another session"});
  EXPECT_FALSE(elsewhere.check(said, seal));
}

RC_GTEST_PROP(Seals, that_are_damaged_anywhere_are_refused_or_say_the_same, ()) {
  const auto ada = identity(1);
  const Sealer sealer({.identity = ada, .network = "a session"});
  const Bytes payload{1, 2, 3};
  std::vector<Statement> statements(5, statement(ada, 7, payload));
  for (std::uint64_t i = 0; i < 5; ++i) statements[i].number = Sequence(i + 1);
  auto seal = sealer.seal(statements)[3];
  const auto at = *rc::gen::inRange<std::size_t>(0, seal.size());
  seal[at] ^= *rc::gen::inRange<std::uint8_t>(1, 255);
  Sealer checker({.identity = identity(2), .network = "a session"});
  // Without an issuer it says nothing with its authorization, which is its last byte here: nil.
  RC_ASSERT(!checker.check(statements[3], seal) || at + 1 == seal.size());
  RC_ASSERT(!checker.check(statements[3], ByteView(seal).first(at)));
}

TEST(Authors, are_those_whom_the_issuer_has_authorized_in_this_network) {
  const auto issuer = identity(9);
  const auto ada = identity(1);
  const auto bob = identity(2);
  const auto signing = [&](const Identity& who, std::optional<Signature> authorization) {
    return Signing{who, "a session", issuer.public_key(), authorization};
  };
  const Bytes payload{1};
  const auto checked = [&](const Identity& who, std::optional<Signature> authorization, Utterance kind) {
    Sealer checker(signing(bob, {}));
    auto said = statement(who, 1, payload);
    said.kind = kind;
    return checker.check(said, Sealer(signing(who, authorization)).seal(said));
  };
  const auto right = authorize(issuer, ada.peer(), "a session");
  EXPECT_TRUE(checked(ada, right, Utterance::broadcast));
  EXPECT_EQ(checked(bob, {}, Utterance::broadcast).error(), "its origin may watch only");
  EXPECT_TRUE(checked(bob, {}, Utterance::announcement));
  EXPECT_FALSE(checked(bob, right, Utterance::broadcast));  // another's
  EXPECT_FALSE(checked(ada, authorize(issuer, ada.peer(), "another session"), Utterance::broadcast));
  EXPECT_FALSE(checked(ada, authorize(bob, ada.peer(), "a session"), Utterance::broadcast));

  Sealer sealer(signing(bob, {}));
  EXPECT_FALSE(sealer.is_author(ada.peer()));
  EXPECT_TRUE(sealer.show(ada.peer(), std::nullopt));
  EXPECT_FALSE(sealer.is_author(ada.peer()));
  EXPECT_FALSE(sealer.show(bob.peer(), right));
  EXPECT_TRUE(sealer.show(ada.peer(), right));
  EXPECT_TRUE(sealer.is_author(ada.peer()));
  EXPECT_FALSE(sealer.is_author(bob.peer()));
  EXPECT_TRUE(Sealer({.identity = bob, .network = "a session"}).is_author(ada.peer()));  // without an issuer
}

}  // namespace
}  // namespace tutti
