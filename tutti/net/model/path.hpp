// One path from a sender to a receiver, as a sender of packets keeps it: what waits ahead of it, and how many
// packets have taken it, which names each one's draws.
#pragma once

#include <cstdint>
#include <expected>

#include "tutti/net/model/network_model.hpp"
#include "tutti/net/model/path_queue.hpp"

namespace tutti {

class Path {
 public:
  /// Why a packet does not arrive at all.
  enum class Loss : std::uint8_t {
    model,       ///< the model lost it
    queue_full,  ///< it would have waited beyond the path's queue
  };

  /// The path's next packet: when its copies arrive, waiting included. Its sequence is filled in.
  std::expected<Arrivals, Loss> take(const NetworkModel& model, std::uint64_t seed, Passage passage) {
    passage.sequence = sequence_++;
    Duration queued{};
    if (const auto bandwidth = model.bandwidth(passage)) {
      const auto taken = queue_.take(passage.sent, passage.bytes, *bandwidth);
      if (!taken) return std::unexpected(Loss::queue_full);
      queued = *taken;
    }
    auto arrivals = carry(model, seed, passage);
    if (arrivals.empty()) return std::unexpected(Loss::model);
    for (Duration& delay : arrivals) delay += queued;
    return arrivals;
  }

 private:
  PathQueue queue_;
  std::uint64_t sequence_ = 0;
};

}  // namespace tutti
