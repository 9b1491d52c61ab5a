#include "tutti/net/session_secret.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tutti {
namespace {

PeerId peer(std::uint8_t number) {
  PeerId id;
  id.bytes.fill(number);
  return id;
}

TEST(SessionSecret, is_never_drawn_twice_and_comes_back_from_its_text) {
  const auto secret = SessionSecret::generate();
  EXPECT_NE(secret, SessionSecret::generate());
  EXPECT_EQ(SessionSecret::parse(secret.text()), secret);
}

TEST(SessionSecret, is_not_repeated_when_it_is_misread) {
  for (const auto* text :
       {"", "00112233", "0011223344556677889900112233445g", "00112233445566778899001122334455ff"}) {
    const auto secret = SessionSecret::parse(text);
    ASSERT_FALSE(secret);
    EXPECT_EQ(secret.error(), "a session's secret is 32 hexadecimal digits");
  }
}

TEST(SessionSecret, is_proved_to_one_peer_by_one_peer_in_one_network) {
  const auto secret = *SessionSecret::parse("000102030405060708090a0b0c0d0e0f");
  const auto proof = membership_proof(secret, peer(1), peer(2), "chess 1");
  EXPECT_TRUE(proves_membership(proof, secret, peer(1), peer(2), "chess 1"));
  EXPECT_FALSE(proves_membership(proof, SessionSecret::generate(), peer(1), peer(2), "chess 1"));
  EXPECT_FALSE(proves_membership(proof, secret, peer(2), peer(1), "chess 1"));
  EXPECT_FALSE(proves_membership(proof, secret, peer(1), peer(3), "chess 1"));
  EXPECT_FALSE(proves_membership(proof, secret, peer(1), peer(2), "chess 2"));
  EXPECT_FALSE(proves_membership({}, secret, peer(1), peer(2), "chess 1"));
  auto bent = proof;
  bent[31] ^= 1;
  EXPECT_FALSE(proves_membership(bent, secret, peer(1), peer(2), "chess 1"));
}

TEST(SessionSecret, is_proved_by_the_standard_keyed_hash) {
  // Computed by another implementation of HMAC-SHA-256.
  const auto secret = *SessionSecret::parse("000102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(to_hex(membership_proof(secret, peer(1), peer(2), "chess 1")),
            "b4a5f2d918a65e4708766341afa27e3661a20ccc57c973aa95fa44b4d392d0ff");
}

}  // namespace
}  // namespace tutti
