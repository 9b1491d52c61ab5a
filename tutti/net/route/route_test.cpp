#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/net/route/check.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/route/relay_table.hpp"
#include "tutti/net/route/routes.hpp"
#include "tutti/net/route/search.hpp"
#include "tutti/net/route/unanswered.hpp"
#include "tutti/net/route/unheard.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

Endpoint place(std::uint16_t port) {
  return Endpoint::v4(0xc0000201, port);
}
PeerId peer(std::uint8_t number) {
  return PeerId{{number}};
}

// ---- endpoints of peers

RC_GTEST_PROP(PeerEndpoint, names_a_peer_and_no_place_does,
              (const std::array<std::uint8_t, 16>& bytes, std::uint16_t port)) {
  RC_PRE((bytes != std::array<std::uint8_t, 16>{}));
  RC_ASSERT(peer_at(peer_endpoint({bytes})) == PeerId{bytes});
  RC_ASSERT(peer_at(Endpoint{bytes, port}).has_value() == (port == 0));
}

// ---- checks

RC_GTEST_PROP(Check, is_opened_by_its_key_alone,
              (std::uint64_t meeting, std::uint64_t transaction, bool response,
               const std::array<std::uint8_t, 16>& address, std::uint16_t port, const CheckKey& key,
               const CheckKey& other)) {
  const Check check{.kind = response ? Check::Kind::response : Check::Kind::request,
                    .meeting = MeetingId(meeting),
                    .transaction = transaction,
                    .mapped = {address, port}};
  const auto datagram = seal_check(check, key, peer(1));
  RC_ASSERT(meeting_of(datagram) == check.meeting);
  RC_ASSERT(open_check(datagram, key, peer(1)) == check);
  RC_ASSERT(!open_check(datagram, key, peer(2)));
  RC_ASSERT((key == other) == open_check(datagram, other, peer(1)).has_value());
}

RC_GTEST_PROP(Check, a_changed_one_is_none, (std::uint64_t meeting, const CheckKey& key)) {
  auto datagram = seal_check({.meeting = MeetingId(meeting)}, key, peer(1));
  const auto at = *rc::gen::inRange<std::size_t>(1, datagram.size());
  datagram[at] ^= *rc::gen::inRange<std::uint8_t>(1, 255);
  RC_ASSERT(!open_check(datagram, key, peer(1)));
  RC_ASSERT(!open_check(ByteView(datagram).first(at), key, peer(1)));
}

// ---- the search

/// Everything that a search asks for until it gives up, with the times.
std::vector<std::pair<TimePoint, Endpoint>> run(Search& search) {
  std::vector<std::pair<TimePoint, Endpoint>> asked;
  for (auto now = search.next_at(); now != TimePoint::max(); now = search.next_at())
    while (const auto next = search.next(now)) asked.emplace_back(now, next->remote);
  return asked;
}

TEST(Search, asks_all_places_side_by_side_and_gives_up) {
  const std::array places{place(1), place(2), place(1), Endpoint{}};
  Search search(places, TimePoint(1s));
  ASSERT_EQ(search.candidates().size(), 2u);
  const auto asked = run(search);
  EXPECT_EQ(asked.at(0), std::pair(TimePoint(1s), place(1)));
  EXPECT_EQ(asked.at(1), std::pair(TimePoint(1s + Search::stagger), place(2)));
  EXPECT_EQ(asked.at(2), std::pair(TimePoint(1s + Search::pause_min), place(1)));
  EXPECT_LE(asked.back().first, TimePoint(1s + Search::patience));
  EXPECT_GT(asked.back().first, TimePoint(1s + Search::patience - Search::pause_max));
  EXPECT_EQ(search.trace(), "192.0.2.1:1: no answer to 8 checks; 192.0.2.1:2: no answer to 8 checks");
}

TEST(Search, asks_at_once_whence_it_was_asked) {
  Search search({}, TimePoint(0s));
  EXPECT_EQ(search.next_at(), TimePoint::max());
  search.heard_from(place(7), TimePoint(1s));
  EXPECT_EQ(search.next(TimePoint(1s)), place(7));
  EXPECT_EQ(search.next(TimePoint(1s)), std::nullopt);
  // Hearing it again is no reason to ask more often.
  search.heard_from(place(7), TimePoint(1s));
  EXPECT_EQ(search.next(TimePoint(1s)), std::nullopt);
  EXPECT_EQ(run(search).size(), 3u) << "twice for each request";
}

TEST(Search, goes_on_a_little_once_a_place_has_answered) {
  const std::array places{place(1), place(2)};
  Search search(places, TimePoint(0s));
  EXPECT_FALSE(search.answered(place(3), 1ms, TimePoint(10ms)));
  EXPECT_FALSE(search.found());
  EXPECT_TRUE(search.answered(place(1), 10ms, TimePoint(10ms)));
  EXPECT_TRUE(search.found());
  for (const auto& [at, asked] : run(search)) {
    EXPECT_EQ(asked, place(2));
    EXPECT_LE(at, TimePoint(10ms + Search::patience_once_found));
  }
  EXPECT_TRUE(search.trace().starts_with("192.0.2.1:1: answered within 10.0 ms")) << search.trace();
}

RC_GTEST_PROP(Search, asks_few_places_seldom_however_many_are_named, ()) {
  const auto ports = *rc::gen::container<std::vector<std::uint16_t>>(rc::gen::arbitrary<std::uint16_t>());
  std::vector<Endpoint> places(ports.size());
  std::ranges::transform(ports, places.begin(), place);
  Search search(places, TimePoint{});
  for (std::uint16_t port = 1; port < 40; ++port) search.heard_from(place(port), TimePoint{});
  RC_ASSERT(search.candidates().size() <= Search::named_max + Search::seen_max);
  RC_ASSERT(run(search).size() <= 8 * (Search::named_max + Search::seen_max));
}

// ---- places that do not answer

TEST(Unheard, is_a_place_that_has_not_answered_for_a_while) {
  Unheard unheard;
  EXPECT_FALSE(unheard.sent(place(1), TimePoint(0s)));
  EXPECT_FALSE(unheard.sent(place(1), TimePoint(100ms)));
  EXPECT_FALSE(unheard.sent(place(2), TimePoint(400ms)));
  EXPECT_TRUE(unheard.sent(place(1), TimePoint(Unheard::patience)));
  EXPECT_FALSE(unheard.sent(place(2), TimePoint(Unheard::patience)));
  EXPECT_FALSE(unheard.sent(place(1), TimePoint(Unheard::patience + 1s))) << "it is being tried";
  EXPECT_TRUE(unheard.sent(place(1), TimePoint(Unheard::patience + Unheard::respite)));
  unheard.heard(place(1));
  EXPECT_FALSE(unheard.sent(place(1), TimePoint(5s)));
  // That says nothing of the next attempt.
  const TimePoint later(6s + Unheard::pause);
  EXPECT_FALSE(unheard.sent(place(1), later));
  EXPECT_TRUE(unheard.sent(place(1), later + Unheard::patience));
}

TEST(Unheard, remembers_so_many_places_and_no_more) {
  Unheard unheard;
  for (std::uint16_t port = 1; port <= 2 * Unheard::places_max; ++port)
    EXPECT_FALSE(unheard.sent(place(port), TimePoint(std::chrono::milliseconds(port))));
  const TimePoint later(2s);
  EXPECT_FALSE(unheard.sent(place(1), later)) << "it was forgotten";
  EXPECT_TRUE(unheard.sent(place(2 * Unheard::places_max), later));
}

// ---- the choice

TEST(Routes, a_direct_way_goes_before_a_relay) {
  Routes routes;
  EXPECT_EQ(routes.best(), nullptr);
  const Route relay{peer_endpoint(peer(1)), MeetingId(5)};
  routes.confirm(relay, std::nullopt, TimePoint{});
  EXPECT_EQ(*routes.best(), relay);
  EXPECT_EQ(routes.best_direct(), nullptr);
  routes.confirm({place(1)}, 500ms, TimePoint{});
  EXPECT_EQ(*routes.best(), Route{place(1)});
  routes.confirm(relay, 1ms, TimePoint{});
  EXPECT_EQ(*routes.best_direct(), Route{place(1)});
  routes.remove({place(1)});
  EXPECT_EQ(*routes.best(), relay);
  routes.remove_relay(MeetingId(5));
  EXPECT_TRUE(routes.empty());
}

TEST(Routes, only_a_clearly_shorter_way_takes_over) {
  Routes routes;
  routes.confirm({place(1)}, 20ms, TimePoint{});
  routes.confirm({place(2)}, 16ms, TimePoint{});
  EXPECT_EQ(*routes.best(), Route{place(1)});
  routes.confirm({place(3)}, 14ms, TimePoint{});
  EXPECT_EQ(*routes.best(), Route{place(3)});
}

TEST(Routes, of_two_relays_the_newer_one_is_taken) {
  Routes routes;
  const Route first{peer_endpoint(peer(1)), MeetingId(5)};
  const Route second{peer_endpoint(peer(2)), MeetingId(6)};
  routes.confirm(first, std::nullopt, TimePoint(1s));
  routes.confirm(second, std::nullopt, TimePoint(2s));
  EXPECT_EQ(*routes.best(), second);
  routes.doubt(second, TimePoint(3s));
  EXPECT_EQ(*routes.best(), first);
}

TEST(Routes, one_in_doubt_is_the_last_to_be_taken) {
  Routes routes;
  const Route relay{peer_endpoint(peer(1)), MeetingId(5)};
  routes.confirm({place(1)}, 20ms, TimePoint{});
  routes.doubt({place(1)}, TimePoint(1s));
  EXPECT_EQ(*routes.best(), Route{place(1)});
  routes.confirm(relay, std::nullopt, TimePoint{});
  EXPECT_EQ(*routes.best(), relay);
  routes.doubt(relay, TimePoint(2s));
  EXPECT_EQ(*routes.best(), Route{place(1)});
  routes.doubt({place(1)}, TimePoint(3s));
  EXPECT_EQ(*routes.best(), relay);
  routes.trust(relay);
  EXPECT_EQ(*routes.best(), relay);
  routes.trust({place(1)});
  EXPECT_EQ(*routes.best(), Route{place(1)});
}

TEST(Routes, who_moves_has_left_all_other_places) {
  Routes routes;
  const Route relay{peer_endpoint(peer(1)), MeetingId(5)};
  routes.confirm(relay, std::nullopt, TimePoint{});
  routes.confirm({place(1)}, 1ms, TimePoint{});
  routes.follow({place(2)}, TimePoint{});
  EXPECT_EQ(*routes.best(), Route{place(2)});
  routes.remove({place(2)});
  EXPECT_EQ(*routes.best(), relay);
}

RC_GTEST_PROP(Routes, remembers_few_and_never_forgets_the_one_it_takes, ()) {
  Routes routes;
  for (const auto step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 400))) {
    const Route route{place(static_cast<std::uint16_t>(1 + step % 20)),
                      step % 7 == 0 ? std::optional(MeetingId(1)) : std::nullopt};
    if (step < 300)
      routes.confirm(route, Duration(step), TimePoint(Duration(step)));
    else if (step < 330)
      routes.follow(route, TimePoint(Duration(step)));
    else if (step < 360)
      routes.doubt(route, TimePoint(Duration(step)));
    else
      routes.remove(route);
    RC_ASSERT(routes.all().size() <= Routes::routes_max);
    RC_ASSERT((routes.best() == nullptr) == routes.empty());
    const bool any_direct = std::ranges::any_of(
        routes.all(), [](const auto& known) { return known.route.direct() && !known.doubted; });
    RC_ASSERT(!any_direct || routes.best_direct() != nullptr);
  }
}

TEST(Unanswered, is_what_is_repeated_again_and_again) {
  Unanswered unanswered;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(unanswered.sent(TimePoint(Duration(i))));  // one burst
  EXPECT_FALSE(unanswered.sent(TimePoint(5s)));                                         // a sign of life
  EXPECT_FALSE(unanswered.sent(TimePoint(10s)));
  EXPECT_TRUE(unanswered.sent(TimePoint(15s)));
  for (const auto at : {16s, 17s, 18s}) EXPECT_FALSE(unanswered.sent(TimePoint(at)));
  unanswered.answered();
  for (const auto at : {19s, 20s, 21s}) EXPECT_FALSE(unanswered.sent(TimePoint(at)));
  EXPECT_TRUE(unanswered.sent(TimePoint(22s)));
  // Quick repetitions alone are no silence.
  for (int i = 1; i < 10; ++i) EXPECT_FALSE(unanswered.sent(TimePoint(30s + i * 150ms)));
}

// ---- relays

TEST(RelayTable, passes_on_between_two_and_for_nobody_else) {
  RelayTable table;
  EXPECT_EQ(table.open(MeetingId(1), peer(1), peer(2), TimePoint{}), std::nullopt);
  EXPECT_EQ(table.open(MeetingId(1), peer(2), peer(1), TimePoint{}), std::nullopt);
  EXPECT_EQ(table.open(MeetingId(1), peer(2), peer(3), TimePoint{}), RelayTable::Refusal::taken);
  EXPECT_EQ(table.pass(MeetingId(1), peer(1), 1200, TimePoint{}), peer(2));
  EXPECT_EQ(table.pass(MeetingId(1), peer(2), 1200, TimePoint{}), peer(1));
  EXPECT_EQ(table.pass(MeetingId(1), peer(3), 1200, TimePoint{}), std::nullopt);
  EXPECT_EQ(table.pass(MeetingId(2), peer(1), 1200, TimePoint{}), std::nullopt);
  table.forget(peer(2));
  EXPECT_EQ(table.pass(MeetingId(1), peer(1), 1200, TimePoint{}), std::nullopt);
}

TEST(RelayTable, keeps_two_meetings_of_the_same_two) {
  RelayTable table;
  for (std::uint64_t meeting = 1; meeting <= 2; ++meeting)
    EXPECT_EQ(table.open(MeetingId(meeting), peer(1), peer(2), TimePoint(1s)), std::nullopt);
  EXPECT_TRUE(table.pass(MeetingId(1), peer(1), 100, TimePoint(2s)));
  EXPECT_EQ(table.open(MeetingId(3), peer(2), peer(1), TimePoint(3s)), std::nullopt);
  EXPECT_TRUE(table.contains(MeetingId(1)));
  EXPECT_FALSE(table.contains(MeetingId(2)));
  EXPECT_EQ(table.size(), 2u);
}

TEST(RelayTable, gives_nobody_more_than_its_share) {
  const RelayLimits limits{.pairs_max = 8, .bytes = {.rate = 1000, .burst = 2000}};
  RelayTable table(limits);
  for (std::uint8_t i = 0; i < 2; ++i)
    EXPECT_EQ(table.open(MeetingId(i), peer(1), peer(static_cast<std::uint8_t>(10 + i)), TimePoint{}),
              std::nullopt);
  EXPECT_EQ(table.open(MeetingId(9), peer(1), peer(20), TimePoint{}), RelayTable::Refusal::peer_is_full);
  EXPECT_EQ(table.open(MeetingId(9), peer(20), peer(1), TimePoint{}), RelayTable::Refusal::peer_is_full);
  for (std::uint8_t i = 2; i < 8; ++i)
    EXPECT_EQ(table.open(MeetingId(i), peer(static_cast<std::uint8_t>(30 + i)),
                         peer(static_cast<std::uint8_t>(40 + i)), TimePoint{}),
              std::nullopt);
  EXPECT_EQ(table.open(MeetingId(9), peer(50), peer(51), TimePoint{}), RelayTable::Refusal::full);

  EXPECT_TRUE(table.pass(MeetingId(0), peer(1), 1500, TimePoint{}));
  EXPECT_FALSE(table.pass(MeetingId(0), peer(10), 1500, TimePoint{}));
  EXPECT_TRUE(table.pass(MeetingId(1), peer(11), 1500, TimePoint{}));
  EXPECT_TRUE(table.pass(MeetingId(0), peer(10), 1500, TimePoint(1s)));
  // Those who are silent make room.
  EXPECT_EQ(table.open(MeetingId(9), peer(50), peer(51), TimePoint(1s + limits.idle)), std::nullopt);
  EXPECT_EQ(table.size(), 2u);
}

}  // namespace
}  // namespace tutti
