#include "tutti/lab/live_network.hpp"

#include <algorithm>
#include <map>

namespace tutti::lab {
namespace {

/// Impaired names peers by the hashes of their endpoints, and counts time from its own beginning.
class ByEndpoint final : public NetworkModel {
 public:
  ByEndpoint(const LiveNetwork& network, std::span<const Endpoint> endpoints, Duration elapsed)
      : network_(network), elapsed_(elapsed) {
    const std::hash<Endpoint> hash;
    for (std::uint32_t i = 0; i < endpoints.size(); ++i) numbers_[hash(endpoints[i])] = i;
  }

  [[nodiscard]] Arrivals carry(const Passage& passage, Random& /*draw*/) const override {
    const auto numbered = by_number(passage);
    if (!numbered || cut(*numbered)) return {};
    // The draw begins anew, from the numbers: ports differ from run to run.
    return tutti::carry(network_.model(), passage.seed, *numbered);
  }
  [[nodiscard]] std::optional<Bandwidth> bandwidth(const Passage& passage) const override {
    const auto numbered = by_number(passage);
    if (!numbered || cut(*numbered)) return std::nullopt;
    return network_.model().bandwidth(*numbered);
  }

 private:
  [[nodiscard]] std::optional<Passage> by_number(Passage passage) const {
    const auto source = numbers_.find(passage.source);
    const auto target = numbers_.find(passage.target);
    if (source == numbers_.end() || target == numbers_.end()) return std::nullopt;
    passage.source = source->second;
    passage.target = target->second;
    passage.sent = std::max(passage.sent + elapsed_, TimePoint{});
    return passage;
  }
  [[nodiscard]] bool cut(const Passage& numbered) const {
    return network_.cuts().is_cut(static_cast<std::uint32_t>(numbered.source),
                                  static_cast<std::uint32_t>(numbered.target));
  }

  const LiveNetwork& network_;
  Duration elapsed_;
  std::map<std::uint64_t, std::uint32_t> numbers_;
};

}  // namespace

LiveNetwork::LiveNetwork(NetworkModelPtr model, std::uint32_t peers)
    : model_(std::move(model)), peers_(peers), paths_(model_, peers), present_(model_) {}

void LiveNetwork::set_delay(std::uint32_t peer, NetworkModelPtr delay) {
  paths_.set_delay(peer, std::move(delay));
  present_ = paths_.model();
}

void LiveNetwork::set_loss(std::uint32_t peer, double loss) {
  paths_.set_loss(peer, loss);
  present_ = paths_.model();
}

void LiveNetwork::heal() {
  *this = LiveNetwork(model_, peers_);
}

NetworkModelPtr LiveNetwork::by_endpoint(std::span<const Endpoint> endpoints, Duration elapsed) const {
  return std::make_shared<ByEndpoint>(*this, endpoints, elapsed);
}

}  // namespace tutti::lab
