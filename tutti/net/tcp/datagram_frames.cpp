#include "tutti/net/tcp/datagram_frames.hpp"

#include <array>

#include "tutti/base/big_endian.hpp"
#include "tutti/base/require.hpp"
#include "tutti/net/udp/datagram_socket.hpp"

namespace tutti {
namespace {

constexpr std::size_t header_bytes = 2;

}  // namespace

void append_datagram_frame(Bytes& out, ByteView datagram) {
  require(!datagram.empty() && datagram.size() <= datagram_size_max,
          "a datagram has 1 to datagram_size_max bytes");
  std::array<std::uint8_t, header_bytes> header{};
  write_big_endian(datagram.size(), header);
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), datagram.begin(), datagram.end());
}

std::optional<std::span<const ByteView>> DatagramFrames::feed(ByteView bytes) {
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(consumed_));
  consumed_ = 0;
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  complete_.clear();
  for (auto rest = ByteView(held_); rest.size() >= header_bytes;) {
    const auto size = read_big_endian(rest.first(header_bytes));
    if (size == 0 || size > datagram_size_max) return std::nullopt;
    if (rest.size() < header_bytes + size) break;
    complete_.push_back(rest.subspan(header_bytes, size));
    consumed_ += header_bytes + size;
    rest = rest.subspan(header_bytes + size);
  }
  return complete_;
}

}  // namespace tutti
