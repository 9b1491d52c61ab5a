#include "tutti/net/signature.hpp"

#include <nettle/eddsa.h>
#include <nettle/sha2.h>

#include "tutti/base/big_endian.hpp"

namespace tutti {

static_assert(std::tuple_size_v<PublicKey> == ED25519_KEY_SIZE);
static_assert(std::tuple_size_v<Signature> == ED25519_SIGNATURE_SIZE);
static_assert(std::tuple_size_v<Digest> == SHA256_DIGEST_SIZE);

bool verify(const PublicKey& key, ByteView text, const Signature& signature) {
  return ed25519_sha512_verify(key.data(), text.size(), text.data(), signature.data()) == 1;
}

Digest sha256(ByteView text) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, text.size(), text.data());
  Digest digest{};
  sha256_digest(&context, digest.size(), digest.data());
  return digest;
}

std::uint64_t short_sha256(ByteView text) {
  return read_big_endian(ByteView(sha256(text)).first(sizeof(std::uint64_t)));
}

}  // namespace tutti
