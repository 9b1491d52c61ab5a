#include "tutti/lab/prometheus.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tutti/lab/prometheus_test_scrape.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::lab {
namespace {

using namespace std::chrono_literals;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Prometheus, reads_what_was_published_last) {
  const PeerId peer{{0xab}};
  const auto server = PrometheusServer::open("127.0.0.1:0", peer);
  ASSERT_TRUE(server) << server.error();
  EXPECT_TRUE(contains(scrape((*server)->port()), "200 OK"));

  measure::Recorder recorder(TimePoint{});
  auto received = recorder.counter("flood.received");
  auto delay = recorder.distribution("session.path_delay", "seconds");
  recorder.gauge("link.links").set(3);
  received.add(7);
  (*server)->publish(recorder.totals());
  received.add(5);
  for (const double sample : {0.25, 0.5, 1.0}) delay.add(sample);
  (*server)->publish(recorder.totals());

  const auto text = scrape((*server)->port());
  const auto label = "peer=\"" + peer.text() + "\"";
  EXPECT_TRUE(contains(text, "# TYPE tutti_flood_received_total counter")) << text;
  EXPECT_TRUE(contains(text, "tutti_flood_received_total{" + label + "} 12\n")) << text;
  EXPECT_TRUE(contains(text, "tutti_link_links{" + label + "} 3\n")) << text;
  EXPECT_TRUE(contains(text, "# TYPE tutti_session_path_delay_seconds summary")) << text;
  EXPECT_TRUE(contains(text, "tutti_session_path_delay_seconds_count{" + label + "} 3\n")) << text;
  EXPECT_TRUE(contains(text, "tutti_session_path_delay_seconds_sum{" + label + "} 1.75\n")) << text;
  EXPECT_TRUE(contains(text, "tutti_session_path_delay_seconds{" + label + ",quantile=\"0.5\"} 0.50"))
      << text;
}

TEST(Prometheus, names_the_address_it_cannot_serve_at) {
  const auto first = PrometheusServer::open("127.0.0.1:0", {});
  ASSERT_TRUE(first) << first.error();
  const auto taken = "127.0.0.1:" + std::to_string((*first)->port());
  const auto second = PrometheusServer::open(taken, {});
  ASSERT_FALSE(second);
  EXPECT_TRUE(contains(second.error(), taken)) << second.error();
  EXPECT_FALSE(PrometheusServer::open("nowhere at all", {}));
}

class Busy final : public Peerlet {
 public:
  void init(Peer& peer) override {
    turns_ = peer.measure().counter("busy.turns");
    timer_.emplace(peer.runtime(), [this] { start(); });
  }
  void start() override {
    turns_.add();
    timer_->arm(1ms);
  }
  void stop() override { timer_.reset(); }

 private:
  measure::Counter turns_;
  std::optional<Timer> timer_;
};

TEST(Prometheus, reads_a_live_peer_while_it_goes_on_counting) {
  const auto server = PrometheusServer::open("127.0.0.1:0", {});
  ASSERT_TRUE(server) << server.error();
  RealRuntime runtime;
  measure::Recorder recorder(runtime.now());
  auto peer =
      Peer::build(runtime, {}).add<Busy>().add<PrometheusPublisher>(**server).measure(recorder).start();
  std::thread network([&] { runtime.run(); });
  const auto first = scrape((*server)->port());
  EXPECT_TRUE(contains(first, "tutti_busy_turns_total")) << first;
  // A minute is a bound on failure, not a measure.
  auto later = first;
  const auto line = [](const std::string& text) { return text.substr(text.find("tutti_busy_turns_total{")); };
  const auto value = [&](const std::string& text) { return line(text).substr(0, line(text).find('\n')); };
  for (const auto end = real_now() + 60s; value(later) == value(first) && real_now() < end;)
    later = scrape((*server)->port());
  EXPECT_NE(value(later), value(first));
  runtime.stop();
  network.join();
}

}  // namespace
}  // namespace tutti::lab
