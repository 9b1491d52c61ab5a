// What ngtcp2 asks and tells while it reads or writes a packet of a connection.
#pragma once

#include <ngtcp2/ngtcp2.h>

#include "tutti/net/quic/quic_context.hpp"

namespace tutti {

/// The callbacks of every connection; its user data is a QuicConnection.
ngtcp2_callbacks quic_callbacks();

/// The first eight bytes of an id, which has them.
ConnectionKey key_of(const std::uint8_t* id);

/// A fresh id of connection_id_bytes that nobody can guess.
ngtcp2_cid random_id(std::size_t bytes);

/// Reads a packet into `connection` and returns ngtcp2's verdict. Sets `genuine` to whether something in it
/// decrypted: ngtcp2 drops what does not without a word.
int read_packet(ngtcp2_conn* connection, const ngtcp2_path& path, ByteView packet, std::uint64_t now,
                bool& genuine);

}  // namespace tutti
