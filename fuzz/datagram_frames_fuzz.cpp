// A byte stream that is to be datagrams: refused, or cut the same wherever it is torn, and nothing is held
// beyond what was fed last and one datagram.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tutti/base/require.hpp"
#include "tutti/net/tcp/datagram_frames.hpp"

namespace {

using namespace tutti;

/// All datagrams up to the first that is none, one after the other.
Bytes joined(ByteView stream, std::size_t piece_bytes) {
  DatagramFrames frames;
  Bytes result;
  while (!stream.empty()) {
    const auto piece = stream.first(std::min(piece_bytes, stream.size()));
    stream = stream.subspan(piece.size());
    const auto datagrams = frames.feed(piece);
    if (!datagrams) break;
    for (const auto& datagram : *datagrams) append_datagram_frame(result, datagram);
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const ByteView stream(data + 1, size - 1);
  const auto bytewise = joined(stream, 1);
  const auto torn = joined(stream, 1 + data[0]);
  require(bytewise.size() >= torn.size() && std::equal(torn.begin(), torn.end(), bytewise.begin()),
          "a stream is cut the same wherever it is torn");
  return 0;
}
