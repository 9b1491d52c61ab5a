// Messages on a byte stream: each is a frame of a four-byte length (big-endian, counting what follows it), a
// two-byte message id (big-endian) and the body.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <functional>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"

namespace tutti {

/// The largest body that travels. More is a caller's mistake when sending and a peer's when receiving.
inline constexpr std::size_t message_bytes_max = 1 << 20;
inline constexpr std::size_t frame_header_bytes = 6;

std::array<std::uint8_t, frame_header_bytes> frame_header(MessageId id, std::size_t body_bytes);

enum class FrameError : std::uint8_t {
  too_short,  ///< a length that leaves no room for the message id
  too_long,   ///< a body over message_bytes_max
};
std::string_view describe(FrameError error);

/// Cuts a stream into frames. Holds at most one incomplete frame.
class FrameReader {
 public:
  /// Called for each complete frame; the body is valid during the call. Returns whether to go on: false stops
  /// feed() at once, for a channel that is closed while it is being read.
  using Sink = std::function<bool(MessageId, ByteView)>;

  /// Takes the next bytes of the stream. After an error the stream is useless.
  std::expected<void, FrameError> feed(ByteView bytes, const Sink& sink);

 private:
  Bytes partial_;
};

}  // namespace tutti
