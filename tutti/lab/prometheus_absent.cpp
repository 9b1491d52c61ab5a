#include "tutti/lab/prometheus.hpp"

namespace tutti::lab {

struct PrometheusServer::Service {};

PrometheusServer::~PrometheusServer() = default;

std::expected<std::unique_ptr<PrometheusServer>, std::string> PrometheusServer::open(
    const std::string& /*address*/, PeerId /*peer*/) {
  return std::unexpected("tutti was built without prometheus-cpp, so it cannot serve Prometheus");
}

// Nobody has a server to call these on.
std::uint16_t PrometheusServer::port() const {
  return 0;
}
// NOLINTNEXTLINE(performance-unnecessary-value-param): declared for whoever keeps them.
void PrometheusServer::publish(measure::Measures /*totals*/) {}

}  // namespace tutti::lab
