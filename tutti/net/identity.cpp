#include "tutti/net/identity.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <nettle/eddsa.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tutti/base/require.hpp"
#include "tutti/net/secure_random.hpp"

namespace tutti {
namespace {

/// The fixed beginnings of the two encodings, up to the 32 key bytes.
constexpr std::array<std::uint8_t, 16> private_der_prefix{0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                                          0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
constexpr std::array<std::uint8_t, 12> public_der_prefix{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                         0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
/// A key file is about 120 bytes; what is larger is something else.
constexpr std::size_t pem_bytes_max = 16 * 1024;

template <std::size_t prefix_size>
Bytes joined(const std::array<std::uint8_t, prefix_size>& prefix, const std::array<std::uint8_t, 32>& key) {
  Bytes der(prefix_size + key.size());
  std::ranges::copy(key, std::ranges::copy(prefix, der.begin()).out);
  return der;
}

/// Memory that GnuTLS allocated.
struct Datum : gnutls_datum_t {
  Datum() : gnutls_datum_t{nullptr, 0} {}
  Datum(const Datum&) = delete;
  Datum& operator=(const Datum&) = delete;
  ~Datum() { gnutls_free(data); }
};

gnutls_datum_t view(std::string_view text) {
  // GnuTLS takes pointers to mutable bytes that it only reads.
  return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
          static_cast<unsigned>(text.size())};
}

struct KeyPair {
  Identity::Seed seed{};
  PublicKey public_key{};
};

/// Reads PKCS#8 and computes the public key that belongs to it.
std::expected<KeyPair, std::string> import_pkcs8(const gnutls_datum_t& bytes, gnutls_x509_crt_fmt_t format) {
  gnutls_x509_privkey_t raw = nullptr;
  require(gnutls_x509_privkey_init(&raw) == GNUTLS_E_SUCCESS, "GnuTLS has memory for a key");
  const std::unique_ptr<std::remove_pointer_t<gnutls_x509_privkey_t>, decltype(&gnutls_x509_privkey_deinit)>
      key(raw, &gnutls_x509_privkey_deinit);
  if (const int error =
          gnutls_x509_privkey_import_pkcs8(key.get(), &bytes, format, nullptr, GNUTLS_PKCS_PLAIN);
      error < 0)
    return std::unexpected(fmt::format("no readable private key: {}", gnutls_strerror(error)));
  gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
  Datum x, y, k;
  if (const int error = gnutls_x509_privkey_export_ecc_raw(key.get(), &curve, &x, &y, &k);
      error < 0 || curve != GNUTLS_ECC_CURVE_ED25519)
    return std::unexpected("a private key, but not of the kind Ed25519");
  KeyPair pair;
  if (x.size != pair.public_key.size() || k.size != pair.seed.size())
    return std::unexpected("an Ed25519 key of a wrong size");
  std::copy_n(x.data, x.size, pair.public_key.begin());
  std::copy_n(k.data, k.size, pair.seed.begin());
  return pair;
}

std::string system_error() {
  return std::strerror(errno);
}

std::expected<std::string, std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::unexpected(fmt::format("cannot read {}: {}", file.string(), system_error()));
  std::string text(pem_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return std::unexpected(fmt::format("cannot read {}: {}", file.string(), system_error()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > pem_bytes_max)
    return std::unexpected(fmt::format("{} is too large for a key", file.string()));
  return text;
}

/// Fails with EEXIST rather than overwrite.
std::optional<std::string> write_new_file(const std::filesystem::path& file, std::string_view text) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return fmt::format("cannot create {}: {}", file.string(), system_error());
  const bool written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(descriptor) == 0;
  const std::string fault = written ? "" : system_error();
  const bool closed = ::close(descriptor) == 0;
  if (written && closed) return std::nullopt;
  ::unlink(file.c_str());  // half a key would look like a damaged one at the next start
  return fmt::format("cannot write {}: {}", file.string(), fault);
}

}  // namespace

PeerId peer_id_of(const PublicKey& key) {
  const auto digest = sha256(key);
  PeerId id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

Identity Identity::generate() {
  Seed seed{};
  fill_with_secure_randomness(seed);
  return from_seed(seed);
}

Identity Identity::from_seed(const Seed& seed) {
  auto der = joined(private_der_prefix, seed);
  const auto pair = import_pkcs8({der.data(), static_cast<unsigned>(der.size())}, GNUTLS_X509_FMT_DER);
  require(pair.has_value(), "every 32 bytes are an Ed25519 private key");
  return {seed, pair->public_key};
}

std::expected<Identity, std::string> Identity::from_pem(std::string_view pem) {
  if (pem.size() > pem_bytes_max) return std::unexpected("too large for a key");
  const auto pair = import_pkcs8(view(pem), GNUTLS_X509_FMT_PEM);
  if (!pair) return std::unexpected(pair.error());
  return Identity(pair->seed, pair->public_key);
}

std::expected<Identity, std::string> Identity::load_or_create(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) {
    const auto identity = generate();
    if (const auto fault = write_new_file(file, identity.to_pem())) return std::unexpected(*fault);
    return identity;
  }
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  auto identity = from_pem(*text);
  if (!identity)
    return std::unexpected(fmt::format("the key file {} is damaged: {}", file.string(), identity.error()));
  return identity;
}

Signature Identity::sign(ByteView text) const {
  Signature signature{};
  ed25519_sha512_sign(public_key_.data(), seed_.data(), text.size(), text.data(), signature.data());
  return signature;
}

std::string Identity::to_pem() const {
  auto der = private_key_der();
  const gnutls_datum_t bytes{der.data(), static_cast<unsigned>(der.size())};
  Datum pem;
  require(gnutls_pem_base64_encode2("PRIVATE KEY", &bytes, &pem) == GNUTLS_E_SUCCESS,
          "GnuTLS encodes 48 bytes");
  return {reinterpret_cast<const char*>(pem.data), pem.size};
}

Bytes Identity::private_key_der() const {
  return joined(private_der_prefix, seed_);
}

Bytes Identity::public_key_der() const {
  return joined(public_der_prefix, public_key_);
}

}  // namespace tutti
