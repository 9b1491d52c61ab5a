#include "tutti/lab/personal_paths.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace tutti::lab {
namespace {

/// Some peers' own delays and losses around the experiment's model.
class Personal final : public Effect {
 public:
  Personal(NetworkModelPtr inner, std::vector<NetworkModelPtr> delays, std::vector<double> losses)
      : Effect(std::move(inner)), delays_(std::move(delays)), losses_(std::move(losses)) {}

  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    if (passage.source < losses_.size() && losses_[passage.source] > 0 &&
        draw.chance(losses_[passage.source]))
      return {};
    return model_for(passage).carry(passage, draw);
  }
  [[nodiscard]] Duration delay_min() const override {
    Duration least = inner().delay_min();
    for (const auto& model : delays_)
      if (model) least = std::min(least, model->delay_min());
    return least;
  }
  [[nodiscard]] std::optional<Bandwidth> bandwidth(const Passage& passage) const override {
    return model_for(passage).bandwidth(passage);
  }

 private:
  [[nodiscard]] const NetworkModel& model_for(const Passage& passage) const {
    const bool own = passage.source < delays_.size() && delays_[passage.source] != nullptr;
    return own ? *delays_[passage.source] : inner();
  }

  std::vector<NetworkModelPtr> delays_;
  std::vector<double> losses_;
};

}  // namespace

void PersonalPaths::set_delay(std::uint32_t peer, NetworkModelPtr delay) {
  delays_.resize(peers_);
  delays_[peer] = std::move(delay);
}

void PersonalPaths::set_loss(std::uint32_t peer, double loss) {
  losses_.resize(peers_);
  losses_[peer] = loss;
}

NetworkModelPtr PersonalPaths::model() const {
  if (delays_.empty() && losses_.empty()) return model_;
  return std::make_shared<Personal>(model_, delays_, losses_);
}

}  // namespace tutti::lab
