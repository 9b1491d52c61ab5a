// A live peer's measures for Prometheus (https://prometheus.io), which fetches them over HTTP now and then.
//
//   auto server = PrometheusServer::open("127.0.0.1:9464", id);   // the error is a sentence
//   auto peer = Peer::build(runtime, id)
//                   ...
//                   .add<PrometheusPublisher>(**server)
//                   .measure(recorder)
//                   .start();
//
// The server has threads of its own and the recorder belongs to the peer's. So the peer publishes its totals
// once a second, as a value that nobody changes any more, and the server reads the last one. Whoever scrapes
// more often than that reads the same again.
//
// A counter `flood.received` is called tutti_flood_received_total there, a distribution `session.path_delay`
// in seconds is the summary tutti_session_path_delay_seconds with its percentiles; each has the label `peer`.
// The server shows no more than its address lets see: bind it to the loopback unless others are to read it.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "tutti/base/require.hpp"
#include "tutti/measure/measures.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti::lab {

class PrometheusServer {
 public:
  /// Serves at `address`, HOST:PORT, under /metrics; port 0 takes any. The error is a sentence: the port is
  /// in use, the address is none, or tutti was built without prometheus-cpp.
  static std::expected<std::unique_ptr<PrometheusServer>, std::string> open(const std::string& address,
                                                                            PeerId peer);
  ~PrometheusServer();
  PrometheusServer(const PrometheusServer&) = delete;
  PrometheusServer& operator=(const PrometheusServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// What is served from now on. Any thread.
  void publish(measure::Measures totals);

 private:
  struct Service;
  explicit PrometheusServer(std::unique_ptr<Service> service);

  std::unique_ptr<Service> service_;
};

/// Publishes what its peer measures. The server outlives it.
class PrometheusPublisher final : public Peerlet {
 public:
  explicit PrometheusPublisher(PrometheusServer& server) : server_(server) {}

  void init(Peer& peer) override {
    recorder_ = peer.measure().recorder();
    require(recorder_ != nullptr, "a peer that publishes its measures has a recorder");
    timer_.emplace(peer.runtime(), [this] { publish(); });
  }
  void start() override { publish(); }
  void stop() override { timer_.reset(); }

 private:
  static constexpr Duration interval = std::chrono::seconds(1);

  void publish() {
    server_.publish(recorder_->totals());
    timer_->arm(interval);
  }

  PrometheusServer& server_;
  measure::Recorder* recorder_ = nullptr;
  std::optional<Timer> timer_;
};

}  // namespace tutti::lab
