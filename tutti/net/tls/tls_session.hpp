// The handshake of a secure channel: TLS 1.3 (RFC 8446) in which both sides prove who they are with raw
// Ed25519 public keys (RFC 7250) - no certificates, no authorities, no names. A peer is its key; the only
// question is whether it is the key that was expected. The protocol's name and version travel as ALPN (RFC
// 7301).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include "tutti/base/ids.hpp"
#include "tutti/net/identity.hpp"
#include "tutti/net/transport.hpp"
#include "tutti/net/udp/datagram_socket.hpp"

namespace tutti {

/// What all sessions of one transport share. Must outlive them.
class TlsCredentials {
 public:
  TlsCredentials(const Identity& identity, std::string protocol);
  TlsCredentials(const TlsCredentials&) = delete;
  TlsCredentials& operator=(const TlsCredentials&) = delete;
  ~TlsCredentials();

 private:
  friend class TlsSession;
  gnutls_certificate_credentials_t key_ = nullptr;
  gnutls_priority_t algorithms_ = nullptr;
  gnutls_priority_t stream_algorithms_ = nullptr;
  std::string protocol_;
};

/// One side of one handshake, inside QUIC or on a byte stream.
class TlsSession {
 public:
  enum class Side : std::uint8_t { client, server };
  enum class Carrier : std::uint8_t { quic, stream };

  TlsSession(const TlsCredentials& credentials, Side side, std::optional<PeerId> expected,
             Carrier carrier = Carrier::quic);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  /// Ties the session to the connection it serves, which must not use it after its end.
  void attach(ngtcp2_conn* connection);
  /// For who drives the handshake on a stream.
  [[nodiscard]] gnutls_session_t get() const { return session_; }

  /// Who the other side has proved to be, once it has.
  [[nodiscard]] const std::optional<PeerId>& remote() const { return remote_; }
  /// What only the two sides know, once the handshake is complete.
  [[nodiscard]] ChannelSecret secret() const;
  /// Why this side refused the other, if it did.
  [[nodiscard]] const std::optional<Closing>& refusal() const { return refusal_; }

 private:
  static int verify(gnutls_session_t session);
  bool accept_protocol();
  bool accept_key();

  gnutls_session_t session_ = nullptr;
  ngtcp2_crypto_conn_ref reference_{};
  ngtcp2_conn* connection_ = nullptr;
  std::string protocol_;
  std::optional<PeerId> expected_;
  std::optional<PeerId> remote_;
  std::optional<Closing> refusal_;
};

}  // namespace tutti
