#include "tutti/net/tls/tls_session.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include "tutti/base/big_endian.hpp"
#include "tutti/base/require.hpp"

namespace tutti {
namespace {

/// One key exchange, one signature: there are no other tutti peers to be compatible with. AES-128-GCM stands
/// first, for it is 2 to 6 times faster than ChaCha20 wherever the processor helps.
constexpr std::string_view algorithms =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+CHACHA20-POLY1305:-GROUP-ALL:+GROUP-X25519:-"
    "SIGN-ALL:+SIGN-EDDSA-ED25519:-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK";
/// On a stream, what stands between sees a handshake that looks like an older TLS (RFC 8446, D.4); QUIC
/// forbids that (RFC 9001, 8.4).
constexpr std::string_view for_quic = ":%DISABLE_TLS13_COMPAT_MODE";

/// For calls that fail only without memory, or in a GnuTLS that lacks TLS 1.3, X25519 or Ed25519.
void succeeded(int result) {
  require(result >= 0, "GnuTLS 3.6.13 or newer with TLS 1.3, X25519 and Ed25519");
}

gnutls_datum_t view(const Bytes& bytes) {
  return {const_cast<unsigned char*>(bytes.data()), static_cast<unsigned>(bytes.size())};
}

std::optional<PublicKey> ed25519_key_of(const gnutls_datum_t& der) {
  gnutls_pubkey_t raw = nullptr;
  succeeded(gnutls_pubkey_init(&raw));
  const std::unique_ptr<std::remove_pointer_t<gnutls_pubkey_t>, decltype(&gnutls_pubkey_deinit)> key(
      raw, &gnutls_pubkey_deinit);
  if (gnutls_pubkey_import(raw, &der, GNUTLS_X509_FMT_DER) < 0) return std::nullopt;
  gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
  gnutls_datum_t x{}, y{};
  if (gnutls_pubkey_export_ecc_raw2(raw, &curve, &x, &y, 0) < 0) return std::nullopt;
  std::optional<PublicKey> result;
  if (curve == GNUTLS_ECC_CURVE_ED25519 && x.size == PublicKey{}.size())
    std::copy_n(x.data, x.size, result.emplace().begin());
  gnutls_free(x.data);
  gnutls_free(y.data);
  return result;
}

}  // namespace

TlsCredentials::TlsCredentials(const Identity& identity, std::string protocol)
    : protocol_(std::move(protocol)) {
  require(!protocol_.empty() && protocol_.size() < 256, "a protocol name has 1 to 255 bytes (RFC 7301)");
  succeeded(gnutls_certificate_allocate_credentials(&key_));
  const auto public_key = identity.public_key_der();
  const auto private_key = identity.private_key_der();
  const auto public_view = view(public_key);
  const auto private_view = view(private_key);
  succeeded(gnutls_certificate_set_rawpk_key_mem(key_, &public_view, &private_view, GNUTLS_X509_FMT_DER,
                                                 nullptr, 0, nullptr, 0, 0));
  succeeded(gnutls_priority_init(&algorithms_, (std::string(algorithms) += for_quic).c_str(), nullptr));
  succeeded(gnutls_priority_init(&stream_algorithms_, std::string(algorithms).c_str(), nullptr));
}

TlsCredentials::~TlsCredentials() {
  gnutls_priority_deinit(stream_algorithms_);
  gnutls_priority_deinit(algorithms_);
  gnutls_certificate_free_credentials(key_);
}

TlsSession::TlsSession(const TlsCredentials& credentials, Side side, std::optional<PeerId> expected,
                       Carrier carrier)
    : protocol_(credentials.protocol_), expected_(expected) {
  const bool server = side == Side::server;
  // No session tickets: a session that can be resumed would have to be remembered.
  const unsigned flags = (server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_ENABLE_RAWPK |
                         GNUTLS_NO_AUTO_SEND_TICKET | GNUTLS_NO_TICKETS;
  if (carrier == Carrier::quic) {
    succeeded(gnutls_init(&session_, flags | GNUTLS_NO_END_OF_EARLY_DATA));
    succeeded(gnutls_priority_set(session_, credentials.algorithms_));
    succeeded(server ? ngtcp2_crypto_gnutls_configure_server_session(session_)
                     : ngtcp2_crypto_gnutls_configure_client_session(session_));
  } else {
    succeeded(gnutls_init(&session_, flags | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL));
    succeeded(gnutls_priority_set(session_, credentials.stream_algorithms_));
  }
  if (server) gnutls_certificate_server_set_request(session_, GNUTLS_CERT_REQUIRE);
  succeeded(gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials.key_));
  const gnutls_datum_t name{reinterpret_cast<unsigned char*>(protocol_.data()),
                            static_cast<unsigned>(protocol_.size())};
  succeeded(gnutls_alpn_set_protocols(session_, &name, 1, GNUTLS_ALPN_MANDATORY));
  reference_.get_conn = [](ngtcp2_crypto_conn_ref* reference) {
    return static_cast<TlsSession*>(reference->user_data)->connection_;
  };
  reference_.user_data = this;
  gnutls_session_set_verify_function(session_, &TlsSession::verify);
  gnutls_session_set_ptr(session_, &reference_);  // where ngtcp2's crypto helper looks
}

TlsSession::~TlsSession() {
  gnutls_deinit(session_);
}

void TlsSession::attach(ngtcp2_conn* connection) {
  connection_ = connection;
  ngtcp2_conn_set_tls_native_handle(connection, session_);
}

int TlsSession::verify(gnutls_session_t session) {
  const auto* reference = static_cast<const ngtcp2_crypto_conn_ref*>(gnutls_session_get_ptr(session));
  auto& self = *static_cast<TlsSession*>(reference->user_data);
  return self.accept_protocol() && self.accept_key() ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

ChannelSecret TlsSession::secret() const {
  constexpr std::string_view label = "EXPORTER-tutti-channel";
  std::array<std::uint8_t, sizeof(ChannelSecret::number) + sizeof(ChannelSecret::key)> exported{};
  succeeded(gnutls_prf_rfc5705(session_, label.size(), label.data(), 0, nullptr, exported.size(),
                               reinterpret_cast<char*>(exported.data())));
  const ByteView bytes(exported);
  ChannelSecret secret{.number = read_big_endian(bytes.first(sizeof secret.number))};
  std::ranges::copy(bytes.subspan(sizeof secret.number), secret.key.begin());
  return secret;
}

bool TlsSession::accept_protocol() {
  gnutls_datum_t chosen{};
  if (gnutls_alpn_get_selected_protocol(session_, &chosen) == 0 &&
      std::string_view(reinterpret_cast<const char*>(chosen.data), chosen.size) == protocol_)
    return true;
  refusal_ = {CloseReason::wrong_protocol, fmt::format("the other side does not speak {}", protocol_)};
  return false;
}

bool TlsSession::accept_key() {
  unsigned count = 0;
  const gnutls_datum_t* keys = gnutls_certificate_get_peers(session_, &count);
  const auto key = keys != nullptr && count > 0 ? ed25519_key_of(keys[0]) : std::nullopt;
  if (!key) {
    refusal_ = {CloseReason::wrong_identity, "the other side has shown no Ed25519 key"};
    return false;
  }
  const auto peer = peer_id_of(*key);
  if (expected_ && peer != *expected_) {
    refusal_ = {CloseReason::wrong_identity,
                fmt::format("expected peer {} and found {}", expected_->text(), peer.text())};
    return false;
  }
  remote_ = peer;  // GnuTLS goes on to check the signature that proves it, and fails the handshake otherwise
  return true;
}

}  // namespace tutti
