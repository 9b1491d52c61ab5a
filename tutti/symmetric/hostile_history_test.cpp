// A neighbour that lies about the past: what it says costs its link, and moves nobody.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/base/hash.hpp"
#include "tutti/symmetric/ensemble.hpp"
#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

using session_test::Scribble;

constexpr std::int64_t second = ticks_per_second<Scribble>();
constexpr std::int64_t grid = 10 * second;

/// Says about the past whatever it is told to, keeps everybody's time, and answers nothing else.
class Liar final : public Peerlet {
 public:
  using Answer = std::function<std::optional<Bytes>(std::uint32_t part)>;

  void init(Peer& peer) override { peer_ = &peer; }
  void offer(const FoundationOffer& offer) { peer_->send(victim(), offer, Priority::high); }
  void send(const FoundationPart& part) { peer_->send(victim(), part, Priority::low); }
  void answer_with(Answer answer) { answer_ = std::move(answer); }
  [[nodiscard]] bool linked() const { return victim_.has_value(); }
  std::uint32_t asked = 0;
  std::vector<FoundationOffer> heard;

  void link_up(PeerId peer) override { victim_ = peer; }
  void link_down(PeerId) override { victim_.reset(); }
  void request_received(PeerId from, const FoundationRequest& request) {
    ++asked;
    if (!answer_) return;
    if (auto bytes = answer_(request.part))
      peer_->send(from, FoundationPart{request.hash, request.part, *std::move(bytes)}, Priority::low);
  }
  void offer_received(PeerId, const FoundationOffer& offer) { heard.push_back(offer); }
  static constexpr auto handlers = tutti::handlers<&Liar::request_received, &Liar::offer_received>;

 private:
  [[nodiscard]] PeerId victim() const { return victim_.value_or(PeerId{}); }

  Peer* peer_ = nullptr;
  std::optional<PeerId> victim_;
  Answer answer_;
};

/// Two honest peers that have gone on for a while, and a liar that is linked with the first.
class Lies : public testing::Test {
 protected:
  Lies()
      : ensemble_(3, {.model = constant_delay(10ms),
                      .links = {{0, 1}},
                      .session = {.deadline = FixedDeadline{100ms}, .history = {.absence_max = 30s}},
                      .log = Log(LogLevel::warning,
                                 [this](LogLevel, std::string_view line) { log_.emplace_back(line); })}) {
    ensemble_.start(0);
    ensemble_.start(1);
    live_on(60s);
    LinkOptions links{.network = network_name<Scribble>(), .name = "liar"};
    links.targets.push_back({VirtualNetwork::endpoint_of(0), {}});
    auto& node = ensemble_.simulator().node(2);
    const auto id = VirtualNetwork::peer_id(ensemble_.simulator().seed(), 2);
    peer_ = Peer::build(node, id)
                .add<LinkManager>(ensemble_.network().attach(node, id), std::move(links))
                .add<Liar>()
                .start();
    liar_ = peer_->find<Liar>();
    ensemble_.run_for(1s);
  }

  void live_on(Duration span) {
    for (Duration gone{}; gone < span; gone += 1s) {
      ensemble_.submit(done_ % 2, Scribble::Stroke{done_});
      ++done_;
      ensemble_.run_for(1s);
    }
  }
  /// The past of somebody who has done much more, at the last tick that may be folded.
  [[nodiscard]] FoundationOffer heavy_offer(const Foundation& foundation) const {
    return PackedFoundation::pack(foundation)->offer();
  }
  [[nodiscard]] Foundation heavy_foundation(Bytes image) const {
    const auto tick = ensemble_.common_tick().value() / grid * grid;
    return {.tick = Tick(tick),
            .account = {.history = 12, .events = 1'000'000},
            .timeline_history = 13,
            .folded = {},
            .image = std::move(image)};
  }
  void answer_truly(const Foundation& foundation) {
    liar_->answer_with(
        [packed = *PackedFoundation::pack(foundation)](std::uint32_t part) { return packed.part(part); });
  }
  /// Whether somebody has been cut off with these words.
  [[nodiscard]] bool blamed(std::string_view words) const {
    return std::ranges::any_of(log_, [&](const auto& line) { return line.contains(words); });
  }
  /// The honest ones go on as if nothing had been.
  void expect_nothing_has_happened() {
    live_on(60s);
    ensemble_.run_for(5s);
    for (std::uint32_t i = 0; i < 2; ++i) {
      EXPECT_EQ(ensemble_.replica(i).state().events, done_);
      EXPECT_EQ(ensemble_.replica(i).malformed_count(), 0u);
      const auto& past = ensemble_.peer(i).find<Session>()->past();
      EXPECT_LE(ensemble_.common_tick() - past.foundation_tick(), 40 * second);
    }
    EXPECT_TRUE(ensemble_.agree_at(ensemble_.common_tick()));
    EXPECT_EQ(ensemble_.recorder().totals().count_of("session.adopted"), 0u);
  }

  std::vector<std::string> log_;
  mutable Ensemble<Scribble> ensemble_;
  std::uint32_t done_ = 0;
  std::unique_ptr<Peer> peer_;
  Liar* liar_ = nullptr;
};

TEST_F(Lies, a_foundation_that_is_too_large_is_not_even_asked_for) {
  auto offer = heavy_offer(heavy_foundation(Bytes(16)));
  offer.bytes = foundation_bytes_max + 1;
  liar_->offer(offer);
  ensemble_.run_for(1s);
  EXPECT_TRUE(blamed("a foundation that is too large"));
  EXPECT_FALSE(liar_->linked());
  EXPECT_EQ(liar_->asked, 0u);
  expect_nothing_has_happened();
}

TEST_F(Lies, a_foundation_off_the_grid_is_none) {
  auto offer = heavy_offer(heavy_foundation(Bytes(16)));
  offer.name.tick = offer.name.tick + 1;
  liar_->offer(offer);
  ensemble_.run_for(1s);
  EXPECT_TRUE(blamed("a foundation off the grid"));
  expect_nothing_has_happened();
}

TEST_F(Lies, a_foundation_in_the_future_is_left_alone) {
  auto foundation = heavy_foundation(Bytes(16));
  foundation.tick = foundation.tick + 100 * grid;
  answer_truly(foundation);
  liar_->offer(heavy_offer(foundation));
  ensemble_.run_for(5s);
  EXPECT_EQ(liar_->asked, 0u);
  expect_nothing_has_happened();
}

TEST_F(Lies, offers_without_end_are_cut_off) {
  const auto offer = heavy_offer(heavy_foundation(Bytes(16)));
  for (std::uint64_t i = 0; i < 100 && liar_->linked(); ++i) {
    auto other = offer;
    other.hash += i;
    liar_->offer(other);
    ensemble_.run_for(20ms);
  }
  EXPECT_TRUE(blamed("offers foundations too often"));
  expect_nothing_has_happened();
}

TEST_F(Lies, a_list_of_parts_that_is_not_as_offered_costs_the_link) {
  liar_->answer_with([](std::uint32_t) { return Bytes(100, 7); });
  liar_->offer(heavy_offer(heavy_foundation(Bytes(16))));
  ensemble_.run_for(2s);
  EXPECT_TRUE(blamed("the parts of its foundation are not as offered"));
  expect_nothing_has_happened();
}

TEST_F(Lies, a_list_of_parts_of_another_length_costs_the_link) {
  auto foundation = heavy_foundation(Bytes(100'000));
  auto offer = heavy_offer(foundation);
  const auto list = encode(std::vector<std::uint64_t>{1, 2});
  offer.hash = short_sha256(list);
  liar_->answer_with([list](std::uint32_t) { return Bytes(list); });
  liar_->offer(offer);
  ensemble_.run_for(2s);
  EXPECT_TRUE(blamed("the list of the parts of its foundation is malformed"));
  expect_nothing_has_happened();
}

TEST_F(Lies, a_part_that_is_not_as_listed_costs_the_link) {
  const auto foundation = heavy_foundation(Bytes(100'000));
  liar_->answer_with([packed = *PackedFoundation::pack(foundation)](std::uint32_t part) {
    auto bytes = packed.part(part);
    if (part == 2 && bytes) ++bytes->front();
    return bytes;
  });
  liar_->offer(heavy_offer(foundation));
  ensemble_.run_for(5s);
  EXPECT_TRUE(blamed("a part of its foundation is not as offered"));
  expect_nothing_has_happened();
}

TEST_F(Lies, a_part_that_nobody_asked_for_costs_the_link_and_one_of_something_done_with_does_not) {
  const auto offer = heavy_offer(heavy_foundation(Bytes(100'000)));
  liar_->send({offer.hash, 1, Bytes(10)});
  ensemble_.run_for(1s);
  EXPECT_TRUE(liar_->linked());
  liar_->offer(offer);
  ensemble_.run_for(1s);
  liar_->send({offer.hash, 3, Bytes(10)});
  ensemble_.run_for(1s);
  EXPECT_TRUE(blamed("a part of a foundation that nobody asked for"));
  expect_nothing_has_happened();
}

TEST_F(Lies, an_image_that_is_none_costs_the_link) {
  const auto foundation = heavy_foundation(Bytes(sizeof(Scribble::State) + 1));
  answer_truly(foundation);
  liar_->offer(heavy_offer(foundation));
  ensemble_.run_for(3s);
  EXPECT_TRUE(blamed("the image in its foundation is none of this application"));
  expect_nothing_has_happened();
}

TEST_F(Lies, a_foundation_that_is_not_the_one_offered_costs_the_link) {
  const auto foundation = heavy_foundation(Bytes(sizeof(Scribble::State)));
  answer_truly(foundation);
  auto offer = heavy_offer(foundation);
  ++offer.events;
  liar_->offer(offer);
  ensemble_.run_for(3s);
  EXPECT_TRUE(blamed("a foundation is not the one that was offered"));
  expect_nothing_has_happened();
}

TEST_F(Lies, who_offers_and_never_delivers_holds_nobody_up_for_long_even_if_it_offers_again) {
  const auto foundation = heavy_foundation(Bytes(1'000'000));
  const auto packed = *PackedFoundation::pack(foundation);
  // The list, then a part now and then.
  liar_->answer_with([packed, answers = 0](std::uint32_t part) mutable {
    return part == 0 || ++answers % 4 == 0 ? packed.part(part) : std::nullopt;
  });
  for (int i = 0; i < 30; ++i) {
    liar_->offer(packed.offer());
    live_on(10s);
  }
  EXPECT_TRUE(liar_->linked());
  const auto asked = liar_->asked;
  expect_nothing_has_happened();
  EXPECT_EQ(liar_->asked, asked);
}

TEST_F(Lies, who_asks_for_what_there_is_not_gets_nothing) {
  ASSERT_FALSE(liar_->heard.empty());
  peer_->send(ensemble_.peer(0).id(), FoundationRequest{liar_->heard.back().name, 5, 0}, Priority::medium);
  peer_->send(ensemble_.peer(0).id(),
              FoundationRequest{liar_->heard.back().name, liar_->heard.back().hash, ~0u}, Priority::medium);
  ensemble_.run_for(1s);
  EXPECT_TRUE(liar_->linked());
  expect_nothing_has_happened();
}

}  // namespace
}  // namespace tutti::symmetric
