#include "tutti/net/quic/close_reasons.hpp"

#include <string>

#include <fmt/format.h>
#include <gnutls/gnutls.h>

namespace tutti {
namespace {

/// RFC 9001, 4.8: the codes 0x100 to 0x1ff carry a TLS alert.
constexpr std::uint64_t crypto_errors = 0x100;

/// What the other side wrote, without control characters, which could rewrite a terminal.
std::string printable(const ngtcp2_compat::CloseError& error) {
  std::string text(reinterpret_cast<const char*>(error.reason), error.reasonlen);
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
  return text;
}

}  // namespace

Closing interpret_alert(std::uint8_t alert, std::string_view whose) {
  const auto* name = gnutls_alert_get_name(static_cast<gnutls_alert_description_t>(alert));
  const auto detail =
      fmt::format("{} ended the handshake: {}", whose, name == nullptr ? "unknown alert" : name);
  switch (alert) {
    case GNUTLS_A_NO_APPLICATION_PROTOCOL:
    case GNUTLS_A_PROTOCOL_VERSION:
    case GNUTLS_A_HANDSHAKE_FAILURE:
    case GNUTLS_A_INSUFFICIENT_SECURITY:
      return {CloseReason::wrong_protocol, detail};
    case GNUTLS_A_BAD_CERTIFICATE:
    case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
    case GNUTLS_A_CERTIFICATE_UNKNOWN:
    case GNUTLS_A_UNKNOWN_CA:
    case GNUTLS_A_ACCESS_DENIED:
    case GNUTLS_A_DECRYPT_ERROR:
    case GNUTLS_A_CERTIFICATE_REQUIRED:
      return {CloseReason::wrong_identity, detail};
    default:
      return {CloseReason::protocol_violation, detail};
  }
}

Closing interpret(const ngtcp2_compat::CloseError& received) {
  const auto text = printable(received);
  if (ngtcp2_compat::is_application_error(received)) {
    if (received.error_code == closed_for_violation)
      return {CloseReason::closed_by_remote, fmt::format("the other side found fault with us: {}", text)};
    return {CloseReason::closed_by_remote, text};
  }
  if (received.error_code >= crypto_errors && received.error_code < crypto_errors + 0x100)
    return interpret_alert(static_cast<std::uint8_t>(received.error_code - crypto_errors), "the other side");
  if (received.error_code == NGTCP2_NO_ERROR)
    return {CloseReason::closed_by_remote, "the other side is gone without a word"};
  return {CloseReason::closed_by_remote, fmt::format("QUIC error {:#x}: {}", received.error_code, text)};
}

}  // namespace tutti
