#include "demo/script.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>

#include "tutti/base/random.hpp"

namespace tutti::tools {
namespace {

constexpr Duration key_pause_mean = std::chrono::milliseconds(350);

Duration share(Duration length, double part) {
  return from_seconds(in_seconds(length) * part);
}

}  // namespace

std::vector<Step> demo_script(std::uint64_t seed, std::uint32_t peers, Duration length, bool hand) {
  auto random = Random::keyed({seed, 0xde30});
  std::vector<Step> steps;
  if (peers >= 3) {
    const auto killed = static_cast<std::uint32_t>(random.below(peers));
    const auto cut = static_cast<std::uint32_t>((killed + 1 + random.below(peers - 1)) % peers);
    steps.push_back({share(length, 0.25), killed, Kill{}});
    steps.push_back({share(length, 0.40), killed, Restart{}});
    steps.push_back({share(length, 0.50), cut, Cut{}});
    steps.push_back({share(length, 0.70), cut, Heal{}});
  }
  if (hand) {
    static constexpr std::array keys{play::Key::left, play::Key::right, play::Key::up, play::Key::down};
    for (Duration at = share(length, 0.08); at < share(length, 0.8);
         at += from_seconds(in_seconds(key_pause_mean) * (0.3 + 1.4 * random.uniform()))) {
      const auto peer = static_cast<std::uint32_t>(random.below(peers));
      const bool pause = random.chance(0.06);
      const auto key = pause ? play::Key::space : keys[random.below(keys.size())];
      steps.push_back({at, peer, Press{key}});
      if (pause) steps.push_back({at + std::chrono::milliseconds(600), peer, Press{play::Key::space}});
    }
  }
  std::ranges::sort(steps, {},
                    [](const Step& step) { return std::tuple(step.at, step.peer, step.action.index()); });
  return steps;
}

std::string description(const Step& step) {
  struct Describe {
    std::string operator()(const Press&) const { return {}; }
    std::string operator()(Kill) const { return "is killed"; }
    std::string operator()(Restart) const { return "starts again"; }
    std::string operator()(Cut) const { return "is cut off"; }
    std::string operator()(Heal) const { return "is connected again"; }
  };
  const auto what = std::visit(Describe{}, step.action);
  return what.empty() ? what : fmt::format("peer {} {}", step.peer, what);
}

}  // namespace tutti::tools
