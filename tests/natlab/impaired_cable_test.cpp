#include "talker.hpp"
#include "tutti/net/model/models.hpp"

namespace tutti::natlab {
namespace {

using namespace std::chrono_literals;

class Cable : public TalkTest {
 protected:
  static NetworkModelPtr model(std::string_view text) { return parse_network_model(text).value(); }

  /// How long a text needs there and back.
  static Duration round_trip(Talker& one, Talker& other) {
    const TimePoint begin = real_now();
    const auto seen = one.seen_by(other);
    const std::string answer = "answer at " + std::to_string(begin.time_since_epoch().count());
    other.send(seen, answer);
    one.await(answer);
    return real_now() - begin;
  }
};

TEST_F(Cable, delays_each_direction_of_a_host_and_of_a_nat) {
  const auto nat = lab().add_nat(lab().internet(), *parse_nat_kind("symmetric"), model("constant:20ms"));
  const auto near = talker(lab().add_host(nat, model("constant:10ms")));
  const auto server = talker(lab().internet());
  near->seen_by(*server);  // and all know each other's hardware addresses
  EXPECT_GE(round_trip(*near, *server), 60ms);
}

TEST_F(Cable, loses_as_its_model_says_at_the_time) {
  const auto host = lab().add_host(lab().internet(), model("none"));
  const auto one = talker(host);
  const auto other = talker(lab().internet());
  EXPECT_EQ(one->seen_by(*other), one->endpoint());
  lab().set_cable(host, model("loss:100%"));
  one->send(other->endpoint(), "out");
  other->send(one->endpoint(), "in");
  lab().set_cable(host, model("none"));
  EXPECT_TRUE(one->reaches(*other, other->endpoint()));
  EXPECT_TRUE(other->reaches(*one, one->endpoint()));
  EXPECT_FALSE(other->source_of("out"));
  EXPECT_FALSE(one->source_of("in"));
}

// 40 frames of 1242 bytes at 4 Mbit a second.
TEST_F(Cable, is_as_narrow_as_its_model_says) {
  const auto one = talker(lab().add_host(lab().internet(), model("bandwidth:4Mbit,1MiB")));
  const auto other = talker(lab().internet());
  one->seen_by(*other);
  const TimePoint begin = real_now();
  for (int i = 0; i < 40; ++i)
    one->send(other->endpoint(), std::string(1199, 'x') + static_cast<char>('0' + i));
  for (int i = 0; i < 40; ++i) other->await(std::string(1199, 'x') + static_cast<char>('0' + i));
  EXPECT_GE(real_now() - begin, 95ms);
}

TEST_F(Cable, goes_with_a_host_that_moves) {
  const auto host = lab().add_host(add_nat("full-cone"), model("constant:10ms"));
  const auto socket = talker(host);
  const auto server = talker(lab().internet());
  lab().move(host, lab().internet());
  EXPECT_EQ(socket->seen_by(*server), lab().endpoint(host, socket->endpoint().port));
  EXPECT_GE(round_trip(*socket, *server), 20ms);
}

}  // namespace
}  // namespace tutti::natlab
