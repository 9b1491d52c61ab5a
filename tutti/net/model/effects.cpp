#include "tutti/net/model/effects.hpp"

#include <utility>

namespace tutti {
namespace {

/// Names the draws that decide about a path's bursts.
constexpr std::uint64_t burst_draws = 0x62757273;

void require_probability(double probability) {
  require(probability >= 0 && probability <= 1, "a probability is between 0 and 1");
}

class Loss final : public Effect {
 public:
  Loss(double probability, NetworkModelPtr inner) : Effect(std::move(inner)), probability_(probability) {
    require_probability(probability);
  }
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    if (draw.chance(probability_)) return {};
    return inner().carry(passage, draw);
  }

 private:
  double probability_;
};

class Bursts final : public Effect {
 public:
  Bursts(BurstLoss loss, NetworkModelPtr inner) : Effect(std::move(inner)), loss_(loss) {
    require(std::min(loss.good_mean, loss.bad_mean) >= burst_min &&
                std::max(loss.good_mean, loss.bad_mean) <= burst_max,
            "a burst's duration is between its limits");
    require_probability(loss.loss_while_bad);
    require_probability(loss.loss_while_good);
    const double good = in_seconds(loss.good_mean);
    const double bad = in_seconds(loss.bad_mean);
    bad_share_ = bad / (good + bad);
    window_ = from_seconds(good * bad_share_);
  }
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    if (draw.chance(is_bad(passage) ? loss_.loss_while_bad : loss_.loss_while_good)) return {};
    return inner().carry(passage, draw);
  }

 private:
  /// Looks back this many windows at most; that none of them had a new state has a probability of e^-40.
  static constexpr std::int64_t windows_max = 40;

  [[nodiscard]] bool is_bad(const Passage& passage) const {
    const Duration time = passage.sent.time_since_epoch();
    const std::int64_t current = time / window_ - (time % window_ < Duration::zero() ? 1 : 0);
    const double now =
        in_seconds(time - current * window_) / in_seconds(window_);  // within its window, 0 to 1
    for (std::int64_t back = 0; back <= windows_max; ++back) {
      // A window has a new state once on average: at moments an exponentially distributed time apart.
      auto draw = path_draw(passage, burst_draws, static_cast<std::uint64_t>(current - back));
      const double until = back == 0 ? now : 1;
      std::optional<bool> last;
      for (double moment = draw.exponential(); moment < until; moment += draw.exponential())
        last = draw.chance(bad_share_);
      if (last) return *last;
    }
    return false;
  }

  BurstLoss loss_;
  double bad_share_ = 0;
  Duration window_{};
};

class Duplication final : public Effect {
 public:
  Duplication(double probability, NetworkModelPtr inner)
      : Effect(std::move(inner)), probability_(probability) {
    require_probability(probability);
  }
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    const bool twice = draw.chance(probability_);
    Arrivals arrivals = inner().carry(passage, draw);
    if (twice)
      for (const Duration delay : inner().carry(passage, draw)) arrivals.add(delay);
    return arrivals;
  }

 private:
  double probability_;
};

class Reordering final : public Effect {
 public:
  Reordering(double probability, NetworkModelPtr inner)
      : Effect(std::move(inner)), probability_(probability) {
    require_probability(probability);
  }
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    const bool jumps = draw.chance(probability_);
    Arrivals arrivals = inner().carry(passage, draw);
    if (jumps)
      for (Duration& delay : arrivals) delay = Duration::zero();
    return arrivals;
  }
  [[nodiscard]] Duration delay_min() const override {
    return probability_ > 0 ? Duration::zero() : inner().delay_min();
  }

 private:
  double probability_;
};

class Narrow final : public Effect {
 public:
  Narrow(Bandwidth bandwidth, NetworkModelPtr inner) : Effect(std::move(inner)), bandwidth_(bandwidth) {
    require(bandwidth.bytes_per_second > 0, "a path lets something through");
  }
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    return inner().carry(passage, draw);
  }
  [[nodiscard]] std::optional<Bandwidth> bandwidth(const Passage& passage) const override {
    const auto other = inner().bandwidth(passage);
    return other && other->bytes_per_second < bandwidth_.bytes_per_second ? *other : bandwidth_;
  }

 private:
  Bandwidth bandwidth_;
};

class Partitioned final : public Effect {
 public:
  Partitioned(Partition partition, NetworkModelPtr inner)
      : Effect(std::move(inner)), partition_(std::move(partition)) {
    require(partition_.from <= partition_.until, "a partition begins before its end");
    for (const auto& group : partition_.groups)
      require(group.first <= group.last, "a group's first node is not after its last");
  }
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    const bool parted = partition_.from <= passage.sent && passage.sent < partition_.until &&
                        group_of(passage.source) != group_of(passage.target);
    return parted ? Arrivals() : inner().carry(passage, draw);
  }

 private:
  [[nodiscard]] std::size_t group_of(std::uint64_t node) const {
    const auto& groups = partition_.groups;
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const NodeRange& group) {
      return group.first <= node && node <= group.last;
    });
    return static_cast<std::size_t>(found - groups.begin());
  }

  Partition partition_;
};

class Changing final : public NetworkModel {
 public:
  explicit Changing(std::vector<NetworkSnapshot> snapshots) : snapshots_(std::move(snapshots)) {
    require(!snapshots_.empty(), "a network that changes is something at first");
    for (const auto& snapshot : snapshots_) require(snapshot.model != nullptr, "a snapshot has a model");
    require(std::is_sorted(snapshots_.begin(), snapshots_.end(),
                           [](const auto& one, const auto& other) { return one.from < other.from; }),
            "snapshots are in the order of their times");
    least_ = snapshots_.front().model->delay_min();
    for (const auto& snapshot : snapshots_) least_ = std::min(least_, snapshot.model->delay_min());
  }
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    return at(passage.sent).carry(passage, draw);
  }
  [[nodiscard]] Duration delay_min() const override { return least_; }
  [[nodiscard]] std::optional<Bandwidth> bandwidth(const Passage& passage) const override {
    return at(passage.sent).bandwidth(passage);
  }

 private:
  [[nodiscard]] const NetworkModel& at(TimePoint time) const {
    const auto next = std::upper_bound(
        snapshots_.begin() + 1, snapshots_.end(), time,
        [](TimePoint when, const NetworkSnapshot& snapshot) { return when < snapshot.from; });
    return *(next - 1)->model;
  }

  std::vector<NetworkSnapshot> snapshots_;
  Duration least_{};
};

}  // namespace

NetworkModelPtr with_loss(double probability, NetworkModelPtr inner) {
  return std::make_shared<Loss>(probability, std::move(inner));
}

NetworkModelPtr with_burst_loss(BurstLoss loss, NetworkModelPtr inner) {
  return std::make_shared<Bursts>(loss, std::move(inner));
}

NetworkModelPtr with_duplication(double probability, NetworkModelPtr inner) {
  return std::make_shared<Duplication>(probability, std::move(inner));
}

NetworkModelPtr with_reordering(double probability, NetworkModelPtr inner) {
  return std::make_shared<Reordering>(probability, std::move(inner));
}

NetworkModelPtr with_bandwidth(Bandwidth bandwidth, NetworkModelPtr inner) {
  return std::make_shared<Narrow>(bandwidth, std::move(inner));
}

NetworkModelPtr with_partition(Partition partition, NetworkModelPtr inner) {
  return std::make_shared<Partitioned>(std::move(partition), std::move(inner));
}

NetworkModelPtr changing(std::vector<NetworkSnapshot> snapshots) {
  return std::make_shared<Changing>(std::move(snapshots));
}

}  // namespace tutti
