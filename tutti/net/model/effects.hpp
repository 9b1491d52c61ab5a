// What happens to packets besides delay: they get lost, doubled, overtaken, held up by a narrow path, or the
// whole network changes. Each is a model around another.
#pragma once

#include <vector>

#include "tutti/net/model/network_model.hpp"

namespace tutti {

/// Loses each packet with `probability` (0 to 1), one independently of the other.
NetworkModelPtr with_loss(double probability, NetworkModelPtr inner);

/// Loss in bursts: each direction of each path is now good, now bad, for times that are exponentially
/// distributed, and loses packets with the probability of its state (Gilbert, "Capacity of a burst-noise
/// channel", 1960; Elliott, 1963).
struct BurstLoss {
  Duration good_mean{};       ///< mean duration of the good state; between limits below
  Duration bad_mean{};        ///< of the bad one
  double loss_while_bad = 1;  ///< probabilities, 0 to 1
  double loss_while_good = 0;
};
constexpr Duration burst_min = std::chrono::microseconds(1);
constexpr Duration burst_max = std::chrono::hours(24 * 365);

/// The state belongs to the time, not to the count of packets (as NetEm's gemodel has it): a burst is equally
/// long whether few packets are sent or many, and a packet that is repeated meets it again.
///
/// How it is known without remembering: such a path is the same as one that at random moments, (1 / good +
/// 1 / bad) of them a second, is given a new state, bad with probability bad / (good + bad). So one looks for
/// the last such moment before the packet, in windows of time that each have draws of their own.
NetworkModelPtr with_burst_loss(BurstLoss loss, NetworkModelPtr inner);

/// Each packet arrives twice with `probability`; `inner` decides about each copy anew.
NetworkModelPtr with_duplication(double probability, NetworkModelPtr inner);

/// As NetEm's reorder: a packet that is not lost jumps ahead with `probability` and takes no time at all.
NetworkModelPtr with_reordering(double probability, NetworkModelPtr inner);

/// Each direction of each pair has this bandwidth and this queue, unless `inner` is narrower.
NetworkModelPtr with_bandwidth(Bandwidth bandwidth, NetworkModelPtr inner);

/// Nodes from `first` to `last`, that included.
struct NodeRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
/// From `from` until just before `until` nothing that is sent passes between different groups. Nodes in no
/// group are together another one. For simulations: a live node's number is a hash.
struct Partition {
  std::vector<NodeRange> groups;
  TimePoint from;
  TimePoint until;
};
NetworkModelPtr with_partition(Partition partition, NetworkModelPtr inner);

/// A network that changes at given times: from `from` on it is `model`, and ahead of the first like the
/// first.
struct NetworkSnapshot {
  TimePoint from;
  NetworkModelPtr model;
};
/// At least one, in the order of their times.
NetworkModelPtr changing(std::vector<NetworkSnapshot> snapshots);

}  // namespace tutti
