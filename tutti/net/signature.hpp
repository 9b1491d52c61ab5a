// Signatures (Ed25519, RFC 8032) and the hash that goes with them (SHA-256, FIPS 180-4). Who signs is an
// Identity (identity.hpp).
#pragma once

#include <array>
#include <cstdint>

#include "tutti/base/bytes.hpp"

namespace tutti {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;
using Digest = std::array<std::uint8_t, 32>;

/// Whether `signature` is that of `text` by the owner of `key`. Costs about a tenth of a millisecond.
[[nodiscard]] bool verify(const PublicKey& key, ByteView text, const Signature& signature);

[[nodiscard]] Digest sha256(ByteView text);
/// Its first eight bytes as a number: enough where another text of the same hash would have to be found for a
/// given one.
[[nodiscard]] std::uint64_t short_sha256(ByteView text);

}  // namespace tutti
