#include "demo/outcome.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tutti/base/text.hpp"

namespace tutti::tools {

bool DemoOutcome::all_equal() const {
  return !peers.empty() && std::ranges::all_of(peers, [&](const PeerOutcome& peer) {
    return !peer.state.empty() && peer.state == peers.front().state && peer.history == peers.front().history;
  });
}

void print_table(const DemoOutcome& outcome) {
  fmt::print("\n{:>5} {:>8} {:>7} {:>6} {:>10} {:>10}  state at tick {}\n", "peer", "tick", "events", "late",
             "rollbacks", "recovery", outcome.common_tick);
  for (std::size_t i = 0; i < outcome.peers.size(); ++i) {
    const auto& peer = outcome.peers[i];
    fmt::print("{:>5} {:>8} {:>7} {:>6} {:>10} {:>10}  {}\n", i, peer.tick, peer.events, peer.late,
               peer.rollbacks, peer.recovery ? describe(*peer.recovery) : "",
               peer.state.empty() ? "(none)" : peer.state);
  }
  if (outcome.trace_hash) fmt::print("trace {:016x}\n", *outcome.trace_hash);
  if (!outcome.picture.empty()) fmt::print("picture {}\n", outcome.picture);
  fmt::print("{}\n", outcome.all_equal() ? fmt::format("All {} states are identical at tick {}.",
                                                       outcome.peers.size(), outcome.common_tick)
                                         : "THE STATES DIFFER.");
}

void print_json(const DemoOutcome& outcome) {
  nlohmann::json peers = nlohmann::json::array();
  for (const auto& peer : outcome.peers) {
    nlohmann::json row{{"tick", peer.tick},           {"events", peer.events},   {"late", peer.late},
                       {"rollbacks", peer.rollbacks}, {"history", peer.history}, {"state", peer.state}};
    if (peer.recovery) row["recovery_seconds"] = in_seconds(*peer.recovery);
    peers.push_back(std::move(row));
  }
  nlohmann::json result{{"peers", peers},
                        {"common_tick", outcome.common_tick},
                        {"identical", outcome.all_equal()},
                        {"took_seconds", in_seconds(outcome.took)}};
  if (outcome.trace_hash) result["trace_hash"] = fmt::format("{:016x}", *outcome.trace_hash);
  if (!outcome.picture.empty()) result["picture"] = outcome.picture;
  fmt::print("{}\n", result.dump(2));
}

}  // namespace tutti::tools
