// A worse network than the machine has: whatever leaves through an Impaired socket is delayed and dropped,
// doubled and queued as a network model says, so that a live run on one machine can be slowed exactly like a
// simulated one. When all peers of a run are impaired, each direction suffers once. The model's time begins
// when the socket is made.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "tutti/net/model/path.hpp"
#include "tutti/net/udp/datagram_socket.hpp"
#include "tutti/runtime/runtime.hpp"

namespace tutti {

/// Each segment of a batch is a packet of its own to the model. Packets may overtake each other, as with
/// NetEm.
class Impaired final : public DatagramSocket, private DatagramHandler {
 public:
  /// Packets under way at once; more are dropped. 16,384 packets of 1400 bytes are 22 MiB, 100 ms of 1.8
  /// Gbit/s.
  static constexpr std::size_t packets_max = 16'384;
  /// Targets whose packets are counted and queued apart. Beyond, all begin anew under another seed.
  static constexpr std::size_t targets_max = 4096;

  struct Counters {
    std::uint64_t lost = 0;        ///< by the model
    std::uint64_t queue_full = 0;  ///< beyond the model's bandwidth and queue
    std::uint64_t overflow = 0;    ///< copies beyond packets_max
    std::uint64_t cut = 0;         ///< while the socket was cut off, in either direction
  };

  Impaired(Runtime& runtime, std::unique_ptr<DatagramSocket> inner, NetworkModelPtr model,
           std::uint64_t seed);

  /// Another socket of the same machine: what is set of one of them is set of all, but each has its own
  /// packets and counters.
  [[nodiscard]] std::unique_ptr<Impaired> sibling(std::unique_ptr<DatagramSocket> inner,
                                                  std::uint64_t seed) const;

  /// From now on; packets under way keep their times.
  void set_model(NetworkModelPtr model) { machine_->model = std::move(model); }
  /// Cut off, nothing arrives and nothing leaves, not even what was under way: an unplugged cable.
  void set_cut(bool cut) { machine_->cut = cut; }
  [[nodiscard]] bool cut() const { return machine_->cut; }
  [[nodiscard]] const Counters& counters() const { return counters_; }

  void start(DatagramHandler& handler) override;
  void send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) override;
  [[nodiscard]] Endpoint local_endpoint() const override { return inner_->local_endpoint(); }

 private:
  struct Packet {
    Endpoint target;
    Bytes bytes;
  };
  /// What siblings share. The model's time begins with the first of them.
  struct Machine {
    NetworkModelPtr model;
    TimePoint begun;
    bool cut = false;
  };

  Impaired(Runtime& runtime, std::unique_ptr<DatagramSocket> inner, std::shared_ptr<Machine> machine,
           std::uint64_t seed);
  void datagrams_received(std::span<const Datagram> datagrams) override;
  void send_packet(const Endpoint& target, ByteView bytes);
  /// Sends a copy of a packet after `delay`.
  void send_later(const Endpoint& target, ByteView bytes, Duration delay);
  void deliver_due();

  Runtime& runtime_;
  std::unique_ptr<DatagramSocket> inner_;
  std::shared_ptr<Machine> machine_;
  std::uint64_t seed_;
  Counters counters_;
  DatagramHandler* handler_ = nullptr;
  std::map<Endpoint, Path> paths_;
  std::multimap<TimePoint, Packet> under_way_;  // equal times leave in the order of their arrival
  Timer delivery_;
};

}  // namespace tutti
