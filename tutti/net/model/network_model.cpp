#include "tutti/net/model/network_model.hpp"

namespace tutti {

Arrivals carry(const NetworkModel& model, std::uint64_t seed, Passage passage) {
  passage.seed = seed;
  auto draw = Random::keyed({seed, passage.source, passage.target, passage.sequence});
  Arrivals arrivals = model.carry(passage, draw);
  for (Duration& delay : arrivals) delay = std::clamp(delay, Duration::zero(), network_delay_max);
  return arrivals;
}

Random path_draw(const Passage& passage, std::uint64_t purpose, std::uint64_t index) {
  return Random::keyed({passage.seed, passage.source, passage.target, purpose, index});
}

}  // namespace tutti
