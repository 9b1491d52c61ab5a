// A live peer's place in its network: where its socket is on the machine's networks, where the router lets
// strangers in to it, and that its links hear of it when all that changes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tutti/link/introductions.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/live/network_watch.hpp"
#include "tutti/live/port_mapping/port_mapping_keeper.hpp"

namespace tutti {

class Surroundings {
 public:
  /// Of the socket at `local`. The runtime outlives it.
  Surroundings(RealRuntime& runtime, const Endpoint& local, const std::vector<PortMapperOpener>& mappers);

  /// Where others may reach the socket: its own places, and the router's.
  [[nodiscard]] std::vector<Endpoint> internal() const;
  [[nodiscard]] std::vector<Endpoint> mapped() const;
  /// The same two, for as long as this lives.
  [[nodiscard]] IntroductionOptions introductions() const;

  [[nodiscard]] const PortMappingKeeper& port_mapping() const { return port_mapping_; }
  /// Called as PortMappingKeeper::on_change() says.
  void on_mapping_change(PortMappingKeeper::Changed listener) {
    port_mapping_.on_change(std::move(listener));
  }
  /// Tells these two when the network changes, until it is told to end.
  void watch(LinkManager& links, Introductions& introductions);
  void end_watch() { watch_.reset(); }

 private:
  RealRuntime& runtime_;
  Endpoint local_;
  PortMappingKeeper port_mapping_;
  std::unique_ptr<NetworkWatch> watch_;
};

}  // namespace tutti
