// The differences between ngtcp2 0.12 (Debian 12) and 1.x, all in one place. Nothing else here may know about
// them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

namespace tutti::ngtcp2_compat {

/// What has been measured of a connection's path.
struct PathState {
  std::uint64_t latest_rtt = 0;       ///< in nanoseconds, the delay of the acknowledgement included
  std::uint64_t bytes_in_flight = 0;  ///< sent and neither acknowledged nor given up for lost
};

inline const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

#if NGTCP2_VERSION_NUM >= 0x010000

using CryptoLevel = ngtcp2_encryption_level;
using CloseError = ngtcp2_ccerr;

inline CloseError no_error() {
  CloseError error;
  ngtcp2_ccerr_default(&error);
  return error;
}
/// `text` must live as long as the result, here and below.
inline CloseError application_error(std::uint64_t code, std::string_view text) {
  CloseError error;
  ngtcp2_ccerr_set_application_error(&error, code, bytes_of(text), text.size());
  return error;
}
inline CloseError library_error(int code, std::string_view text) {
  CloseError error;
  ngtcp2_ccerr_set_liberr(&error, code, bytes_of(text), text.size());
  return error;
}
inline CloseError tls_error(std::uint8_t alert, std::string_view text) {
  CloseError error;
  ngtcp2_ccerr_set_tls_alert(&error, alert, bytes_of(text), text.size());
  return error;
}
inline CloseError received_error(ngtcp2_conn* connection) {
  return *ngtcp2_conn_get_ccerr(connection);
}
inline PathState path_state(ngtcp2_conn* connection) {
  ngtcp2_conn_info info;
  ngtcp2_conn_get_conn_info(connection, &info);
  return {info.latest_rtt, info.bytes_in_flight};
}
inline bool is_application_error(const CloseError& error) {
  return error.type == NGTCP2_CCERR_TYPE_APPLICATION;
}
inline void set_original_id(ngtcp2_transport_params& parameters, const ngtcp2_cid& id) {
  parameters.original_dcid = id;
  parameters.original_dcid_present = 1;
}
/// What a first packet shows to prove where it comes from; empty if nothing.
inline std::span<const std::uint8_t> token_of(const ngtcp2_pkt_hd& header) {
  return {header.token, header.tokenlen};
}
inline void give_token(ngtcp2_pkt_hd& header, std::span<const std::uint8_t> token) {
  header.token = token.data();
  header.tokenlen = token.size();
}
/// The same, for a connection that may rely on it.
inline void set_token(ngtcp2_settings& settings, const ngtcp2_pkt_hd& header) {
  settings.token = header.token;
  settings.tokenlen = header.tokenlen;
}

#else

using CryptoLevel = ngtcp2_crypto_level;
using CloseError = ngtcp2_connection_close_error;

inline CloseError no_error() {
  CloseError error;
  ngtcp2_connection_close_error_default(&error);
  return error;
}
/// `text` must live as long as the result, here and below.
inline CloseError application_error(std::uint64_t code, std::string_view text) {
  auto error = no_error();
  ngtcp2_connection_close_error_set_application_error(&error, code, bytes_of(text), text.size());
  return error;
}
inline CloseError library_error(int code, std::string_view text) {
  auto error = no_error();
  ngtcp2_connection_close_error_set_transport_error_liberr(&error, code, bytes_of(text), text.size());
  return error;
}
inline CloseError tls_error(std::uint8_t alert, std::string_view text) {
  auto error = no_error();
  ngtcp2_connection_close_error_set_transport_error_tls_alert(&error, alert, bytes_of(text), text.size());
  return error;
}
inline CloseError received_error(ngtcp2_conn* connection) {
  auto error = no_error();
  ngtcp2_conn_get_connection_close_error(connection, &error);
  return error;
}
inline PathState path_state(ngtcp2_conn* connection) {
  ngtcp2_conn_stat stat;
  ngtcp2_conn_get_conn_stat(connection, &stat);
  return {stat.latest_rtt, stat.bytes_in_flight};
}
inline bool is_application_error(const CloseError& error) {
  return error.type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION;
}
inline void set_original_id(ngtcp2_transport_params& parameters, const ngtcp2_cid& id) {
  parameters.original_dcid = id;
}
/// What a first packet shows to prove where it comes from; empty if nothing.
inline std::span<const std::uint8_t> token_of(const ngtcp2_pkt_hd& header) {
  return {header.token.base, header.token.len};
}
inline void give_token(ngtcp2_pkt_hd& header, std::span<const std::uint8_t> token) {
  header.token = {const_cast<std::uint8_t*>(token.data()), token.size()};
}
/// The same, for a connection that may rely on it.
inline void set_token(ngtcp2_settings& settings, const ngtcp2_pkt_hd& header) {
  settings.token = header.token;
}

#endif

}  // namespace tutti::ngtcp2_compat
