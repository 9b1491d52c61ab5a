#include "tutti/wire/frame.hpp"

#include <algorithm>
#include <optional>

#include "tutti/base/require.hpp"

namespace tutti {
namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t id_bytes = 2;

std::size_t length_of(ByteView bytes) {
  return std::size_t{bytes[0]} << 24 | std::size_t{bytes[1]} << 16 | std::size_t{bytes[2]} << 8 | bytes[3];
}

std::optional<FrameError> fault_of(std::size_t length) {
  if (length < id_bytes) return FrameError::too_short;
  if (length - id_bytes > message_bytes_max) return FrameError::too_long;
  return std::nullopt;
}

}  // namespace

std::string_view describe(FrameError error) {
  switch (error) {
    case FrameError::too_short:
      return "a frame too short to hold a message id";
    case FrameError::too_long:
      return "a message over 1 MiB";
  }
  return "unknown";
}

std::array<std::uint8_t, frame_header_bytes> frame_header(MessageId id, std::size_t body_bytes) {
  require(body_bytes <= message_bytes_max, "a message is at most message_bytes_max long");
  const auto length = body_bytes + id_bytes;
  return {static_cast<std::uint8_t>(length >> 24),    static_cast<std::uint8_t>(length >> 16),
          static_cast<std::uint8_t>(length >> 8),     static_cast<std::uint8_t>(length),
          static_cast<std::uint8_t>(id.value() >> 8), static_cast<std::uint8_t>(id.value())};
}

std::expected<void, FrameError> FrameReader::feed(ByteView bytes, const Sink& sink) {
  while (!bytes.empty() || partial_.size() >= length_bytes) {
    // Whole frames are cut straight from the input; only what a frame lacks at its end is kept.
    const bool buffered = !partial_.empty();
    if (buffered) {
      const std::size_t wanted =
          partial_.size() < length_bytes ? length_bytes : length_bytes + length_of(partial_);
      const std::size_t taken = std::min(bytes.size(), wanted - partial_.size());
      partial_.insert(partial_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
      bytes = bytes.subspan(taken);
      if (partial_.size() < wanted) return {};
    }
    const ByteView stream = buffered ? ByteView(partial_) : bytes;
    if (stream.size() < length_bytes) {
      partial_.assign(stream.begin(), stream.end());
      return {};
    }
    const std::size_t length = length_of(stream);
    if (const auto fault = fault_of(length)) return std::unexpected(*fault);
    if (stream.size() < length_bytes + length) {
      if (buffered) continue;
      partial_.assign(stream.begin(), stream.end());
      return {};
    }
    const auto frame = stream.subspan(length_bytes, length);
    const MessageId id(static_cast<std::uint16_t>(frame[0] << 8 | frame[1]));
    const bool go_on = sink(id, frame.subspan(id_bytes));
    if (buffered) {
      partial_.clear();
      if (partial_.capacity() > 4096) partial_.shrink_to_fit();  // idle streams hold no large buffers
    } else {
      bytes = bytes.subspan(length_bytes + length);
    }
    if (!go_on) return {};
  }
  return {};
}

}  // namespace tutti
