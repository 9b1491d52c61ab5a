// What a network does to packets. One function decides, and the same models serve simulated and live runs.
// Users write their own by deriving from NetworkModel: docs/networks.md shows one in ten lines.
//
// A model remembers nothing. What one packet suffers depends on the run's seed, on its source, target and
// sequence number and on the time it was sent, never on which other packets were asked for: so a run's
// results do not depend on the order of events or the number of threads. What does need memory, the queue
// ahead of a narrow path, is kept by the sender (see path_queue.hpp); the model only says how narrow the path
// is.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "tutti/base/random.hpp"
#include "tutti/base/require.hpp"
#include "tutti/base/time.hpp"

namespace tutti {

/// No packet is under way for longer: what a model says beyond is cut down to it.
constexpr Duration network_delay_max = std::chrono::hours(1);

/// One packet (or, at message level, one message) on its way.
struct Passage {
  /// Names the sending node: simulated its index, live a hash of its endpoint.
  std::uint64_t source = 0;
  std::uint64_t target = 0;
  std::uint64_t sequence = 0;  ///< counts the packets from source to target
  std::size_t bytes = 0;       ///< at message level known only where the path has a bandwidth, else 0
  /// The network's own time: zero is the beginning of the simulation, live that of the impaired socket.
  TimePoint sent{};
  std::uint64_t seed = 0;  ///< the run's; whoever calls carry() below leaves it out
};

/// When the copies of one packet arrive, as delays since it was sent: no copy if it is lost, several if it is
/// duplicated.
class Arrivals {
 public:
  static constexpr std::size_t count_max = 3;

  Arrivals() = default;
  explicit Arrivals(Duration delay) { add(delay); }

  /// Beyond count_max copies this does nothing.
  void add(Duration delay) {
    if (count_ < count_max) delays_[count_++] = delay;
  }

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] const Duration* begin() const { return delays_.data(); }
  [[nodiscard]] const Duration* end() const { return delays_.data() + count_; }
  [[nodiscard]] Duration* begin() { return delays_.data(); }
  [[nodiscard]] Duration* end() { return delays_.data() + count_; }
  /// The smallest delay. Not of a lost packet.
  [[nodiscard]] Duration earliest() const {
    require(!empty(), "a lost packet has no arrival");
    return *std::min_element(begin(), end());
  }

  bool operator==(const Arrivals& other) const {
    return std::equal(begin(), end(), other.begin(), other.end());
  }

 private:
  std::array<Duration, count_max> delays_{};
  std::size_t count_ = 0;
};

/// How narrow a path is, and how much may wait ahead of it.
struct Bandwidth {
  std::uint64_t bytes_per_second = 0;  ///< above zero
  std::uint64_t queue_bytes = 0;       ///< what would wait beyond is dropped

  bool operator==(const Bandwidth&) const = default;
};

class NetworkModel {
 public:
  NetworkModel() = default;
  NetworkModel(const NetworkModel&) = delete;
  NetworkModel& operator=(const NetworkModel&) = delete;
  virtual ~NetworkModel() = default;

  /// When the copies of `passage` arrive. `draw` is a stream of this packet's own, made from the run's seed
  /// and the passage's source, target and sequence. Whoever calls limits the delays to 0 to
  /// network_delay_max.
  [[nodiscard]] virtual Arrivals carry(const Passage& passage, Random& draw) const = 0;

  /// No packet between any two nodes ever arrives sooner: how far the parts of a simulation may run ahead of
  /// each other. Not negative.
  [[nodiscard]] virtual Duration delay_min() const { return {}; }

  /// How narrow the path is that `passage` takes; nothing if anything fits. Asked ahead of carry(); the
  /// sender keeps the queue, one for each source and target.
  [[nodiscard]] virtual std::optional<Bandwidth> bandwidth(const Passage& /*passage*/) const { return {}; }
};

using NetworkModelPtr = std::shared_ptr<const NetworkModel>;

/// Asks `model` with the stream that belongs to `passage` under `seed`.
Arrivals carry(const NetworkModel& model, std::uint64_t seed, Passage passage);

/// Draws that several packets of one path share: a stream of its own for each `purpose` and `index`, the same
/// whichever packet asks.
Random path_draw(const Passage& passage, std::uint64_t purpose, std::uint64_t index);

/// A model around another. It forwards what it does not change.
class Effect : public NetworkModel {
 public:
  [[nodiscard]] Duration delay_min() const override { return inner_->delay_min(); }
  [[nodiscard]] std::optional<Bandwidth> bandwidth(const Passage& passage) const override {
    return inner_->bandwidth(passage);
  }

 protected:
  explicit Effect(NetworkModelPtr inner) : inner_(std::move(inner)) {
    require(inner_ != nullptr, "an effect is around a model");
  }
  [[nodiscard]] const NetworkModel& inner() const { return *inner_; }

 private:
  NetworkModelPtr inner_;
};

}  // namespace tutti
