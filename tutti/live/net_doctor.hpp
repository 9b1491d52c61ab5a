// Examines how this machine reaches others and is reached: where its socket is, where others see it, what NAT
// it is behind, and for each other who was reached how, and what was tried in vain. It takes two, or more:
// each runs it, and all but the first have the first one's ticket.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "tutti/link/introductions.hpp"
#include "tutti/live/live_transport.hpp"
#include "tutti/live/surroundings.hpp"
#include "tutti/live/ticket.hpp"

namespace tutti {

struct NetDoctorOptions {
  /// Port 0 takes any; "[::]" serves IPv4 as well.
  Endpoint listen{};
  /// The first one's. Without it this is the first.
  std::optional<Ticket> ticket{};
  /// As of LiveOptions.
  std::vector<PortMapperOpener> port_mappers = tutti::port_mappers();
  /// For people.
  std::string name = "somebody";
  Log log{};
};

class NetDoctor {
 public:
  /// Others are linked with, each with each, as long as there are no more.
  static constexpr std::size_t links_wanted = 16;

  /// Opens the socket. The error is a sentence: port in use, an address of the ticket that is none ...
  static std::expected<std::unique_ptr<NetDoctor>, std::string> open(const NetDoctorOptions& options);
  NetDoctor(const NetDoctor&) = delete;
  NetDoctor& operator=(const NetDoctor&) = delete;

  /// Runs until it is known whether the router maps this one's port, or for so long.
  void wait_for_port_mapping(Duration patience);
  /// For the others, with all addresses of this machine, and the router's that leads here.
  [[nodiscard]] Ticket ticket() const;
  void run_for(Duration duration);
  /// What is known by now, in lines.
  [[nodiscard]] std::string report() const;
  /// Whether anybody was reached.
  [[nodiscard]] bool reached() const { return !links_->links().empty(); }

 private:
  explicit NetDoctor(const Log& log);

  RealRuntime runtime_;
  Ticket ticket_;
  bool first_ = true;
  std::vector<std::string> useless_;  // why, of each such address of the ticket
  RoutedSocket* routes_ = nullptr;
  LinkManager* links_ = nullptr;
  Introductions* introductions_ = nullptr;
  std::unique_ptr<Surroundings> surroundings_;
  std::unique_ptr<Peer> peer_;
  Timer end_;
};

}  // namespace tutti
