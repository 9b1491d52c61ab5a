// Keeps a port mapping for a socket: asks the router by one protocol after the other until one answers with a
// mapping, renews it at half its lifetime, and removes it at the end. When a renewal fails it is tried again
// after half of what is left (RFC 6887, 11.2.1), and when nothing is left, or the machine is in another
// network, all begins anew. Where no router gives a mapping they are all asked again now and then.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tutti/live/port_mapping/port_mapping.hpp"

namespace tutti {

class PortMappingKeeper {
 public:
  /// What is asked for.
  static constexpr Duration lifetime = std::chrono::hours(1);
  /// What a router gives is taken for one of these: nothing is asked all the time, or forgotten for days.
  static constexpr Duration lifetime_min = std::chrono::seconds(20);
  static constexpr Duration lifetime_max = std::chrono::hours(24);
  /// Between two renewals that fail (RFC 6887, 11.2.1).
  static constexpr Duration renewal_pause_min = std::chrono::seconds(4);
  /// Until all are asked again when none has given a mapping.
  static constexpr Duration again_after = std::chrono::minutes(10);

  /// The present one, or none any more.
  using Changed = std::function<void(const std::optional<Endpoint>& external)>;

  /// For the socket at `local`. The runtime outlives it. It begins as soon as the runtime runs.
  PortMappingKeeper(Runtime& runtime, const Endpoint& local, std::vector<std::unique_ptr<PortMapper>> mappers,
                    std::function<std::optional<Gateway>()> gateway = find_gateway);
  ~PortMappingKeeper();
  PortMappingKeeper(const PortMappingKeeper&) = delete;
  PortMappingKeeper& operator=(const PortMappingKeeper&) = delete;

  /// Called when a mapping comes, is another one or goes; not from within a call to this.
  void on_change(Changed listener) { listener_ = std::move(listener); }
  /// Where strangers reach the socket, if there is a mapping, as far as is known by now.
  [[nodiscard]] std::optional<Endpoint> external() const { return told_; }
  /// Whether it is known by now whether there is one.
  [[nodiscard]] bool decided() const { return decided_; }
  /// What came of it, for people.
  [[nodiscard]] std::string describe() const;

  /// The machine's network may be another one, or it has slept.
  void network_changed();

 private:
  void begin();
  /// Why there is nothing to ask.
  [[nodiscard]] std::optional<std::string> obstacle() const;
  void ask();
  void answered(std::expected<PortMapping, std::string> result);
  void refused(const std::string& why);
  void timer_fired();
  void decide(const std::optional<PortMapping>& mapping);

  Runtime& runtime_;
  Endpoint local_;
  std::vector<std::unique_ptr<PortMapper>> mappers_;
  std::function<std::optional<Gateway>()> find_gateway_;
  Changed listener_;
  std::optional<Gateway> gateway_;
  std::size_t present_ = 0;             // of the mappers: who is asked, or has given the mapping
  std::optional<PortMapping> mapping_;  // as it was last given
  TimePoint mapping_until_;
  bool decided_ = false;
  std::optional<Endpoint> told_;  // to the listener
  std::uint64_t questions_ = 0;   // answers to others than the last one are none
  std::string failures_;          // of this round
  Timer timer_;                   // until the mapping is renewed, or everybody is asked again
};

}  // namespace tutti
