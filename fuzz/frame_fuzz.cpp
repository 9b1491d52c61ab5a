// However a stream is cut on its way, the reader finds the same frames and the same fault. The first byte of
// the input seeds the cuts, the rest is the stream.
#include <algorithm>
#include <utility>
#include <vector>

#include "tutti/base/random.hpp"
#include "tutti/base/require.hpp"
#include "tutti/wire/frame.hpp"

namespace tutti {
namespace {

struct Outcome {
  std::vector<std::pair<MessageId, Bytes>> frames;
  std::expected<void, FrameError> end;
};

/// Feeds the stream in pieces whose lengths `next_piece_bytes` gives.
template <typename NextPieceBytes>
Outcome read(ByteView stream, NextPieceBytes next_piece_bytes) {
  Outcome outcome;
  FrameReader reader;
  const FrameReader::Sink sink = [&](MessageId id, ByteView body) {
    outcome.frames.emplace_back(id, Bytes(body.begin(), body.end()));
    return true;
  };
  while (!stream.empty() && outcome.end) {
    const std::size_t piece = std::min<std::size_t>(stream.size(), next_piece_bytes());
    outcome.end = reader.feed(stream.first(piece), sink);
    stream = stream.subspan(piece);
  }
  return outcome;
}

void check(std::uint8_t seed, ByteView stream) {
  const auto whole = read(stream, [&] { return stream.size(); });
  for (const std::size_t piece_bytes_max : {1u, 3u, 7u, 64u}) {
    Random random(seed);
    const auto cut = read(stream, [&] { return 1 + random.below(piece_bytes_max); });
    require(cut.frames == whole.frames, "cutting a stream changes no frame");
    require(cut.end == whole.end, "cutting a stream changes no fault");
  }

  Bytes written;
  for (const auto& [id, body] : whole.frames) {
    const auto header = frame_header(id, body.size());
    written.insert(written.end(), header.begin(), header.end());
    written.insert(written.end(), body.begin(), body.end());
  }
  require(written.size() <= stream.size() && std::equal(written.begin(), written.end(), stream.begin()),
          "frames written again are the bytes they came from");
}

}  // namespace
}  // namespace tutti

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) tutti::check(data[0], {data + 1, size - 1});
  return 0;
}
