#include "tutti/live/bootstrap/bootstraps.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/live/address.hpp"
#include "tutti/live/bootstrap/found_peers.hpp"
#include "tutti/live/bootstrap/sessions_test_world.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// Finds what it is told to, at once and again and again, and notes what it is told.
class Gossip final : public Bootstrap {
 public:
  struct Notes {
    std::vector<LinkTarget> finds;
    Announcement heard;
    std::atomic<int> linked = 0;
    std::atomic<bool> gone = false;
    std::atomic<int> announced = 0;
    std::mutex mutex;
    Announcement last;  // guarded by it
  };
  Gossip(RealRuntime& runtime, std::shared_ptr<Notes> notes, Found found)
      : notes_(std::move(notes)), found_(std::move(found)), timer_(runtime, [this] {
          for (const auto& target : notes_->finds) found_(target);
          timer_.arm(10ms);
        }) {
    timer_.arm({});
  }
  ~Gossip() override { notes_->gone = true; }
  void linked(const LinkTarget& /*peer*/) override { ++notes_->linked; }
  void announce(const Announcement& self) override {
    const std::lock_guard lock(notes_->mutex);
    notes_->last = self;
    ++notes_->announced;
  }

  static BootstrapOpener opener(const std::shared_ptr<Notes>& notes) {
    return [notes](RealRuntime& runtime, const Announcement& self,
                   Found found) -> std::expected<std::unique_ptr<Bootstrap>, std::string> {
      notes->heard = self;
      return std::make_unique<Gossip>(runtime, notes, std::move(found));
    };
  }

 private:
  std::shared_ptr<Notes> notes_;
  Found found_;
  Timer timer_;
};

TEST(Bootstraps, hear_where_neighbours_see_this_peer) {
  const auto notes = std::make_shared<Gossip::Notes>();
  const auto one = open_counter({});
  // No interface has the address at which it is seen: it listens at all of them, and is seen at the loopback.
  auto two = LiveSession<Counter>::open({.listen = *Endpoint::parse("[::]:0"),
                                         .links = {{one->peer().local_endpoint(), {}}},
                                         .bootstraps = {Gossip::opener(notes)}});
  ASSERT_TRUE(two) << two.error();
  const LinkTarget seen{Endpoint::v4(0x7f000001, (*two)->peer().local_endpoint().port), (*two)->peer().id()};
  EXPECT_THAT(notes->heard.targets, Not(Contains(seen)));
  ASSERT_TRUE(wait_until([&] { return notes->announced > 0; }));
  const std::lock_guard lock(notes->mutex);
  EXPECT_THAT(notes->last.targets, Contains(seen));
}

TEST(Bootstraps, link_with_whom_they_find_and_hear_of_every_link) {
  const auto there = std::make_shared<Gossip::Notes>();
  const auto notes = std::make_shared<Gossip::Notes>();
  const auto idle = std::make_shared<Gossip::Notes>();
  const auto one = open_counter({.bootstraps = {Gossip::opener(there)}});
  notes->finds = {{Endpoint::v4(0x7f000001, 9), {}}, {one->peer().local_endpoint(), {}}};
  {
    const auto other = open_counter({.bootstraps = {Gossip::opener(idle), Gossip::opener(notes)}});
    EXPECT_TRUE(wait_until([&] { return one->peer().link_count() == 1; }));
    EXPECT_TRUE(wait_until([&] { return there->linked + notes->linked + idle->linked == 3; }));
    EXPECT_FALSE(notes->gone);
  }
  EXPECT_TRUE(notes->gone);
}

TEST(Bootstraps, are_told_where_the_peer_is_and_never_the_secret) {
  const auto notes = std::make_shared<Gossip::Notes>();
  const auto ticket = Ticket::generate();
  const auto one = open_counter({.bootstraps = {Gossip::opener(notes)}, .ticket = ticket});
  ASSERT_EQ(notes->heard.targets.size(), 1u);
  EXPECT_EQ(notes->heard.targets[0].endpoint, one->peer().local_endpoint());
  EXPECT_EQ(notes->heard.targets[0].peer, one->peer().id());
  EXPECT_EQ(notes->heard.session, session_tag(fmt::format("counter 1 of {:08x}", ticket.session)));
  EXPECT_EQ(notes->heard.session.size(), 16u);
}

TEST(Bootstraps, that_cannot_be_opened_say_why) {
  const auto session = LiveSession<Counter>::open(
      {.listen = Endpoint::v4(0x7f000001, 0),
       .bootstraps = {[](RealRuntime&, const Announcement&,
                         const Bootstrap::Found&) -> std::expected<std::unique_ptr<Bootstrap>, std::string> {
         return std::unexpected("the oracle is silent");
       }}});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error(), "the oracle is silent");
}

TEST(FoundPeers, are_each_taken_once_in_a_while_and_so_many_at_most) {
  FoundPeers known;
  TimePoint now{};
  const auto target = [](std::uint16_t port) { return LinkTarget{Endpoint::v4(0x01020304, port), {}}; };
  EXPECT_TRUE(known.take(now, target(1)));
  EXPECT_FALSE(known.take(now, target(1)));
  EXPECT_FALSE(known.take(now, target(0)));
  std::size_t taken = 1;
  for (std::uint16_t port = 2; port < 10'000; ++port) taken += known.take(now, target(port)) ? 1u : 0u;
  EXPECT_EQ(taken, FoundPeers::targets_max);
  now += FoundPeers::period;
  EXPECT_TRUE(known.take(now, target(1)));
}

TEST(Address, of_a_stranger_is_read_without_looking_names_up) {
  const std::string text = "00112233445566778899aabbccddeeff@[2001:db8::1]:5000";
  const auto target = parse_target(text);
  ASSERT_TRUE(target) << target.error();
  EXPECT_EQ(target_text(*target), text);
  EXPECT_FALSE(parse_target("localhost:5000"));
  EXPECT_FALSE(parse_target("127.0.0.1:0"));
}

}  // namespace
}  // namespace tutti
