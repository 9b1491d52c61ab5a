// Hostile replay files. The checksums would keep nearly everything from the parts behind them, so that what
// the fuzzer makes is read as it is, and once more as the contents of chunks with right checksums. Whatever
// is understood is played a little way, and survives being written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "board.hpp"
#include "tutti/base/hash.hpp"
#include "tutti/base/require.hpp"
#include "tutti/symmetric/playback.hpp"

namespace {

using namespace tutti;
using namespace tutti::symmetric;
using fuzz::Board;

void append(std::uint64_t value, int bytes, Bytes& out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

// A beginning that is right, then one chunk for each piece of the input: a byte that says how long, and the
// content.
Bytes with_checksums(ByteView input) {
  Bytes bytes;
  const RecordingWriter writer([&](ByteView chunk) { bytes.insert(bytes.end(), chunk.begin(), chunk.end()); },
                               recorded_application<Board>());
  while (!input.empty()) {
    const auto content = input.subspan(1).first(std::min<std::size_t>(input[0], input.size() - 1));
    input = input.subspan(1 + content.size());
    Bytes length;
    append(content.size(), 4, length);
    bytes.insert(bytes.end(), length.begin(), length.end());
    append(hash_bytes(length), 4, bytes);
    append(hash_bytes(content), 8, bytes);
    bytes.insert(bytes.end(), content.begin(), content.end());
  }
  return bytes;
}

void read(ByteView bytes) {
  const auto recording = read_recording(bytes);
  if (!recording) {
    require(!recording.error().empty(), "every error is a sentence");
    return;
  }
  Bytes again;
  RecordingWriter writer([&](ByteView chunk) { again.insert(again.end(), chunk.begin(), chunk.end()); },
                         recording->application);
  if (recording->foundation) writer.add(*recording->foundation);
  for (const auto& event : recording->events) writer.add(event);
  for (const auto& fingerprint : recording->fingerprints) writer.add(fingerprint);
  auto copy = *recording;
  copy.cut_off_at.reset();
  require(read_recording(again) == copy, "a recording survives being written");

  auto playback = Playback<Board>::of(*recording);
  if (!playback) return;
  playback->run(playback->last(), 1000);
  if (playback->last() < Tick(10'000)) (void)playback->verify();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read(ByteView(data, size));
  read(with_checksums(ByteView(data, size)));
  return 0;
}
