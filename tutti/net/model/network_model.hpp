// What a network does to packets. One function decides, and the same models serve simulated and live runs.
// Users write their own by deriving from NetworkModel.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "tutti/base/random.hpp"
#include "tutti/base/time.hpp"

namespace tutti {

/// One packet (or, at message level, one message) on its way.
struct Passage {
  std::uint64_t source =
      0;  ///< a number that names the sending node: simulated its index, live a hash of its endpoint
  std::uint64_t target = 0;
  std::uint64_t sequence = 0;  ///< counts the packets from source to target
  std::size_t bytes = 0;       ///< 0 where messages are not encoded
  TimePoint sent;
};

class NetworkModel {
 public:
  NetworkModel() = default;
  NetworkModel(const NetworkModel&) = delete;
  NetworkModel& operator=(const NetworkModel&) = delete;
  virtual ~NetworkModel() = default;

  /// How long `passage` takes; nothing if it is lost. `draw` is a stream of this packet's own, made from the
  /// run's seed and the passage's source, target and sequence: what one packet suffers does not depend on any
  /// other, nor on the order in which packets are asked for. Whoever calls makes negative results zero.
  [[nodiscard]] virtual std::optional<Duration> carry(const Passage& passage, Random& draw) const = 0;
};

using NetworkModelPtr = std::shared_ptr<const NetworkModel>;

/// Asks `model` with the stream that belongs to `passage` under `seed`.
std::optional<Duration> carry(const NetworkModel& model, std::uint64_t seed, const Passage& passage);

}  // namespace tutti
