// Makes measures of what a peer's transport, and the socket under it, count: packets, refused strangers,
// forged checks.
#pragma once

#include <optional>
#include <vector>

#include "tutti/net/tally.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti {

class TransportMeasures final : public Peerlet {
 public:
  /// Between two looks at the counts.
  static constexpr Duration period = std::chrono::seconds(1);

  /// Of a transport that lives as long as this does.
  explicit TransportMeasures(const std::vector<Tally>& tallies);

  void init(Peer& peer) override;
  void start() override { look(); }
  void stop() override;

 private:
  struct Row {
    Tally tally;
    std::uint64_t told = 0;
    measure::Counter counter{};
  };

  void look();
  void tell();

  std::vector<Row> rows_;
  std::optional<Timer> timer_;
};

}  // namespace tutti
