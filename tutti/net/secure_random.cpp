#include "tutti/net/secure_random.hpp"

#include <gnutls/crypto.h>

#include "tutti/base/require.hpp"

namespace tutti {

void fill_with_secure_randomness(std::span<std::uint8_t> bytes) {
  require(gnutls_rnd(GNUTLS_RND_KEY, bytes.data(), bytes.size()) == GNUTLS_E_SUCCESS,
          "the operating system has randomness");
}

}  // namespace tutti
