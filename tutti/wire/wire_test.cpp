#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/time.hpp"
#include "tutti/wire/can_travel.hpp"
#include "tutti/wire/codec.hpp"
#include "tutti/wire/frame.hpp"
#include "tutti/wire/message.hpp"

namespace tutti {
namespace {

enum class Colour : std::uint8_t { red, green, blue };

struct Inner {
  std::int32_t number = 0;
  std::optional<std::string> text;
  bool operator==(const Inner&) const = default;
};
struct Nothing {
  bool operator==(const Nothing&) const = default;
};
struct Everything {
  bool flag = false;
  std::uint8_t small = 0;
  std::int64_t large = 0;
  double real = 0;
  Colour colour = Colour::red;
  Duration duration{};
  MessageId strong;
  PeerId peer;
  Bytes bytes;
  std::vector<Inner> list;
  std::array<std::int16_t, 3> triple{};
  std::variant<Nothing, Inner, std::uint32_t> choice;
  bool operator==(const Everything&) const = default;
};
enum class Unbounded : std::uint8_t { some, others };
struct Older {
  std::int32_t first = 1;
};
struct Newer {
  std::int32_t first = 1;
  std::string second = "default";
  std::vector<std::vector<Inner>> third;
};

}  // namespace

template <>
struct WireEnum<Colour> {
  static constexpr Colour last = Colour::blue;
};
template <>
struct MessageTraits<Inner> {
  static constexpr MessageId id{0x7001};
};
template <>
struct MessageTraits<Older> {
  static constexpr MessageId id{0x7002};
};

namespace {

static_assert(wire::can_travel<Everything>());
static_assert(!wire::can_travel<Unbounded>(), "its greatest value is not known");
static_assert(!wire::can_travel<std::vector<const char*>>());
static_assert(!wire::can_travel<std::variant<Nothing, std::vector<bool>>>());

Everything arbitrary_everything() {
  Everything e;
  e.flag = *rc::gen::arbitrary<bool>();
  e.small = *rc::gen::arbitrary<std::uint8_t>();
  e.large = *rc::gen::arbitrary<std::int64_t>();
  e.real = *rc::gen::arbitrary<double>();
  e.colour = *rc::gen::element(Colour::red, Colour::green, Colour::blue);
  e.duration = Duration(*rc::gen::arbitrary<std::int64_t>());
  e.strong = MessageId(*rc::gen::arbitrary<std::uint16_t>());
  e.bytes = *rc::gen::arbitrary<Bytes>();
  for (const auto number : *rc::gen::arbitrary<std::vector<std::int32_t>>())
    e.list.push_back({number, number % 2 == 0 ? std::optional<std::string>("even") : std::nullopt});
  e.triple = {1, static_cast<std::int16_t>(e.small), -3};
  if (e.flag) e.choice = Inner{7, "x"};
  if (e.small > 128) e.choice = std::uint32_t{99};
  return e;
}

RC_GTEST_PROP(Codec, any_value_comes_back_from_its_bytes, ()) {
  const auto value = arbitrary_everything();
  RC_ASSERT((decode<Everything>(encode(value)) == value));
}

RC_GTEST_PROP(Codec, every_proper_prefix_is_an_error, ()) {
  const auto bytes = encode(arbitrary_everything());
  const auto length = *rc::gen::inRange<std::size_t>(0, bytes.size());
  RC_ASSERT(!decode<Everything>(ByteView(bytes).first(length)));
}

RC_GTEST_PROP(Codec, random_bytes_are_decoded_or_refused, (const Bytes& bytes)) {
  const auto value = decode<Everything>(bytes);
  RC_ASSERT(value || !describe(value.error()).empty());
}

TEST(Codec, missing_trailing_fields_keep_their_defaults_and_surplus_ones_are_skipped) {
  const auto newer = decode<Newer>(encode(Older{5}));
  ASSERT_TRUE(newer);
  EXPECT_EQ(newer->first, 5);
  EXPECT_EQ(newer->second, "default");
  const auto older = decode<Older>(encode(Newer{6, "ignored", {{Inner{1, "a"}}, {}}}));
  ASSERT_TRUE(older);
  EXPECT_EQ(older->first, 6);
}

TEST(Codec, names_what_is_wrong) {
  EXPECT_EQ(decode<std::uint8_t>(encode(256u)).error(), DecodeError::out_of_range);
  EXPECT_EQ(decode<std::uint8_t>(encode(-1)).error(), DecodeError::out_of_range);
  EXPECT_EQ(decode<Colour>(encode(3u)).error(), DecodeError::out_of_range);
  EXPECT_EQ(decode<std::string>(encode(3u)).error(), DecodeError::wrong_type);
  EXPECT_EQ(decode<bool>({}).error(), DecodeError::truncated);
  auto bytes = encode(true);
  bytes.push_back(0);
  EXPECT_EQ(decode<bool>(bytes).error(), DecodeError::trailing_bytes);
}

TEST(Codec, bytes_without_storage_are_written_as_empty) {
  // Shows under the undefined behaviour sanitizer.
  EXPECT_EQ(encode(Bytes{}), (Bytes{0xc4, 0}));
  Bytes out;
  Writer(out).text({});
  EXPECT_EQ(out, (Bytes{0xa0}));
}

TEST(Codec, a_huge_claimed_count_costs_nothing) {
  const Bytes claim{0xdd, 0xff, 0xff, 0xff, 0xff};
  EXPECT_EQ(decode<std::vector<std::uint8_t>>({}).error(), DecodeError::truncated);
  EXPECT_EQ(decode<std::vector<Inner>>(claim).error(), DecodeError::truncated);
}

TEST(Codec, small_bytes_that_would_grow_into_many_objects_are_refused) {
  Bytes bytes{0xdd, 0x00, 0x02, 0x00, 0x00};  // an array of 131072 empty objects
  bytes.resize(5 + 131072, 0x90);
  EXPECT_EQ(decode<std::vector<Inner>>(bytes).error(), DecodeError::too_many_elements);
}

TEST(Codec, a_deeply_nested_surplus_field_is_refused) {
  Bytes bytes{0x92, 0x01};  // [1, [[[[...]]]]] where only the first field is known
  bytes.resize(2 + 100, 0x91);
  bytes.push_back(0xc0);
  EXPECT_EQ(decode<Older>(bytes).error(), DecodeError::too_deep);
}

TEST(Envelope, hands_over_the_senders_object_without_encoding_it) {
  const Envelope envelope(Inner{3, "x"});
  const Inner* seen = nullptr;
  ASSERT_TRUE(Received(envelope).open<Inner>([&](const Inner& inner) { seen = &inner; }));
  EXPECT_EQ(seen, envelope.get_if<Inner>());
  EXPECT_EQ(envelope.get_if<Older>(), nullptr);
}

TEST(Envelope, means_the_same_as_bytes) {
  const Envelope envelope(Inner{3, "x"});
  bool called = false;
  ASSERT_TRUE(Received(envelope.id(), envelope.body()).open<Inner>([&](const Inner& inner) {
    called = true;
    EXPECT_EQ(inner, (Inner{3, "x"}));
  }));
  EXPECT_TRUE(called);
}

RC_GTEST_PROP(FrameReader, frames_survive_any_cutting_of_the_stream, (const std::vector<Bytes>& bodies)) {
  Bytes stream;
  for (const auto& body : bodies) {
    const auto header = frame_header(MessageId(static_cast<std::uint16_t>(body.size())), body.size());
    stream.insert(stream.end(), header.begin(), header.end());
    stream.insert(stream.end(), body.begin(), body.end());
  }
  FrameReader reader;
  std::vector<Bytes> seen;
  ByteView left = stream;
  while (!left.empty()) {
    const auto piece = *rc::gen::inRange<std::size_t>(1, left.size() + 1);
    const auto fed = reader.feed(left.first(piece), [&](MessageId id, ByteView body) {
      RC_ASSERT(id.value() == body.size());
      seen.emplace_back(body.begin(), body.end());
      return true;
    });
    RC_ASSERT(fed.has_value());
    left = left.subspan(piece);
  }
  RC_ASSERT(seen == bodies);
}

TEST(FrameReader, refuses_lengths_outside_the_limits) {
  const auto never = [](MessageId, ByteView) { return true; };
  FrameReader one;
  EXPECT_EQ(one.feed(Bytes{0, 0, 0, 1}, never).error(), FrameError::too_short);
  FrameReader other;
  EXPECT_EQ(other.feed(Bytes{0xff, 0xff, 0xff, 0xff}, never).error(), FrameError::too_long);
  FrameReader third;
  ASSERT_TRUE(third.feed(Bytes{0xff, 0xff}, never));
  EXPECT_EQ(third.feed(Bytes{0xff, 0xff, 1}, never).error(), FrameError::too_long);
}

}  // namespace
}  // namespace tutti
