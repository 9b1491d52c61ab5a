// Any bytes are decoded or refused within the codec's limits, and what was decoded survives a second journey:
// the decoder and the encoder agree on every value that exists. The first byte chooses the type.
#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tutti/base/require.hpp"
#include "tutti/base/time.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti {
namespace {

struct Leaf {
  std::int32_t number = 0;
  std::optional<std::string> text;
};
struct Empty {};
struct Tree {
  bool flag = false;
  std::uint8_t small = 0;
  std::int64_t large = 0;
  double real = 0;
  float single = 0;
  Priority priority = Priority::high;
  Duration duration{};
  MessageId strong;
  PeerId peer;
  Bytes bytes;
  std::vector<Leaf> list;
  std::vector<std::vector<std::uint16_t>> table;
  std::array<std::int16_t, 3> triple{};
  std::variant<Empty, Leaf, std::uint32_t> choice;
};
/// Reads only the first field of what a Tree is written as, and skips the rest.
struct Stump {
  bool flag = false;
};

/// Compares encodings instead of values: reals may be NaN, which equals nothing.
template <typename T>
void travel_twice(ByteView bytes) {
  const auto once = decode<T>(bytes);
  if (!once) {
    require(!describe(once.error()).empty(), "every error has its sentence");
    return;
  }
  const auto written = encode(*once);
  const auto twice = decode<T>(written);
  require(twice.has_value(), "what was decoded can be encoded and decoded again");
  require(encode(*twice) == written, "a second journey changes nothing");
}

void check(std::uint8_t choice, ByteView bytes) {
  switch (choice % 6) {
    case 0:
      return travel_twice<Tree>(bytes);
    case 1:
      return travel_twice<Stump>(bytes);
    case 2:
      return travel_twice<std::vector<Leaf>>(bytes);
    case 3:
      return travel_twice<std::variant<Empty, Tree, std::string>>(bytes);
    case 4:
      return travel_twice<std::optional<std::array<std::uint8_t, 8>>>(bytes);
    default:
      return travel_twice<std::vector<std::vector<std::vector<std::int8_t>>>>(bytes);
  }
}

}  // namespace
}  // namespace tutti

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) tutti::check(data[0], {data + 1, size - 1});
  return 0;
}
