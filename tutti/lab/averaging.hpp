// Every peer learns the average of all peers' values by gossip: now and then it picks another peer at random,
// the two exchange their values, and both go on with the mean. The variance falls exponentially, by about a
// factor of 3.3 a period (push-pull averaging: Jelasity, Montresor, Babaoglu, "Gossip-Based Aggregation in
// Large Dynamic Networks", ACM TOCS 2005).
//
// A small protocol to measure a simulation with, and an example of how a peerlet looks.
#pragma once

#include <optional>

#include "tutti/peer/peer.hpp"

namespace tutti::lab {

struct AveragingPush {
  double value = 0;
};
struct AveragingReply {
  double value = 0;  ///< of the other side, before it took the mean
};

}  // namespace tutti::lab

namespace tutti {

template <>
struct MessageTraits<lab::AveragingPush> {
  static constexpr MessageId id{0x7001};
};
template <>
struct MessageTraits<lab::AveragingReply> {
  static constexpr MessageId id{0x7002};
};

}  // namespace tutti

namespace tutti::lab {

/// Whom to gossip with.
class PeerSampler {
 public:
  /// Any peer, uniformly; perhaps one that is not there any more, perhaps the one that asks.
  [[nodiscard]] virtual PeerId sample(Random& random) const = 0;

 protected:
  ~PeerSampler() = default;
};

class Averaging final : public Peerlet {
 public:
  static constexpr Duration period = std::chrono::seconds(1);

  /// Starts from `value`. The sampler outlives it.
  Averaging(const PeerSampler& sampler, double value) : sampler_(sampler), value_(value) {}

  [[nodiscard]] double value() const { return value_; }

  void init(Peer& peer) override;
  void start() override;
  void stop() override { timer_.reset(); }

  void push_received(PeerId from, const AveragingPush& push);
  void reply_received(PeerId from, const AveragingReply& reply);
  static constexpr auto handlers = tutti::handlers<&Averaging::push_received, &Averaging::reply_received>;

 private:
  void gossip();

  const PeerSampler& sampler_;
  Peer* peer_ = nullptr;
  std::optional<Timer> timer_;
  double value_;
};

}  // namespace tutti::lab
