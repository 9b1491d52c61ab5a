// The demonstration: rectangles that stay bit-identical while people press keys, peers die and come back, and
// the network falls apart and heals.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>

#include "demo/outcome.hpp"
#include "topology.hpp"

namespace tutti::tools {

struct DemoOptions {
  Topology topology = indirect_topology(6);
  Duration length = std::chrono::seconds(20);
  std::uint64_t seed = 1;
  bool headless = false;
  std::filesystem::path image = "tutti-demo.png";
};

/// A process for each peer, on loopback. The error is a sentence.
std::expected<DemoOutcome, std::string> run_live_demo(const DemoOptions& options);

/// The same application and script in virtual time.
DemoOutcome run_simulated_demo(const DemoOptions& options);

}  // namespace tutti::tools
