// What happens in the demonstration, and when: the same script for processes and for simulated peers.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tutti/base/time.hpp"
#include "tutti/play/key.hpp"

namespace tutti::tools {

struct Press {
  play::Key key{};
};
struct Kill {};
struct Restart {};
struct Cut {};
struct Heal {};

struct Step {
  Duration at{};
  std::uint32_t peer = 0;
  std::variant<Press, Kill, Restart, Cut, Heal> action;
};

/// Steps in the order of their times. With `hand`, keys are pressed in all peers by turns; with three peers
/// and more, one is killed and comes back, and another is cut off for a while, each at the rim of the network
/// or in its middle as `seed` has it. The last fifth of `length` is quiet.
std::vector<Step> demo_script(std::uint64_t seed, std::uint32_t peers, Duration length, bool hand);

/// "peer 3 is killed"; nothing worth saying for keys.
std::string description(const Step& step);

}  // namespace tutti::tools
