#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/live/address.hpp"
#include "tutti/live/bootstrap/sessions_test_world.hpp"
#include "tutti/live/build.hpp"
#include "tutti/live/live_session.hpp"
#include "tutti/net/model/models.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

struct Tally {
  static constexpr std::string_view name = "tally";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::uint64_t ticks = 0;
    std::uint64_t value = 0;
    std::uint64_t events = 0;
  };
  using Event = std::variant<std::uint32_t>;
  static void start(State&) {}
  static void tick(State& state) { state.value += ++state.ticks; }
  static void apply(State& state, PeerId who, const Event& event) {
    state.value = state.value * 31 + std::get<0>(event) + who.bytes[0];
    ++state.events;
  }
};
struct TallyOfTomorrow : Tally {
  static constexpr std::uint32_t version = 2;
};

const std::string build = " build " + build_of_this_program().value_or("that cannot be read");

const Endpoint loopback = Endpoint::v4(0x7f000001, 0);

template <typename App = Tally>
std::unique_ptr<LiveSession<App>> open(LiveOptions options) {
  options.listen = loopback;
  auto session = LiveSession<App>::open(options);
  EXPECT_TRUE(session) << session.error();
  return *std::move(session);
}

template <typename Sessions>
bool agree(Sessions& sessions) {
  auto tick = sessions.front()->replica().tick();
  for (auto& session : sessions) tick = std::min(tick, session->replica().tick());
  for (auto& session : sessions)
    if (session->replica().machine().fingerprint(tick) !=
        sessions.front()->replica().machine().fingerprint(tick))
      return false;
  return true;
}

TEST(LiveSession, three_peers_on_real_sockets_in_a_row_share_one_state) {
  std::vector<std::unique_ptr<LiveSession<Tally>>> sessions;
  sessions.push_back(open({.name = "a"}));
  sessions.push_back(
      open({.links = {{sessions[0]->peer().local_endpoint(), sessions[0]->peer().id()}}, .name = "b"}));
  sessions.push_back(open({.links = {{sessions[1]->peer().local_endpoint(), {}}}, .name = "c"}));
  ASSERT_TRUE(run_until(sessions, [&] { return sessions[1]->peer().link_count() == 2; }));
  for (std::uint32_t i = 0; i < 30; ++i) ASSERT_TRUE(sessions[i % 3]->submit(i));
  EXPECT_TRUE(run_until(sessions, [&] {
    return std::ranges::all_of(sessions, [](auto& session) { return session->state().events == 30; }) &&
           agree(sessions);
  }));
}

TEST(LiveSession, a_peer_that_is_cut_off_goes_on_alone_and_merges_later) {
  const auto model = normal_delay(5ms, 1ms);
  std::vector<std::unique_ptr<LiveSession<Tally>>> sessions;
  const QuicOptions impatient{.handshake_timeout = 1s, .answer_timeout = 1s, .keep_alive = 200ms};
  sessions.push_back(open({.name = "a", .network_model = model, .quic = impatient}));
  sessions.push_back(open({.links = {{sessions[0]->peer().local_endpoint(), {}}},
                           .name = "b",
                           .network_model = model,
                           .quic = impatient}));
  ASSERT_TRUE(run_until(sessions, [&] { return sessions[0]->peer().link_count() == 1; }));
  sessions[1]->peer().set_cut(true);
  ASSERT_TRUE(run_until(
      sessions, [&] { return sessions[0]->peer().link_count() + sessions[1]->peer().link_count() == 0; }));
  for (std::uint32_t i = 0; i < 10; ++i) ASSERT_TRUE(sessions[i % 2]->submit(i));
  ASSERT_TRUE(run_until(
      sessions, [&] { return sessions[0]->state().events == 5 && sessions[1]->state().events == 5; }));
  sessions[1]->peer().set_cut(false);
  EXPECT_TRUE(run_until(sessions, [&] {
    return sessions[0]->state().events == 10 && sessions[1]->state().events == 10 && agree(sessions);
  }));
}

TEST(LiveSession, refuses_another_version_of_the_application_by_name) {
  Lines lines;
  auto today = open({.name = "today", .log = lines.log()});
  auto tomorrow = open<TallyOfTomorrow>(
      {.links = {{today->peer().local_endpoint(), {}}}, .name = "tomorrow", .log = lines.log()});
  std::array sessions{today.get()};
  // Whichever side reads the other's Hello first refuses; both get to know why.
  EXPECT_TRUE(run_until(sessions, [&] {
    return lines.contain("'tally 2" + build + "' does not go together with 'tally 1" + build + "'") ||
           lines.contain("'tally 1" + build + "' does not go together with 'tally 2" + build + "'");
  }));
  EXPECT_EQ(today->peer().link_count(), 0u);
}

TEST(LiveSession, in_lockstep_three_peers_share_one_state_and_none_rolls_back) {
  const LiveOptions lockstep{.lockstep = symmetric::Lockstep{1h}};
  std::vector<std::unique_ptr<LiveSession<Tally>>> sessions;
  for (const auto* name : {"a", "b", "c"}) {
    auto options = lockstep;
    options.name = name;
    if (!sessions.empty()) options.links = {{sessions.back()->peer().local_endpoint(), {}}};
    sessions.push_back(open(options));
  }
  // Whoever comes works in what was there before; afterwards all have introduced themselves.
  ASSERT_TRUE(run_until(sessions, [&] {
    return std::ranges::all_of(sessions, [](auto& session) {
      return session->replica().members().size() == 2 && session->replica().tick() > symmetric::Tick(250);
    });
  }));
  std::vector<std::uint64_t> before;
  for (auto& session : sessions) before.push_back(session->replica().machine().statistics().rollbacks);
  for (std::uint32_t i = 0; i < 30; ++i) ASSERT_TRUE(sessions[i % 3]->submit(i));
  EXPECT_TRUE(run_until(sessions, [&] {
    return std::ranges::all_of(sessions, [](auto& session) { return session->state().events == 30; }) &&
           agree(sessions);
  }));
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(sessions[i]->replica().machine().statistics().rollbacks, before[i]);
  // Who leaves says goodbye, and the others are not kept for as long as their patience.
  sessions.pop_back();
  const auto left_at = sessions[0]->replica().tick();
  EXPECT_TRUE(run_until(sessions, [&] { return sessions[0]->replica().tick() > left_at + 250; }));
}

TEST(LiveSession, in_lockstep_refuses_who_is_not) {
  Lines lines;
  auto patient = open({.name = "patient", .lockstep = symmetric::Lockstep{}, .log = lines.log()});
  auto other = open({.links = {{patient->peer().local_endpoint(), {}}}, .name = "other", .log = lines.log()});
  std::array sessions{patient.get()};
  EXPECT_TRUE(run_until(sessions, [&] {
    const auto with = "'tally 1" + build + " in lockstep'";
    const auto without = "'tally 1" + build + "'";
    return lines.contain(without + " does not go together with " + with) ||
           lines.contain(with + " does not go together with " + without);
  }));
}

TEST(LiveSession, refuses_a_peer_with_another_identity_than_the_expected_one) {
  Lines lines;
  auto here = open({.name = "here"});
  auto other =
      open({.links = {{here->peer().local_endpoint(), PeerId{}}}, .name = "other", .log = lines.log()});
  std::array sessions{other.get()};
  EXPECT_TRUE(run_until(sessions, [&] { return lines.contain("wrong identity"); }));
}

TEST(LiveSession, names_the_port_that_is_in_use) {
  auto here = open({.name = "here"});
  const auto second = LiveSession<Tally>::open({.listen = here->peer().local_endpoint()});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("in use"), std::string::npos) << second.error();
}

TEST(LiveSession, names_the_address_where_it_cannot_serve_prometheus) {
  const auto session = LiveSession<Tally>::open({.listen = loopback, .prometheus = "nowhere"});
  ASSERT_FALSE(session);
  EXPECT_NE(session.error().find("rometheus"), std::string::npos) << session.error();
}

TEST(Address, takes_an_id_a_host_and_a_port_and_names_what_is_wrong) {
  const auto target = resolve_target("00112233445566778899aabbccddeeff@127.0.0.1:5000");
  ASSERT_TRUE(target) << target.error();
  EXPECT_EQ(target_text(*target), "00112233445566778899aabbccddeeff@127.0.0.1:5000");
  const auto named = resolve_target("localhost:5000");
  ASSERT_TRUE(named) << named.error();
  EXPECT_EQ(named->endpoint.port, 5000);
  EXPECT_EQ(resolve_target("12@127.0.0.1:1").error(), "a peer id has 32 hexadecimal digits");
  EXPECT_EQ(resolve_target("localhost").error(), "'localhost' has no ':PORT'");
  EXPECT_EQ(resolve_target("127.0.0.1:0").error(), "'127.0.0.1:0' has port 0: nobody can be reached there");
}

}  // namespace
}  // namespace tutti
