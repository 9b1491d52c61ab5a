// What two peers find out together when one of them runs an application that is not deterministic.
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/divergence_text.hpp"
#include "tutti/symmetric/ensemble.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Score {
  std::uint32_t points = 0;
};

/// Keeps a score; a broken machine adds one point too many to every tenth.
template <typename AnyState, bool broken>
struct Scoring {
  static constexpr std::string_view name = "score";
  static constexpr std::uint32_t version = 1;
  using State = AnyState;
  using Event = std::variant<Score>;
  static void start(State&) {}
  static void tick(State& state) { ++state.ticks; }
  static void apply(State& state, PeerId, const Event& event) {
    const auto points = std::get<Score>(event).points;
    state.score += points;
    if (broken && points % 10 == 0) ++state.score;
  }
};

struct TwoPages {
  std::uint64_t ticks = 0;
  std::array<std::uint64_t, 1000> spare{};
  std::uint64_t score = 0;
};
template <bool broken>
struct WithNames : Scoring<TwoPages, broken> {
  static constexpr std::array<std::string_view, 3> field_names{"ticks", "spare", "score"};
};

struct WithVector {
  std::uint64_t ticks = 0;
  std::uint64_t score = 0;
  arena::Vector<std::uint64_t> spare;
};
template <bool broken>
using InArena = Scoring<WithVector, broken>;

struct TwoNumbers {
  std::uint64_t ticks = 0;
  std::uint64_t score = 0;
};
template <bool broken>
struct SavedByItself : Scoring<TwoNumbers, broken> {
  static void save(const TwoNumbers& state, Bytes& out) { encode(state, out); }
  static bool load(TwoNumbers& state, ByteView bytes) {
    const auto loaded = decode<TwoNumbers>(bytes);
    if (loaded) state = *loaded;
    return loaded.has_value();
  }
};

/// Looks at a clock that never shows the same time twice, whenever somebody scores 20 points.
struct Clocked : Scoring<TwoNumbers, false> {
  static constexpr std::array<std::string_view, 2> field_names{"ticks", "score"};
  static inline std::uint64_t clock = 0;
  static void apply(State& state, PeerId, const Event& event) {
    const auto points = std::get<Score>(event).points;
    state.score += points == 20 ? ++clock : points;
  }
};

/// Two peers, the second on a broken machine, who have found what they can after a score of 20 points.
template <template <bool> typename App>
struct Pair {
  explicit Pair(bool second_dies = false) {
    ensemble.start(0);
    auto& node = ensemble.simulator().node(1);
    LinkOptions links{.network = network_name<App<true>>()};
    links.targets.push_back({VirtualNetwork::endpoint_of(0), std::nullopt});
    broken = Peer::build(node, id)
                 .template add<LinkManager>(ensemble.network().attach(node, id), std::move(links))
                 .template add<Flood>()
                 .template add<Session>(SessionOptions{})
                 .template add<Performer<App<true>>>()
                 .start();
    ensemble.run_for(5s);
    ensemble.submit(0, Score{3});
    ensemble.run_for(2s);
    ensemble.submit(0, Score{20});
    while (!first().divergence()) ensemble.run_for(10ms);
    if (second_dies) broken.reset();
    ensemble.run_for(10s);
  }
  [[nodiscard]] const Replica<App<false>>& first() { return ensemble.replica(0); }
  [[nodiscard]] const Replica<App<true>>& second() {
    return broken->template find<Performer<App<true>>>()->replica();
  }
  /// As the first peer writes it down.
  [[nodiscard]] std::string text() {
    return divergence_text<App<false>>(*first().divergence(), ensemble.peer(0).id(), first().machine()) +
           difference_text<App<false>>(first().divergence_pages().difference());
  }

  Ensemble<App<false>> ensemble{2, {.model = constant_delay(10ms)}};
  PeerId id = VirtualNetwork::peer_id(1, 1);
  std::unique_ptr<Peer> broken;
};

TEST(Divergence, of_plain_states_names_the_events_the_pages_and_the_fields_with_both_values) {
  Pair<WithNames> pair;
  const auto& found = pair.first().divergence_pages();
  ASSERT_TRUE(found.over() && found.difference());
  EXPECT_EQ(found.difference()->peer, pair.id);
  EXPECT_THAT(found.difference()->pages, ElementsAre(1u));
  EXPECT_TRUE(found.difference()->whole());
  const auto bad = pair.first().divergence()->first_bad_tick;
  EXPECT_EQ(image_of(found.difference()->their_state()).hash(),
            pair.second().machine().fingerprint(bad).state_hash);
  EXPECT_THAT(pair.text(),
              AllOf(HasSubstr(fmt::format("first bad tick: {} (", bad.value())),
                    HasSubstr("events of the second that ends with it: 1\n"), HasSubstr("#2     Score{20}\n"),
                    HasSubstr("pages of 4096 bytes that differ: 1 of 2, number 1\n"),
                    HasSubstr("bytes of the state that differ: 8008\n"), HasSubstr("\n  score ("),
                    HasSubstr("): 23 here, 24 there\n")));
}

TEST(Divergence, is_inquired_into_by_both_peers) {
  Pair<WithNames> pair;
  const auto& found = pair.second().divergence_pages();
  ASSERT_TRUE(found.over() && found.difference());
  EXPECT_THAT(difference_text<WithNames<true>>(found.difference()), HasSubstr("): 24 here, 23 there\n"));
}

TEST(Divergence, of_states_in_arenas_names_the_fields) {
  Pair<InArena> pair;
  EXPECT_THAT(pair.text(), AllOf(HasSubstr("differ: 1 of 1, number 0\n"), HasSubstr("\n  field 2 ("),
                                 HasSubstr("): 23 here, 24 there\n")));
}

TEST(Divergence, of_saved_states_names_the_bytes) {
  Pair<SavedByItself> pair;
  EXPECT_THAT(pair.text(), AllOf(HasSubstr("bytes of the state that differ: "), Not(HasSubstr("fields"))));
}

TEST(Divergence, of_what_differs_whenever_it_runs_names_the_first_bad_tick_and_shows_what_was_compared) {
  Ensemble<Clocked> ensemble(2, {.model = constant_delay(10ms), .links = {{0, 1}}});
  ensemble.start(0);
  ensemble.start(1);
  ensemble.run_for(5s);
  ensemble.submit(0, Score{3});
  ensemble.run_for(2130ms);
  ensemble.submit(0, Score{20});
  ensemble.run_for(1s);
  const auto bad = ensemble.replica(0).machine().timeline().all().back().id.tick;
  ensemble.run_for(20s);
  for (const std::uint32_t peer : {0u, 1u}) {
    const auto& replica = ensemble.replica(peer);
    ASSERT_TRUE(replica.divergence()) << peer;
    EXPECT_EQ(replica.divergence()->first_bad_tick, bad);
    ASSERT_TRUE(replica.divergence_state()) << peer;
    EXPECT_EQ(replica.divergence_state()->hash(), replica.divergence()->ours.state_hash);
    const auto& difference = replica.divergence_pages().difference();
    ASSERT_TRUE(difference) << peer;
    EXPECT_EQ(image_of(difference->their_state()).hash(), replica.divergence()->theirs.state_hash);
    EXPECT_THAT(difference_text<Clocked>(difference), HasSubstr("\n  score ("));
  }
}

TEST(Divergence, from_a_peer_that_is_gone_says_what_is_known_all_the_same) {
  Pair<WithNames> pair(true);
  EXPECT_TRUE(pair.first().divergence_pages().over());
  EXPECT_THAT(pair.text(), AllOf(HasSubstr("Score{20}"), HasSubstr("has not shown its state")));
}

}  // namespace
}  // namespace tutti::symmetric
