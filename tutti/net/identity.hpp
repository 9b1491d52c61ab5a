// Who a peer is and how it proves it: an Ed25519 key pair (RFC 8032). The private key is the identity;
// whoever has a copy of it is the same peer.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/net/signature.hpp"

namespace tutti {

/// The first 128 bits of the SHA-256 of the raw public key.
PeerId peer_id_of(const PublicKey& key);

/// A value; copies are the same identity.
class Identity {
 public:
  /// The 32 bytes from which RFC 8032 derives both keys.
  using Seed = std::array<std::uint8_t, 32>;

  /// A new identity from the operating system's randomness.
  static Identity generate();
  /// The identity that belongs to `seed`: always the same. For tests, and for keys that were kept elsewhere.
  static Identity from_seed(const Seed& seed);

  /// Reads an unencrypted PKCS#8 private key in PEM form (RFC 5958), as `openssl genpkey -algorithm ed25519`
  /// writes it. The error is a sentence.
  static std::expected<Identity, std::string> from_pem(std::string_view pem);
  /// Reads the key in `file`, or makes a new one and keeps it there (mode 0600) if there is no such file. A
  /// damaged file is an error and stays as it is: a new key would be another peer.
  static std::expected<Identity, std::string> load_or_create(const std::filesystem::path& file);

  /// Always the same for the same text. Costs about as much as verify().
  [[nodiscard]] Signature sign(ByteView text) const;

  /// The private key as PEM: keep it secret.
  [[nodiscard]] std::string to_pem() const;

  [[nodiscard]] const PeerId& peer() const { return peer_; }
  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  /// The private key: keep it secret.
  [[nodiscard]] const Seed& seed() const { return seed_; }

  /// The keys in the forms that TLS libraries take: PKCS#8 (RFC 8410, 7) and SubjectPublicKeyInfo (RFC 8410,
  /// 4).
  [[nodiscard]] Bytes private_key_der() const;
  [[nodiscard]] Bytes public_key_der() const;

 private:
  Identity(const Seed& seed, const PublicKey& key) : seed_(seed), public_key_(key), peer_(peer_id_of(key)) {}

  Seed seed_;
  PublicKey public_key_;
  PeerId peer_;
};

}  // namespace tutti
