// The network of a live run as one process of it knows it: what the experiment's model does to packets, and
// what the scenario has done to the network so far.
//
// Every process plays the whole scenario as far as the network is concerned, so each knows who is unplugged
// and who is in which group, and keeps back itself what would not arrive. So every path has one place where
// it is decided, its sender, as in a simulation: what is on its way when a path is cut still arrives.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tutti/lab/personal_paths.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/net/model/path_cuts.hpp"

namespace tutti::lab {

class LiveNetwork {
 public:
  LiveNetwork(NetworkModelPtr model, std::uint32_t peers);

  [[nodiscard]] PathCuts& cuts() { return cuts_; }
  [[nodiscard]] const PathCuts& cuts() const { return cuts_; }
  void set_delay(std::uint32_t peer, NetworkModelPtr delay);
  void set_loss(std::uint32_t peer, double loss);
  /// Takes back all of the above.
  void heal();

  /// The experiment's model with what the scenario has given to single peers.
  [[nodiscard]] const NetworkModel& model() const { return *present_; }

  /// For an Impaired socket on one of the peers' `endpoints`, one each: asks the model by the peers' numbers,
  /// and by the experiment's time, which is `elapsed` when the socket is made; perhaps below zero. A packet
  /// to anybody else is lost, and so is one on a cut path. The network outlives it.
  [[nodiscard]] NetworkModelPtr by_endpoint(std::span<const Endpoint> endpoints, Duration elapsed) const;

 private:
  NetworkModelPtr model_;
  std::uint32_t peers_;
  PersonalPaths paths_;
  NetworkModelPtr present_;
  PathCuts cuts_;
};

}  // namespace tutti::lab
