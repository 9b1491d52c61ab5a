#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "tutti/lab/prometheus_test_scrape.hpp"
#include "tutti/live/live_session.hpp"

namespace tutti {
namespace {

struct Watched {
  static constexpr std::string_view name = "idle";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::uint64_t ticks = 0;
  };
  using Event = std::variant<std::uint32_t>;
  static void start(State&) {}
  static void tick(State& state) { ++state.ticks; }
  static void apply(State&, PeerId, const Event&) {}
};

TEST(LiveSession, shows_prometheus_what_it_measures_if_asked_to) {
  const auto session = LiveSession<Watched>::open(
      {.listen = Endpoint::v4(0x7f000001, 0), .name = "watched", .prometheus = "127.0.0.1:0"});
  ASSERT_TRUE(session) << session.error();
  const auto& peer = (*session)->peer();
  const auto answer = lab::scrape(peer.prometheus_port().value());
  EXPECT_NE(answer.find("tutti_link_links{peer=\"" + peer.id().text() + "\"} 0"), std::string::npos)
      << answer;
}

}  // namespace
}  // namespace tutti
