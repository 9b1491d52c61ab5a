#include <gtest/gtest.h>

#include "tutti/lab/prometheus.hpp"

namespace tutti::lab {
namespace {

TEST(Prometheus, says_that_it_was_not_built) {
  const auto server = PrometheusServer::open("127.0.0.1:0", {});
  ASSERT_FALSE(server);
  EXPECT_NE(server.error().find("built without prometheus-cpp"), std::string::npos);
}

}  // namespace
}  // namespace tutti::lab
