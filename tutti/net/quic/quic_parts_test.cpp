// The parts of the QUIC transport that are plain values.

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/net/quic/close_reasons.hpp"
#include "tutti/net/quic/farewells.hpp"
#include "tutti/net/quic/send_stream.hpp"
#include "tutti/net/quic/stateless_resets.hpp"

namespace tutti {
namespace {
struct Blob {
  Bytes bytes;
};
}  // namespace

template <>
struct MessageTraits<Blob> {
  static constexpr MessageId id{0x7a01};
};

namespace {

using namespace std::chrono_literals;

void append_frame(Bytes& out, const Envelope& message) {
  const auto header = frame_header(message.id(), message.body().size());
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), message.body().begin(), message.body().end());
}

/// Takes at most `limit` bytes as QUIC does, and returns them.
Bytes take(SendStream& stream, std::size_t limit, std::size_t pieces_max = 5) {
  std::vector<ByteView> pieces(pieces_max);
  pieces.resize(stream.unsent(pieces));
  Bytes taken;
  for (const auto piece : pieces) {
    const auto part = piece.first(std::min(piece.size(), limit - taken.size()));
    taken.insert(taken.end(), part.begin(), part.end());
  }
  stream.sent(taken.size());
  return taken;
}

TEST(SendStream, that_is_empty_has_nothing_to_send) {
  SendStream stream;
  EXPECT_FALSE(stream.has_unsent());
  EXPECT_EQ(stream.queue_bytes(), 0u);
  EXPECT_TRUE(take(stream, 100).empty());
}

TEST(SendStream, knows_since_when_the_oldest_of_what_is_unsent_waits) {
  SendStream stream;
  const Envelope message(Blob{Bytes(10, 1)});
  const auto size = frame_header_bytes + message.body().size();
  EXPECT_EQ(stream.waiting_since(), std::nullopt);
  for (const auto at : {100ms, 105ms, 200ms, 300ms}) stream.push(message, TimePoint(at));
  EXPECT_EQ(stream.waiting_since(), TimePoint(100ms));
  stream.sent(2 * size - 1);
  EXPECT_EQ(stream.waiting_since(), TimePoint(100ms));
  stream.sent(1);
  EXPECT_EQ(stream.waiting_since(), TimePoint(200ms));
  stream.sent(2 * size);
  EXPECT_EQ(stream.waiting_since(), std::nullopt);
  stream.push(message, TimePoint(305ms));
  EXPECT_EQ(stream.waiting_since(), TimePoint(305ms));
}

TEST(SendStream, keeps_sent_bytes_in_place_until_they_are_acknowledged) {
  SendStream stream;
  stream.push(Envelope(Blob{Bytes(100, 1)}), {});
  std::array<ByteView, 4> pieces;
  const auto count = stream.unsent(pieces);
  Bytes before;
  std::size_t size = 0;
  for (const auto piece : std::span(pieces).first(count)) {
    before.insert(before.end(), piece.begin(), piece.end());
    size += piece.size();
  }
  stream.sent(size);
  for (int i = 0; i < 1000; ++i) stream.push(Envelope(Blob{Bytes(10, 2)}), {});
  Bytes after;
  for (const auto piece : std::span(pieces).first(count))
    after.insert(after.end(), piece.begin(), piece.end());
  EXPECT_EQ(after, before);
  EXPECT_EQ(stream.queue_bytes(),
            size + 1000 * (frame_header_bytes + Envelope(Blob{Bytes(10)}).body().size()));
}

TEST(SendStream, drops_what_expires_before_its_turn_and_counts_it_no_longer) {
  SendStream stream;
  const Envelope message(Blob{Bytes(100, 1)});
  const auto size = frame_header_bytes + message.body().size();
  stream.push(message, {}, TimePoint(10ms));
  stream.push(message, {}, TimePoint(30ms));
  stream.push(message, {});
  EXPECT_EQ(stream.next_expiry(), TimePoint(10ms + 1ns));
  EXPECT_EQ(stream.expire(TimePoint(10ms)), 0u);
  EXPECT_EQ(stream.unsent_bytes(), 3 * size);
  EXPECT_EQ(stream.expire(TimePoint(20ms)), 1u);
  EXPECT_EQ(stream.queue_bytes(), 2 * size);
  stream.prepare(1);  // it is about to be sent: now it stays
  EXPECT_EQ(stream.expire(TimePoint(40ms)), 0u);
  EXPECT_EQ(take(stream, 1000).size(), size);
  EXPECT_TRUE(stream.has_unsent());
  stream.prepare(1);
  EXPECT_EQ(take(stream, 1000).size(), size);
  EXPECT_FALSE(stream.has_unsent());
  EXPECT_EQ(stream.queue_bytes(), 2 * size);
  EXPECT_EQ(stream.next_expiry(), TimePoint::max());
}

TEST(SendStream, drops_an_expired_message_behind_one_that_is_useful) {
  SendStream stream;
  const Envelope message(Blob{Bytes(100, 1)});
  stream.push(message, {}, TimePoint(1s));
  for (int i = 0; i < 10; ++i) stream.push(message, {}, TimePoint(10ms));
  EXPECT_EQ(stream.expire(TimePoint(11ms)), 10u);
  EXPECT_EQ(stream.queue_bytes(), frame_header_bytes + message.body().size());
  EXPECT_EQ(stream.next_expiry(), TimePoint(1s + 1ns));
}

RC_GTEST_PROP(SendStream, keeps_the_order_of_what_has_not_expired_whatever_has, ()) {
  SendStream stream;
  TimePoint now{};
  std::uint8_t number = 0;
  std::size_t expired = 0;
  std::vector<std::uint8_t> lasting, sent;
  const auto take_some = [&](std::size_t bytes) {
    expired += stream.expire(now);
    stream.prepare(bytes);
    const auto part = take(stream, bytes);
    sent.insert(sent.end(), part.begin(), part.end());
  };
  const auto steps = *rc::gen::inRange(1, 100);
  for (int i = 0; i < steps; ++i) {
    now += *rc::gen::element<Duration>(0ms, 1ms, 7ms, 20ms);
    if (*rc::gen::arbitrary<bool>()) {
      const auto useful = *rc::gen::element<Duration>(0ms, 5ms, 30ms, always_useful);
      if (useful == always_useful) lasting.push_back(number);
      stream.push(Envelope(Blob{Bytes(10, number++)}), now, ExpiringQueue::expiry(now, useful));
    } else {
      take_some(*rc::gen::inRange<std::size_t>(1, 60));
    }
  }
  while (stream.has_unsent()) take_some(1000);
  RC_ASSERT(stream.unsent_bytes() == 0u);
  std::vector<std::uint8_t> arrived;
  FrameReader reader;
  RC_ASSERT(reader
                .feed(sent,
                      [&](MessageId id, ByteView body) {
                        RC_ASSERT(Received(id, body).open<Blob>(
                            [&](const Blob& blob) { arrived.push_back(blob.bytes.front()); }));
                        return true;
                      })
                .has_value());
  RC_ASSERT(arrived.size() + expired == number);
  RC_ASSERT(std::ranges::is_sorted(arrived));
  RC_ASSERT(std::ranges::includes(arrived, lasting));
}

RC_GTEST_PROP(SendStream, gives_all_frames_in_order_however_they_are_taken_and_acknowledged, ()) {
  SendStream stream;
  Bytes pushed, taken;
  std::size_t acknowledged = 0;
  const auto steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    switch (*rc::gen::inRange(0, 3)) {
      case 0: {
        const Envelope message(Blob{Bytes(*rc::gen::element<std::size_t>(0, 1, 30, 300, 1390, 1500, 5000),
                                          static_cast<std::uint8_t>(i))});
        stream.push(message, {});
        append_frame(pushed, message);
        break;
      }
      case 1: {
        const auto part =
            take(stream, *rc::gen::inRange<std::size_t>(0, 3000), *rc::gen::inRange<std::size_t>(1, 9));
        taken.insert(taken.end(), part.begin(), part.end());
        break;
      }
      default: {
        const auto more = *rc::gen::inRange<std::size_t>(0, taken.size() - acknowledged + 1);
        acknowledged += more;
        stream.acknowledged(more);
      }
    }
    RC_ASSERT(stream.queue_bytes() == pushed.size() - acknowledged);
    RC_ASSERT(stream.has_unsent() == (taken.size() < pushed.size()));
  }
  while (stream.has_unsent()) {
    const auto part = take(stream, 1000);
    taken.insert(taken.end(), part.begin(), part.end());
  }
  RC_ASSERT((taken == pushed));
  stream.acknowledged(taken.size() - acknowledged);
  RC_ASSERT(stream.queue_bytes() == 0u);
}

TEST(Farewells, are_given_to_whoever_still_uses_an_id_but_ever_more_rarely) {
  Farewells farewells;
  farewells.remember(TimePoint{}, {1, 2}, Bytes{7});
  std::vector<int> answered;
  for (int i = 1; i <= 20; ++i)
    if (!farewells.answer(TimePoint{1ms}, i % 2 == 0 ? 1 : 2).empty()) answered.push_back(i);
  EXPECT_EQ(answered, (std::vector{1, 3, 7, 15}));
  EXPECT_TRUE(farewells.answer(TimePoint{1ms}, 3).empty());
}

TEST(Farewells, are_forgotten_after_a_while) {
  Farewells farewells;
  farewells.remember(TimePoint{}, {1}, Bytes{7});
  EXPECT_TRUE(farewells.answer(TimePoint{Farewells::memory}, 1).empty());
  farewells.remember(TimePoint{Farewells::memory}, {2}, Bytes{8});
  EXPECT_EQ(farewells.size(), 1u);
}

TEST(Farewells, forget_the_oldest_beyond_their_limit) {
  Farewells farewells;
  for (std::uint64_t i = 0; i < Farewells::farewells_max + 5; ++i)
    farewells.remember(TimePoint{}, {i}, Bytes{7});
  EXPECT_EQ(farewells.size(), Farewells::farewells_max);
  EXPECT_TRUE(farewells.answer(TimePoint{}, 4).empty());
  EXPECT_FALSE(farewells.answer(TimePoint{}, 5).empty());
}

TEST(CloseReasons, make_the_other_sides_text_harmless) {
  const auto closing = interpret(ngtcp2_compat::application_error(closed_by_application, "bye\x1b[2J\n"));
  EXPECT_EQ(closing.reason, CloseReason::closed_by_remote);
  EXPECT_EQ(closing.detail, "bye?[2J?");
}

TEST(CloseReasons, tell_identity_from_protocol) {
  EXPECT_EQ(interpret(ngtcp2_compat::tls_error(120, "")).reason, CloseReason::wrong_protocol);
  EXPECT_EQ(interpret(ngtcp2_compat::tls_error(42, "")).reason, CloseReason::wrong_identity);
  EXPECT_EQ(interpret(ngtcp2_compat::tls_error(255, "")).reason, CloseReason::protocol_violation);
}

/// The last 16 bytes of the answer to a packet for this id.
Bytes reset_token(const Identity& identity, std::uint8_t id) {
  StatelessResets resets(identity);
  ngtcp2_cid its_id{};
  ngtcp2_cid_init(&its_id, &id, 1);
  const auto answer = resets.answer(Bytes(100), its_id);
  return {answer.end() - NGTCP2_STATELESS_RESET_TOKENLEN, answer.end()};
}

TEST(StatelessResets, know_in_a_new_life_the_tokens_of_the_former_one_and_of_nobody_else) {
  const auto ada = Identity::generate();
  EXPECT_EQ(reset_token(ada, 1), reset_token(ada, 1));
  EXPECT_NE(reset_token(ada, 1), reset_token(ada, 2));
  EXPECT_NE(reset_token(ada, 1), reset_token(Identity::generate(), 1));
}

TEST(StatelessResets, are_shorter_than_what_they_answer_until_there_is_none) {
  StatelessResets resets(Identity::generate());
  for (std::size_t size = 0; size <= 1500; ++size) {
    const auto answer = resets.answer(Bytes(size), {});
    EXPECT_EQ(answer.empty(), size < 22) << size;
    EXPECT_LE(answer.size(), std::min(size, StatelessResets::bytes_max + 1));  // with the datagram's type
  }
}

TEST(StatelessResets, look_at_so_many_packets_of_nobody_in_a_second) {
  StatelessResets resets(Identity::generate());
  const auto looked_at = [&](TimePoint now) {
    int turns = 0;
    for (int i = 0; i < 1000; ++i) turns += resets.take_turn(now) ? 1 : 0;
    return turns;
  };
  const TimePoint begin{5s};
  EXPECT_EQ(looked_at(begin), StatelessResets::strays.burst);
  EXPECT_EQ(looked_at(begin), 0);
  EXPECT_EQ(looked_at(begin + 1s), StatelessResets::strays.rate);
}

}  // namespace
}  // namespace tutti
