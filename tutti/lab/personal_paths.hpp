// The delays and losses that a scenario has given to single peers, around the experiment's network model.
#pragma once

#include <cstdint>
#include <vector>

#include "tutti/net/model/network_model.hpp"

namespace tutti::lab {

class PersonalPaths {
 public:
  PersonalPaths(NetworkModelPtr model, std::uint32_t peers) : model_(std::move(model)), peers_(peers) {}

  /// Of what `peer` sends from now on.
  void set_delay(std::uint32_t peer, NetworkModelPtr delay);
  /// The same; `loss` is a share from 0 to 1, and comes on top of the model's.
  void set_loss(std::uint32_t peer, double loss);

  /// The experiment's model, with what has been set so far.
  [[nodiscard]] NetworkModelPtr model() const;

 private:
  NetworkModelPtr model_;
  std::uint32_t peers_;
  std::vector<NetworkModelPtr> delays_;  // empty until a peer has its own
  std::vector<double> losses_;           // the same
};

}  // namespace tutti::lab
