#include <cmath>
#include <map>
#include <vector>

#include <fmt/chrono.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/net/model/models.hpp"
#include "tutti/net/model/path_queue.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

NetworkModelPtr parsed(std::string_view text) {
  auto model = parse_network_model(text);
  EXPECT_TRUE(model.has_value()) << model.error();
  return model.value_or(nullptr);
}

std::string error_of(std::string_view text) {
  const auto model = parse_network_model(text);
  return model ? "no error" : model.error();
}

constexpr std::uint64_t seed = 7;

/// What became of many packets from node 1 to node 2, a millisecond apart.
struct Outcome {
  std::vector<double> delays_ms;  // of the first copies, in the order of sending
  double lost = 0;                // shares of what was sent
  double doubled = 0;

  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double delay : delays_ms) sum += delay;
    return sum / static_cast<double>(delays_ms.size());
  }
  /// The mean product of the distances from the mean of two delays `lag` packets apart: lag 0 is the
  /// variance.
  [[nodiscard]] double covariance(std::size_t lag) const {
    const double middle = mean();
    double sum = 0;
    for (std::size_t i = lag; i < delays_ms.size(); ++i)
      sum += (delays_ms[i] - middle) * (delays_ms[i - lag] - middle);
    return sum / static_cast<double>(delays_ms.size() - lag);
  }
  [[nodiscard]] double deviation() const { return std::sqrt(covariance(0)); }
  [[nodiscard]] double correlation(std::size_t lag) const { return covariance(lag) / covariance(0); }
  [[nodiscard]] double least() const { return *std::min_element(delays_ms.begin(), delays_ms.end()); }
  [[nodiscard]] double greatest() const { return *std::max_element(delays_ms.begin(), delays_ms.end()); }
};

Outcome outcome_of(const NetworkModel& model, std::uint64_t count = 50'000) {
  Outcome outcome;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto arrivals = carry(
        model, seed, {.source = 1, .target = 2, .sequence = i, .sent = TimePoint(1ms * static_cast<int>(i))});
    for (const Duration delay : arrivals) EXPECT_GE(delay, model.delay_min());
    outcome.lost += arrivals.empty() ? 1.0 / static_cast<double>(count) : 0;
    outcome.doubled += arrivals.size() > 1 ? 1.0 / static_cast<double>(count) : 0;
    if (!arrivals.empty()) outcome.delays_ms.push_back(in_milliseconds(*arrivals.begin()));
  }
  return outcome;
}

Outcome outcome_of(std::string_view text, std::uint64_t count = 50'000) {
  return outcome_of(*parsed(text), count);
}

double delay_min_ms(std::string_view text) {
  return in_milliseconds(parsed(text)->delay_min());
}

TEST(Arrivals, keeps_three_copies_and_knows_the_earliest) {
  Arrivals arrivals;
  EXPECT_TRUE(arrivals.empty());
  for (const auto delay : {3ms, 1ms, 2ms, 0ms}) arrivals.add(delay);
  EXPECT_EQ(arrivals.size(), 3u);
  EXPECT_EQ(arrivals.earliest(), 1ms);
}

TEST(NetworkModel, delays_are_limited_to_zero_and_an_hour_whatever_a_model_says) {
  struct Wild final : NetworkModel {
    [[nodiscard]] Arrivals carry(const Passage& passage, Random&) const override {
      return Arrivals(passage.sequence == 0 ? -1s : 24h);
    }
  };
  EXPECT_EQ(carry(Wild(), seed, {.sequence = 0}), Arrivals(0s));
  EXPECT_EQ(carry(Wild(), seed, {.sequence = 1}), Arrivals(network_delay_max));
}

TEST(ConstantDelay, is_the_same_for_all) {
  const auto outcome = outcome_of("constant:5ms");
  EXPECT_EQ(outcome.least(), 5);
  EXPECT_EQ(outcome.greatest(), 5);
  EXPECT_EQ(delay_min_ms("constant:5ms"), 5);
  EXPECT_EQ(delay_min_ms("none"), 0);
}

TEST(UniformDelay, has_its_moments_and_extremes) {
  const auto outcome = outcome_of("uniform:10ms-30ms");
  EXPECT_NEAR(outcome.mean(), 20, 0.1);
  EXPECT_NEAR(outcome.deviation(), 20 / std::sqrt(12), 0.05);
  EXPECT_NEAR(outcome.least(), 10, 0.01);
  EXPECT_NEAR(outcome.greatest(), 30, 0.01);
  EXPECT_LE(outcome.greatest(), 30);
  EXPECT_EQ(delay_min_ms("uniform:10ms-30ms"), 10);
}

TEST(NormalDelay, has_its_moments_and_is_cut_off_at_four_deviations) {
  const auto outcome = outcome_of("normal:50ms,10ms", 200'000);
  EXPECT_NEAR(outcome.mean(), 50, 0.1);
  EXPECT_NEAR(outcome.deviation(), 10, 0.1);
  EXPECT_EQ(outcome.least(), 10);
  EXPECT_EQ(outcome.greatest(), 90);
  EXPECT_NEAR(outcome.correlation(1), 0, 0.01);
  EXPECT_EQ(delay_min_ms("normal:50ms,10ms"), 10);
}

TEST(NormalDelay, has_its_moments_even_where_it_is_cut_off_at_zero) {
  for (const double deviation : {15.0, 25.0, 40.0, 50.0}) {
    const auto outcome = outcome_of(*normal_delay(50ms, from_seconds(deviation / 1000)), 200'000);
    EXPECT_NEAR(outcome.mean(), 50, 0.4);
    EXPECT_NEAR(outcome.deviation(), deviation, 0.4);
    EXPECT_EQ(outcome.least(), 0);
  }
}

TEST(NormalDelay, each_delay_follows_the_one_before_as_closely_as_asked) {
  for (const double correlation : {0.25, 0.9}) {
    const auto outcome = outcome_of(*normal_delay(50ms, 10ms, correlation), 100'000);
    EXPECT_NEAR(outcome.mean(), 50, 0.5);
    EXPECT_NEAR(outcome.deviation(), 10, 0.2);
    EXPECT_NEAR(outcome.correlation(1), correlation, 0.01);
    EXPECT_NEAR(outcome.correlation(2), correlation * correlation, 0.02);
  }
}

TEST(ParetoDelay, has_its_moments_for_a_shape_above_two) {
  const auto outcome = outcome_of("pareto:50ms,4", 400'000);
  EXPECT_NEAR(outcome.mean(), 50, 0.2);
  EXPECT_NEAR(outcome.deviation(), 50 / std::sqrt(8), 0.8);
  EXPECT_NEAR(outcome.least(), 37.5, 0.001);
  EXPECT_NEAR(delay_min_ms("pareto:50ms,4"), 37.5, 0.001);
}

TEST(ParetoDelay, keeps_its_mean_and_its_limit_even_where_the_tail_is_cut_off) {
  const auto outcome = outcome_of("pareto:50ms,1.2", 1'000'000);
  EXPECT_NEAR(outcome.mean(), 50, 1.5);
  EXPECT_NEAR(outcome.greatest(), pareto_cut_off * delay_min_ms("pareto:50ms,1.2"), 0.01);
}

TEST(Sum, adds_delays_up_and_loses_what_either_part_loses) {
  const auto outcome = outcome_of("constant:30ms+normal:20ms,4ms+loss:10%+uniform:0ms-12ms");
  EXPECT_NEAR(outcome.mean(), 56, 0.2);
  EXPECT_NEAR(outcome.deviation(), std::sqrt(16 + 12), 0.1);
  EXPECT_NEAR(outcome.lost, 0.1, 0.01);
  EXPECT_EQ(delay_min_ms("constant:30ms+normal:20ms,4ms+uniform:1ms-12ms"), 35);
}

TEST(Loss, loses_its_share_and_leaves_the_delays) {
  const auto outcome = outcome_of("uniform:10ms-30ms+loss:20%");
  EXPECT_NEAR(outcome.lost, 0.2, 0.005);
  EXPECT_NEAR(outcome.mean(), 20, 0.1);
  EXPECT_EQ(outcome_of("none+loss:100%", 1000).delays_ms.size(), 0u);
  EXPECT_EQ(outcome_of("none+loss:0%", 1000).lost, 0);
}

TEST(BurstLoss, states_last_as_long_as_asked_and_lose_what_is_asked) {
  const auto model = parsed("bursts:900ms,100ms,50%,1%");
  EXPECT_NEAR(outcome_of(*model, 400'000).lost, 0.9 * 0.01 + 0.1 * 0.5, 0.006);

  const auto pure = parsed("bursts:900ms,100ms");
  int bursts = 0, lost = 0;
  bool before = false;
  constexpr int packets = 1'000'000;
  for (int i = 0; i < packets; ++i) {
    const bool bad = carry(*pure, seed, {.source = 1, .target = 2, .sent = TimePoint(1ms * i)}).empty();
    bursts += bad && !before;
    lost += bad;
    before = bad;
  }
  EXPECT_NEAR(1.0 * lost / packets, 0.1, 0.01);
  EXPECT_NEAR(1.0 * lost / bursts, 100, 8);  // milliseconds
}

TEST(BurstLoss, a_packet_that_is_sent_again_at_once_meets_the_same_burst) {
  const auto model = parsed("bursts:1s,1s");
  for (int i = 0; i < 1000; ++i) {
    Passage passage{.source = 1, .target = 2, .sequence = 1, .sent = TimePoint(37ms * i)};
    const bool lost = carry(*model, seed, passage).empty();
    passage.sequence = 99;
    EXPECT_EQ(carry(*model, seed, passage).empty(), lost);
  }
}

TEST(BurstLoss, bursts_are_those_of_one_direction_of_one_path) {
  const auto model = parsed("bursts:1s,1s");
  int equal = 0;
  constexpr int packets = 10'000;
  for (int i = 0; i < packets; ++i) {
    const TimePoint sent(100ms * i);
    equal += carry(*model, seed, {.source = 1, .target = 2, .sent = sent}).empty() ==
             carry(*model, seed, {.source = 2, .target = 1, .sent = sent}).empty();
  }
  EXPECT_NEAR(1.0 * equal / packets, 0.5, 0.05);
}

TEST(Duplication, doubles_its_share_with_delays_of_their_own) {
  const auto outcome = outcome_of("uniform:10ms-30ms+duplicate:5%");
  EXPECT_NEAR(outcome.doubled, 0.05, 0.005);
  EXPECT_EQ(outcome.lost, 0);
  const auto arrivals = carry(*parsed("uniform:10ms-30ms+duplicate:100%"), seed, {.source = 1, .target = 2});
  ASSERT_EQ(arrivals.size(), 2u);
  EXPECT_NE(*arrivals.begin(), *(arrivals.begin() + 1));
}

TEST(Reordering, lets_its_share_jump_ahead_and_costs_the_least_delay) {
  const auto outcome = outcome_of("constant:50ms+reorder:3%");
  EXPECT_NEAR(outcome.mean(), 0.97 * 50, 0.2);
  EXPECT_EQ(outcome.least(), 0);
  EXPECT_EQ(outcome.greatest(), 50);
  EXPECT_EQ(delay_min_ms("constant:50ms+reorder:3%"), 0);
  EXPECT_EQ(delay_min_ms("constant:50ms+reorder:0%"), 50);
}

TEST(Partition, parts_groups_and_the_rest_for_its_time_only) {
  const auto model = parsed("constant:1ms+partition:0-4/5-9,10s-20s");
  const auto passes = [&](std::uint64_t source, std::uint64_t target, Duration sent) {
    return !carry(*model, seed, {.source = source, .target = target, .sent = TimePoint(sent)}).empty();
  };
  EXPECT_TRUE(passes(0, 5, 10s - 1ns));
  EXPECT_FALSE(passes(0, 5, 10s));
  EXPECT_FALSE(passes(5, 0, 20s - 1ns));
  EXPECT_TRUE(passes(0, 5, 20s));
  EXPECT_TRUE(passes(0, 4, 15s));
  EXPECT_FALSE(passes(9, 10, 15s));
  EXPECT_TRUE(passes(10, 99, 15s));
}

TEST(Changing, is_what_its_latest_snapshot_says) {
  const auto model =
      parsed("constant:10ms+bandwidth:1Mbit,1KiB;60s:constant:20ms+loss:100%;90s:constant:5ms");
  const auto at = [&](Duration sent) { return carry(*model, seed, {.sent = TimePoint(sent)}); };
  EXPECT_EQ(at(-1s), Arrivals(10ms));
  EXPECT_EQ(at(60s - 1ns), Arrivals(10ms));
  EXPECT_EQ(at(60s), Arrivals());
  EXPECT_EQ(at(90s), Arrivals(5ms));
  EXPECT_EQ(model->delay_min(), 5ms);
  EXPECT_TRUE(model->bandwidth({.sent = TimePoint(1s)}).has_value());
  EXPECT_FALSE(model->bandwidth({.sent = TimePoint(61s)}).has_value());
}

TEST(BandwidthModel, is_that_of_the_narrowest_part_and_passes_through_effects) {
  const auto model = parsed("constant:10ms+bandwidth:1Mbit,64KiB+loss:1%+bandwidth:10Mbit,1MiB+constant:1ms");
  EXPECT_EQ(model->bandwidth({}), (Bandwidth{.bytes_per_second = 125'000, .queue_bytes = 65'536}));
  EXPECT_FALSE(parsed("constant:10ms+loss:1%")->bandwidth({}).has_value());
}

constexpr Bandwidth slow{.bytes_per_second = 1000, .queue_bytes = 300};

TEST(PathQueue, lets_bytes_leave_one_after_the_other) {
  PathQueue queue;
  EXPECT_EQ(queue.take(TimePoint(5s), 100, slow), 100ms);
  EXPECT_EQ(queue.take(TimePoint(5s), 100, slow), 200ms);
  EXPECT_EQ(queue.take(TimePoint(5s + 50ms), 100, slow), 250ms);
  EXPECT_EQ(queue.backlog_bytes(TimePoint(5s + 50ms), slow), 250u);
  EXPECT_EQ(queue.take(TimePoint(7s), 100, slow), 100ms);
}

TEST(PathQueue, drops_what_does_not_fit_unless_nothing_waits_or_the_sender_has_patience) {
  PathQueue queue;
  EXPECT_EQ(queue.take(TimePoint{}, 1000, slow), 1s);
  EXPECT_FALSE(queue.take(TimePoint{}, 1, slow).has_value());
  EXPECT_EQ(queue.take_patiently(TimePoint{}, 500, slow), 1500ms);
  EXPECT_FALSE(queue.take(TimePoint(1300ms), 101, slow).has_value());
  EXPECT_EQ(queue.take(TimePoint(1300ms), 100, slow), 300ms);
}

RC_GTEST_PROP(PathQueue, never_holds_more_than_its_limit_nor_sends_faster_than_its_bandwidth, ()) {
  const Bandwidth bandwidth{.bytes_per_second = *rc::gen::inRange<std::uint64_t>(1, 1'000'000),
                            .queue_bytes = *rc::gen::inRange<std::uint64_t>(0, 100'000)};
  PathQueue queue;
  TimePoint now{};
  TimePoint left{};  // when the packet before has left
  for (int i = 0; i < 50; ++i) {
    now += Duration(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000));
    const auto bytes = *rc::gen::inRange<std::uint64_t>(0, 20'000);
    const bool idle = queue.backlog(now) == Duration::zero();
    const auto taken = queue.take(now, bytes, bandwidth);
    if (!taken) {
      RC_ASSERT(!idle);
      continue;
    }
    RC_ASSERT(now + *taken >= std::max(left, now) + PathQueue::time_of(bytes, bandwidth));
    RC_ASSERT(idle || queue.backlog_bytes(now, bandwidth) <= bandwidth.queue_bytes + 1);
    left = now + *taken;
  }
}

/// Four nodes: three at the corners of a right triangle, heights 1, 2, 3 and 0 ms.
std::vector<NetworkCoordinate> triangle() {
  return {{0, 0, 1}, {30, 0, 2}, {0, 40, 3}, {100, 100, 0}};
}

Duration delay_between(const NetworkModel& model, std::uint64_t source, std::uint64_t target) {
  return carry(model, seed, {.source = source, .target = target}).earliest();
}

TEST(CoordinateDelay, is_the_distance_and_both_heights) {
  const auto model = coordinate_delay(triangle(), Placement(4));
  EXPECT_EQ(delay_between(*model, 0, 1), 33ms);
  EXPECT_EQ(delay_between(*model, 2, 1), 55ms);
  EXPECT_EQ(delay_between(*model, 2, 0), 44ms);
  EXPECT_EQ(model->delay_min(), 33ms);
}

TEST(CoordinateDelay, nodes_on_one_row_are_as_far_apart_as_the_nearest_other_row) {
  const auto model = coordinate_delay(triangle(), Placement(4));
  EXPECT_EQ(delay_between(*model, 2, 6), 44ms);
  EXPECT_EQ(delay_between(*model, 6, 5), 55ms);
}

TEST(Placement, a_shuffle_is_a_permutation_that_its_seed_decides) {
  const auto rows_of = [](const Placement& placement) {
    std::vector<std::size_t> rows;
    for (std::uint64_t node = 0; node < 100; ++node) rows.push_back(placement.row_of(node));
    return rows;
  };
  const auto one = rows_of(Placement(100, 1));
  EXPECT_EQ(one, rows_of(Placement(100, 1)));
  EXPECT_NE(one, rows_of(Placement(100, 2)));
  auto sorted = one;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, rows_of(Placement(100)));
  EXPECT_EQ(Placement(100, 1).row_of(305), one[5]);
}

DelayMatrix three_rows() {
  return {.rows = 3, .mean = {0ms, 10ms, 20ms, 30ms, 0ms, 40ms, 50ms, 60ms, 0ms}, .spread = {}, .names = {}};
}

TEST(MatrixDelay, is_what_stands_between_the_rows_of_two_nodes) {
  const auto model = matrix_delay(three_rows(), Placement(3));
  EXPECT_EQ(delay_between(*model, 0, 1), 10ms);
  EXPECT_EQ(delay_between(*model, 1, 0), 30ms);
  EXPECT_EQ(delay_between(*model, 5, 4), 60ms);
  EXPECT_EQ(delay_between(*model, 4, 1), 30ms);  // both on row 1, whose nearest is row 0
  EXPECT_EQ(model->delay_min(), 10ms);
}

TEST(MatrixDelay, has_the_moments_and_extremes_that_were_measured) {
  for (const auto deviation : {1ms, 10ms, 17ms, 20ms, 30ms}) {
    const DelaySpread spread{.least = 40ms, .greatest = 100ms, .deviation = deviation};
    const auto model = matrix_delay(
        {.rows = 2, .mean = {0ms, 60ms, 60ms, 0ms}, .spread = {spread, spread, spread, spread}, .names = {}},
        Placement(2));
    EXPECT_EQ(model->delay_min(), 40ms);
    const auto outcome = outcome_of(*model, 200'000);
    EXPECT_NEAR(outcome.mean(), 60, 0.3);
    // No distribution between 40 and 100 with a mean of 60 deviates by more than sqrt(20 * 40).
    EXPECT_NEAR(outcome.deviation(), std::min(in_milliseconds(deviation), std::sqrt(800)), 0.15);
    EXPECT_NEAR(outcome.least(), 40, 0.5);
    EXPECT_NEAR(outcome.greatest(), 100, 0.5);
  }
}

TEST(LossMatrixModel, loses_what_stands_between_the_rows_of_two_nodes) {
  const auto model =
      with_loss_matrix({.rows = 2, .probability = {0, 0.25, 1, 0}}, Placement(2), constant_delay(1ms));
  const auto lost = [&](std::uint64_t source, std::uint64_t target) {
    int count = 0;
    for (std::uint64_t i = 0; i < 10'000; ++i)
      count += carry(*model, seed, {.source = source, .target = target, .sequence = i}).empty();
    return count;
  };
  EXPECT_NEAR(lost(0, 1), 2500, 150);
  EXPECT_EQ(lost(1, 0), 10'000);
  EXPECT_EQ(lost(0, 2), 0);
  EXPECT_EQ(model->delay_min(), 1ms);
}

/// Models of every kind that draws.
std::vector<NetworkModelPtr> drawing_models() {
  std::vector<NetworkModelPtr> models;
  for (const auto* text : {"uniform:1ms-90ms", "normal:50ms,10ms", "normal:50ms,10ms,50%", "pareto:50ms,3",
                           "uniform:1ms-9ms+loss:30%", "uniform:1ms-9ms+bursts:1s,1s",
                           "uniform:1ms-9ms+duplicate:50%", "uniform:1ms-9ms+reorder:30%"})
    models.push_back(parsed(text));
  const DelaySpread spread{.least = 1ms, .greatest = 99ms, .deviation = 30ms};
  models.push_back(matrix_delay(
      {.rows = 2, .mean = {50ms, 50ms, 50ms, 50ms}, .spread = {spread, spread, spread, spread}, .names = {}},
      Placement(2)));
  return models;
}

TEST(NetworkModel, what_one_packet_suffers_does_not_depend_on_the_order_of_asking) {
  for (const auto& model : drawing_models()) {
    std::vector<Passage> passages;
    for (std::uint64_t i = 0; i < 300; ++i)
      passages.push_back(
          {.source = i % 3, .target = 3, .sequence = i, .sent = TimePoint(10ms * static_cast<int>(i))});
    std::vector<Arrivals> forwards, backwards;
    for (const auto& passage : passages) forwards.push_back(carry(*model, seed, passage));
    for (auto passage = passages.rbegin(); passage != passages.rend(); ++passage)
      backwards.push_back(carry(*model, seed, *passage));
    std::reverse(backwards.begin(), backwards.end());
    EXPECT_EQ(forwards, backwards);
  }
}

TEST(NetworkModel, different_pairs_directions_and_seeds_suffer_differently) {
  const auto all = [](const NetworkModel& model, std::uint64_t its_seed, std::uint64_t source,
                      std::uint64_t target) {
    std::vector<Arrivals> result;
    for (std::uint64_t i = 0; i < 300; ++i)
      result.push_back(carry(model, its_seed,
                             {.source = source,
                              .target = target,
                              .sequence = i,
                              .sent = TimePoint(10ms * static_cast<int>(i))}));
    return result;
  };
  for (const auto& model : drawing_models()) {
    EXPECT_NE(all(*model, seed, 1, 2), all(*model, seed, 1, 3));
    EXPECT_NE(all(*model, seed, 1, 2), all(*model, seed, 2, 1));
    EXPECT_NE(all(*model, seed, 1, 2), all(*model, seed + 1, 1, 2));
  }
}

/// The example of docs/networks.md.
class LongWay final : public Effect {
 public:
  explicit LongWay(NetworkModelPtr inner) : Effect(std::move(inner)) {}
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    auto arrivals = inner().carry(passage, draw);
    if (passage.sequence % 3 == 0)
      for (auto& delay : arrivals) delay *= 2;
    return arrivals;
  }
};

TEST(NetworkModel, users_write_their_own_around_another) {
  const NetworkModelPtr model = std::make_shared<LongWay>(parsed("constant:50ms+bandwidth:1Mbit,1KiB"));
  EXPECT_EQ(carry(*model, seed, {.sequence = 1}), Arrivals(50ms));
  EXPECT_EQ(carry(*model, seed, {.sequence = 3}), Arrivals(100ms));
  EXPECT_EQ(model->delay_min(), 50ms);
  EXPECT_TRUE(model->bandwidth({}).has_value());
}

TEST(NetworkModelText, joins_parts_in_any_order) {
  const auto model =
      parsed("loss:1%+normal:50ms,10ms,25%+duplicate:0.1%+reorder:1%+bandwidth:1.5Mbit,64KiB+constant:5ms");
  EXPECT_EQ(model->bandwidth({})->bytes_per_second, 187'500u);
  EXPECT_EQ(model->delay_min(), 5ms);
}

TEST(NetworkModelText, names_the_part_that_is_wrong) {
  EXPECT_EQ(error_of("normal:50ms,10"),
            "'10' is no time: a number with ns, us, ms or s is needed, such as 50ms");
  EXPECT_EQ(error_of("normal:50ms"), "'normal:50ms' is not normal:50ms,10ms or normal:50ms,10ms,25%");
  EXPECT_EQ(error_of("normal:50ms,60ms"), "'60ms' deviates by more than the mean '50ms': pareto does");
  EXPECT_EQ(error_of("normal:50ms,10ms,99.5%"), "'99.5%' is above the greatest correlation, 99%");
  EXPECT_EQ(error_of("uniform:3ms-2ms"), "'3ms-2ms' begins after its end");
  EXPECT_EQ(error_of("uniform:3ms"), "'3ms' has no '-' between two values");
  EXPECT_EQ(error_of("pareto:3ms,1"), "'1' is no shape: 1.1 to 100 is needed");
  EXPECT_EQ(error_of("constant:1ms+loss:200%"), "'200%' is no share: 0% to 100% is needed");
  EXPECT_EQ(error_of("constant:2000s+constant:4000s"), "'4000s' is longer than an hour");
  EXPECT_EQ(error_of("none+bandwidth:1Mb,64KiB"),
            "'1Mb' is no bandwidth: 8bit to 1000Gbit a second is needed, such as 1Mbit");
  EXPECT_EQ(error_of("none+bandwidth:1Mbit,64k"), "'64k' is no queue: a size is needed, such as 64KiB");
  EXPECT_EQ(error_of("none+bursts:1s,0ms"), "'0ms' is not between 1us and a year");
  EXPECT_EQ(error_of("none+partition:0-x,1s-2s"), "'x' is no node's number");
  EXPECT_EQ(error_of("none;10s:none;10s:none"), "'10s' is not later than the time before");
  EXPECT_EQ(error_of("none;10s"), "'10s' has no ':' and model after its time");
  EXPECT_EQ(error_of("none:1ms"), "'none:1ms' is not none");
  EXPECT_EQ(error_of("king:nowhere.syscoord"), "nowhere.syscoord: no such file");
  EXPECT_EQ(error_of("king:nowhere.syscoord,unit=ms"), "'unit=ms' is nothing that may follow this file");
  EXPECT_EQ(
      error_of("none++none"),
      "'' is no network model: one of none, constant, uniform, normal, pareto, coordinates, king, matrix, "
      "regions, pairs, loss, bursts, loss-matrix, duplicate, reorder, bandwidth, partition is needed");
}

TEST(NetworkModelText, has_words_of_ones_own) {
  const std::vector<NetworkWord> own{
      {.name = "twice",
       .form = "twice or twice:VALUE",
       .values_max = 1,
       .make = [](std::span<const std::string_view> values,
                  const NetworkModelPtr& before) -> std::expected<NetworkModelPtr, std::string> {
         if (!values.empty()) return std::unexpected("it takes none today");
         return sum_of(before, before);
       }}};
  const auto read = [&](std::string_view text) {
    const auto model = parse_network_model(text, own);
    return model ? fmt::format("{}", (*model)->delay_min()) : model.error();
  };
  EXPECT_EQ(read("constant:3ms+twice"), fmt::format("{}", Duration(6ms)));
  EXPECT_EQ(read("twice"), fmt::format("{}", Duration(0ms)));
  EXPECT_EQ(read("twice:1"), "'twice:1': it takes none today");
  EXPECT_EQ(read("twice:1,2"), "'twice:1,2' is not twice or twice:VALUE");
  EXPECT_TRUE(read("thrice").ends_with("bandwidth, partition, twice is needed")) << read("thrice");
}

RC_GTEST_PROP(NetworkModelText, any_text_is_a_model_or_an_error, ()) {
  const std::vector<std::string> pieces{"normal", "loss", "bursts", "uniform", ":",   ",",  "+",
                                        ";",      "-",    "/",      "50ms",    "10s", "1%", "0",
                                        "9",      "1e9",  "=",      "1Mbit",   "B",   "s"};
  const auto text = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces));
  std::string joined;
  for (const auto& piece : text) joined += piece;
  const auto model = parse_network_model(joined);
  RC_ASSERT((model ? *model != nullptr : !model.error().empty()));
}

}  // namespace
}  // namespace tutti
