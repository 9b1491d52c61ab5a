#include "tutti/lab/prometheus.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

namespace tutti::lab {
namespace {

using measure::Measure;
using measure::Measures;

constexpr std::size_t server_threads = 1;
constexpr std::array quantiles{0.5, 0.9, 0.99};

std::string family_name(const Measure& measure) {
  auto name = "tutti_" + measure.name;
  if (!measure.unit.empty()) name += "_" + measure.unit;
  if (std::holds_alternative<measure::CounterValue>(measure.value)) name += "_total";
  std::ranges::replace(name, '.', '_');
  return name;
}

prometheus::MetricFamily family_of(const Measure& measure, const std::string& peer) {
  prometheus::MetricFamily family{
      .name = family_name(measure), .help = measure.name, .type = {}, .metric = {}};
  auto& metric = family.metric.emplace_back();
  metric.label.push_back({"peer", peer});
  if (const auto* counter = std::get_if<measure::CounterValue>(&measure.value)) {
    family.type = prometheus::MetricType::Counter;
    metric.counter.value = static_cast<double>(counter->count);
  } else if (const auto* gauge = std::get_if<measure::GaugeValue>(&measure.value)) {
    family.type = prometheus::MetricType::Gauge;
    metric.gauge.value = gauge->levels.sum.value();
  } else {
    const auto& samples = std::get<measure::DistributionValue>(measure.value).samples;
    family.type = prometheus::MetricType::Summary;
    metric.summary.sample_count = samples.count;
    metric.summary.sample_sum = samples.sum.value();
    for (const double q : quantiles)
      if (const auto value = samples.quantile(q)) metric.summary.quantile.push_back({q, *value});
  }
  return family;
}

/// What was published last, read by the server's thread.
class Snapshot final : public prometheus::Collectable {
 public:
  explicit Snapshot(PeerId peer) : peer_(peer.text()) {}

  void publish(Measures totals) {
    auto next = std::make_shared<const Measures>(std::move(totals));
    const std::lock_guard lock(mutex_);
    last_.swap(next);
  }

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
    const auto last = [this] {
      const std::lock_guard lock(mutex_);
      return last_;
    }();
    std::vector<prometheus::MetricFamily> families;
    for (const auto& measure : last->all) families.push_back(family_of(measure, peer_));
    return families;
  }

 private:
  std::string peer_;
  mutable std::mutex mutex_;  // held only to copy or exchange the pointer
  std::shared_ptr<const Measures> last_ = std::make_shared<const Measures>();
};

}  // namespace

struct PrometheusServer::Service {
  Service(const std::string& address, PeerId peer)
      : snapshot(std::make_shared<Snapshot>(peer)), exposer(address, server_threads) {
    exposer.RegisterCollectable(snapshot);
  }

  std::shared_ptr<Snapshot> snapshot;
  prometheus::Exposer exposer;
};

PrometheusServer::PrometheusServer(std::unique_ptr<Service> service) : service_(std::move(service)) {}
PrometheusServer::~PrometheusServer() = default;

std::expected<std::unique_ptr<PrometheusServer>, std::string> PrometheusServer::open(
    const std::string& address, PeerId peer) {
  try {
    return std::unique_ptr<PrometheusServer>(new PrometheusServer(std::make_unique<Service>(address, peer)));
  } catch (const std::exception& error) {  // the library's only way to say no
    return std::unexpected(fmt::format("cannot serve Prometheus at '{}': {}", address, error.what()));
  }
}

std::uint16_t PrometheusServer::port() const {
  return static_cast<std::uint16_t>(service_->exposer.GetListeningPorts().front());
}

void PrometheusServer::publish(Measures totals) {
  service_->snapshot->publish(std::move(totals));
}

}  // namespace tutti::lab
