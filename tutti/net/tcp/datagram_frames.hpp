// Datagrams on a byte stream: each is its length in two bytes (big-endian) and its bytes.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "tutti/base/bytes.hpp"

namespace tutti {

/// Appends the frame of a datagram, of 1 to datagram_size_max bytes.
void append_datagram_frame(Bytes& out, ByteView datagram);

/// Cuts a stream into datagrams. Holds at most one incomplete one besides what was fed last.
class DatagramFrames {
 public:
  /// Takes the next bytes of the stream. The datagrams that they complete, valid until the next call; nothing
  /// if a length is no datagram's: then the stream is useless.
  std::optional<std::span<const ByteView>> feed(ByteView bytes);

 private:
  Bytes held_;
  std::size_t consumed_ = 0;  // of what is held: what was given out last
  std::vector<ByteView> complete_;
};

}  // namespace tutti
