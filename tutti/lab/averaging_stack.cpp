#include "tutti/lab/averaging_stack.hpp"

#include "tutti/lab/averaging.hpp"
#include "tutti/lab/world.hpp"
#include "tutti/link/direct_carrier.hpp"

namespace tutti::lab {
namespace {

class AveragingStack final : public Stack, private PeerSampler {
 public:
  std::unique_ptr<Peer> start(const Site& site) override {
    seed_ = site.world.simulator().seed();
    count_ = site.world.peer_count();
    return Peer::build(site.runtime, site.id)
        .add<DirectCarrier>(site.world.network(), site.number)
        .add<Averaging>(static_cast<const PeerSampler&>(*this), static_cast<double>(site.number))
        .measure(site.recorder)
        .start();
  }

  void observe(World& world, measure::Recorder& recorder) override {
    double online = 0;
    double sum = 0;
    double squares = 0;
    for (std::uint32_t i = 0; i < world.peer_count(); ++i) {
      const auto* peer = world.peer(i);
      if (peer == nullptr) continue;
      const double value = peer->find<Averaging>()->value();
      ++online;
      sum += value;
      squares += value * value;
    }
    recorder.gauge("averaging.online").set(online);
    if (online > 0)
      recorder.gauge("averaging.variance")
          .set(std::max(0.0, squares / online - sum / online * (sum / online)));
  }

 private:
  [[nodiscard]] PeerId sample(Random& random) const override {
    return VirtualNetwork::peer_id(seed_, static_cast<std::uint32_t>(random.below(count_)));
  }

  std::uint64_t seed_ = 0;
  std::uint32_t count_ = 1;
};

}  // namespace

StackType averaging_stack() {
  return {.name = "averaging",
          .description = "every peer learns the average of all peers' numbers by gossip",
          .peerlets = {&peerlet_type<Averaging>},
          .make = [](const Plan&, const std::map<std::string, std::string>&)
              -> std::expected<std::unique_ptr<Stack>, std::string> {
            return std::make_unique<AveragingStack>();
          }};
}

}  // namespace tutti::lab
