#include "tutti/lab/averaging_stack.hpp"

#include <algorithm>

#include "tutti/lab/averaging.hpp"

namespace tutti::lab {
namespace {

class AveragingStack final : public Stack, private PeerSampler {
 public:
  std::unique_ptr<Peer> start(const Site& site) override {
    house_ = &site.house;
    return site.house.reach_all(site.build(), site)
        .add<Averaging>(static_cast<const PeerSampler&>(*this), static_cast<double>(site.number))
        .start();
  }
  void ended(House& house, std::uint32_t number) override {
    house.board().put_real(number, value_column, std::nullopt);
  }

  [[nodiscard]] std::size_t board_columns() const override { return value_column + 1; }
  void show(House& house, std::uint32_t number, Peer& peer, TimePoint /*now*/) override {
    house.board().put_real(number, value_column, peer.find<Averaging>()->value());
  }

  void observe(const House& house, measure::Recorder& recorder) override {
    double online = 0;
    double sum = 0;
    double squares = 0;
    for (std::uint32_t i = 0; i < house.peer_count(); ++i) {
      const auto value = house.board().get_real(i, value_column);
      if (!value) continue;
      ++online;
      sum += *value;
      squares += *value * *value;
    }
    recorder.gauge("averaging.online").set(online);
    if (online > 0)
      recorder.gauge("averaging.variance")
          .set(std::max(0.0, squares / online - sum / online * (sum / online)));
  }

 private:
  static constexpr std::size_t value_column = 0;

  [[nodiscard]] PeerId sample(Random& random) const override {
    return house_->peer_id(static_cast<std::uint32_t>(random.below(house_->peer_count())));
  }

  House* house_ = nullptr;  // that of all peers
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
