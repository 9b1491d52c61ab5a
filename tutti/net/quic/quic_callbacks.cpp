#include "tutti/net/quic/quic_callbacks.hpp"

#include <cstring>

#include "tutti/base/require.hpp"
#include "tutti/net/quic/quic_connection.hpp"
#include "tutti/net/secure_random.hpp"

namespace tutti {
namespace {

/// The decrypt callback is the one place that knows whether a packet is genuine, and ngtcp2 gives it no
/// context. This carries the answer out of it, within one call of read_packet() and no further.
thread_local bool decrypted = false;

int decrypt(std::uint8_t* plain, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* context,
            const std::uint8_t* cipher, std::size_t cipher_bytes, const std::uint8_t* nonce,
            std::size_t nonce_bytes, const std::uint8_t* header, std::size_t header_bytes) {
  const int result = ngtcp2_crypto_decrypt_cb(plain, aead, context, cipher, cipher_bytes, nonce, nonce_bytes,
                                              header, header_bytes);
  if (result == 0) decrypted = true;
  return result;
}

}  // namespace

struct QuicCallbacks {
  static QuicConnection& self(void* user_data) { return *static_cast<QuicConnection*>(user_data); }

  static void random(std::uint8_t* bytes, std::size_t size, const ngtcp2_rand_ctx*) {
    fill_with_secure_randomness({bytes, size});
  }

  static int receive_crypto(ngtcp2_conn* connection, ngtcp2_compat::CryptoLevel level, std::uint64_t offset,
                            const std::uint8_t* data, std::size_t size, void* user_data) {
    if (!self(user_data).tls_) return 0;  // tickets and the like, after the handshake: of no use here
    return ngtcp2_crypto_recv_crypto_data_cb(connection, level, offset, data, size, user_data);
  }

  static int new_id(ngtcp2_conn*, ngtcp2_cid* id, std::uint8_t* token, std::size_t size, void* user_data) {
    auto& connection = self(user_data);
    *id = random_id(size);
    connection.context_.resets.make_token(*id, token);
    connection.add_key(key_of(id->data));
    return 0;
  }

  static int remove_id(ngtcp2_conn*, const ngtcp2_cid* id, void* user_data) {
    self(user_data).remove_key(key_of(id->data));
    return 0;
  }

  /// For a server this is the end of the handshake: the client has proved who it is.
  static int handshake_completed(ngtcp2_conn* connection, void* user_data) {
    if (ngtcp2_conn_is_server(connection) == 0) return 0;
    return handshake_confirmed(connection, user_data);
  }

  /// For a client only this is: until now the server has not judged the client's key.
  static int handshake_confirmed(ngtcp2_conn*, void* user_data) {
    self(user_data).confirmed_ = true;
    self(user_data).open();
    return 0;
  }

  static int receive_stream(ngtcp2_conn* connection, std::uint32_t flags, std::int64_t stream, std::uint64_t,
                            const std::uint8_t* data, std::size_t size, void* user_data, void*) {
    ngtcp2_conn_extend_max_offset(connection, size);
    if (const int error = ngtcp2_conn_extend_max_stream_offset(connection, stream, size); error != 0)
      return NGTCP2_ERR_CALLBACK_FAILURE;
    self(user_data).receive_stream(stream, {data, size});
    if ((flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0) stream_ended(user_data);
    return 0;
  }

  static int stream_reset(ngtcp2_conn*, std::int64_t, std::uint64_t, std::uint64_t, void* user_data, void*) {
    stream_ended(user_data);
    return 0;
  }

  static int stop_sending(ngtcp2_conn*, std::int64_t, std::uint64_t, void* user_data, void*) {
    stream_ended(user_data);
    return 0;
  }

  static void stream_ended(void* user_data) {
    self(user_data).violation("a stream ended before its connection");
  }

  static int acknowledged(ngtcp2_conn*, std::int64_t stream, std::uint64_t, std::uint64_t size,
                          void* user_data, void*) {
    for (auto& candidate : self(user_data).streams_)
      if (candidate.id == stream) candidate.messages.acknowledged(size);
    return 0;
  }

  static int extend_stream(ngtcp2_conn*, std::int64_t stream, std::uint64_t, void* user_data, void*) {
    for (auto& candidate : self(user_data).streams_)
      if (candidate.id == stream) candidate.blocked = false;
    return 0;
  }

  static int receive_datagram(ngtcp2_conn*, std::uint32_t, const std::uint8_t* data, std::size_t size,
                              void* user_data) {
    self(user_data).receive_datagram({data, size});
    return 0;
  }
};

ngtcp2_callbacks quic_callbacks() {
  ngtcp2_callbacks callbacks{};
  callbacks.client_initial = ngtcp2_crypto_client_initial_cb;
  callbacks.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
  callbacks.recv_retry = ngtcp2_crypto_recv_retry_cb;
  callbacks.encrypt = ngtcp2_crypto_encrypt_cb;
  callbacks.decrypt = decrypt;
  callbacks.hp_mask = ngtcp2_crypto_hp_mask_cb;
  callbacks.update_key = ngtcp2_crypto_update_key_cb;
  callbacks.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
  callbacks.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
  callbacks.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
  callbacks.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
  callbacks.rand = QuicCallbacks::random;
  callbacks.recv_crypto_data = QuicCallbacks::receive_crypto;
  callbacks.get_new_connection_id = QuicCallbacks::new_id;
  callbacks.remove_connection_id = QuicCallbacks::remove_id;
  callbacks.handshake_completed = QuicCallbacks::handshake_completed;
  callbacks.handshake_confirmed = QuicCallbacks::handshake_confirmed;
  callbacks.recv_stream_data = QuicCallbacks::receive_stream;
  callbacks.stream_reset = QuicCallbacks::stream_reset;
  callbacks.stream_stop_sending = QuicCallbacks::stop_sending;
  callbacks.acked_stream_data_offset = QuicCallbacks::acknowledged;
  callbacks.extend_max_stream_data = QuicCallbacks::extend_stream;
  callbacks.recv_datagram = QuicCallbacks::receive_datagram;
  return callbacks;
}

ConnectionKey key_of(const std::uint8_t* id) {
  ConnectionKey key = 0;
  std::memcpy(&key, id, sizeof key);
  return key;
}

ngtcp2_cid random_id(std::size_t bytes) {
  ngtcp2_cid id{};
  require(bytes <= sizeof id.data, "an id has at most 20 bytes");
  id.datalen = bytes;
  fill_with_secure_randomness({id.data, bytes});
  return id;
}

int read_packet(ngtcp2_conn* connection, const ngtcp2_path& path, ByteView packet, std::uint64_t now,
                bool& genuine) {
  const ngtcp2_pkt_info info{};
  decrypted = false;
  const int result = ngtcp2_conn_read_pkt(connection, &path, &info, packet.data(), packet.size(), now);
  genuine = decrypted;
  return result;
}

}  // namespace tutti
