// What came of a demonstration: a table for people, JSON for programs, and the verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tutti/base/time.hpp"

namespace tutti::tools {

struct PeerOutcome {
  std::int64_t tick = 0;  ///< the last one it reached
  std::uint64_t events = 0;
  std::uint64_t late = 0;
  std::uint64_t rollbacks = 0;
  std::optional<Duration> recovery;  ///< from its return to being level with the others, if it was away
  std::string history;               ///< fingerprint of the events up to the common tick, in hexadecimal
  std::string state;                 ///< and of the state then
};

struct DemoOutcome {
  std::vector<PeerOutcome> peers;
  std::int64_t common_tick = 0;
  std::optional<std::uint64_t> trace_hash;  ///< of a simulated run
  Duration took{};                          ///< of real time
  std::string picture;                      ///< where it is, if there is one

  [[nodiscard]] bool all_equal() const;
};

/// On standard output.
void print_table(const DemoOutcome& outcome);
void print_json(const DemoOutcome& outcome);

}  // namespace tutti::tools
