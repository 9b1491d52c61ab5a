// PCP and NAT-PMP, with a router on a simulated network that answers as the test says. With real routers:
// tests/natlab/port_mapping_test.cpp.
#include <gmock/gmock.h>

#include "tutti/base/text.hpp"
#include "tutti/live/port_mapping/nat_pmp.hpp"
#include "tutti/live/port_mapping/pcp.hpp"
#include "tutti/live/port_mapping/upnp.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/virtual/packet_network.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

using Answers = std::vector<Bytes>;

/// One router, node 0, and one machine that asks it, node 1.
struct Mappers : testing::Test, private DatagramHandler {
  static constexpr std::uint16_t server_port = 5351;

  Mappers() {
    for (int i = 0; i < 2; ++i) simulator.add_node();
    router = network.bind(simulator.node(0), server_port);
    router->start(*this);
  }

  template <typename Mapper>
  Mapper mapper() {
    return Mapper(simulator.node(1), [this](const Endpoint&) { return network.bind(simulator.node(1)); });
  }
  [[nodiscard]] Gateway gateway() const { return {network.endpoint_of(0, 0), network.endpoint_of(1, 0)}; }
  PortMapper::Answered listener() {
    return [this](std::expected<PortMapping, std::string> result) {
      results.push_back(result ? result->external.text() + " for " + duration_text(result->lifetime)
                               : result.error());
    };
  }

  Simulator simulator{1};
  PacketNetwork network{simulator, constant_delay(1ms)};
  std::unique_ptr<DatagramSocket> router;
  std::vector<Bytes> heard;
  std::function<std::vector<Bytes>(Bytes question)> answers = [](const Bytes&) { return Answers{}; };
  std::vector<std::string> results;

 private:
  void datagrams_received(std::span<const Datagram> datagrams) override {
    for (const auto& datagram : datagrams) {
      heard.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
      for (const auto& answer : answers(heard.back())) router->send(datagram.source, answer, answer.size());
    }
  }
};

/// A PCP router's consent.
Bytes consent(Bytes question) {
  question[1] |= 0x80;
  question[3] = 0;
  return question;
}

TEST_F(Mappers, pcp_asks_and_is_answered) {
  answers = [](Bytes question) { return Answers{consent(std::move(question))}; };
  auto pcp = mapper<Pcp>();
  const auto wanted = Endpoint::v4(0xcb007107, 4000);
  pcp.ask(gateway(), {4000, wanted, 1h}, listener());
  simulator.run_for(10ms);
  EXPECT_THAT(results, ElementsAre("203.0.113.7:4000 for 3600s"));
  pcp.remove(gateway(), {4000, wanted, 1h});
  simulator.run_for(10ms);
  ASSERT_EQ(heard.size(), 2u);
  // The same question, but for its lifetime.
  std::ranges::fill(heard[0].begin() + 4, heard[0].begin() + 8, 0);
  EXPECT_EQ(heard[0], heard[1]);
}

TEST_F(Mappers, a_question_is_put_three_times_and_then_given_up) {
  auto pcp = mapper<Pcp>();
  pcp.ask(gateway(), {4000, Endpoint::v4(0, 4000), 1h}, listener());
  simulator.run_for(1700ms);
  EXPECT_EQ(heard.size(), 3u);
  EXPECT_TRUE(results.empty());
  simulator.run_for(100ms);
  EXPECT_THAT(results, ElementsAre("no answer"));
}

TEST_F(Mappers, an_answer_that_is_lost_is_asked_for_again) {
  answers = [lost = true](Bytes question) mutable {
    return std::exchange(lost, false) ? Answers{} : Answers{consent(std::move(question))};
  };
  auto pcp = mapper<Pcp>();
  pcp.ask(gateway(), {4000, Endpoint::v4(0xcb007107, 4000), 1h}, listener());
  simulator.run_for(1s);
  EXPECT_THAT(results, ElementsAre("203.0.113.7:4000 for 3600s"));
}

TEST_F(Mappers, garbage_and_answers_to_others_are_no_answers) {
  answers = [](const Bytes& question) {
    auto other_nonce = consent(question);
    ++other_nonce[24];
    auto other_port = consent(question);
    ++other_port[41];
    return Answers{Bytes{0}, Bytes(2000, 0xff), question, other_nonce, other_port};
  };
  auto pcp = mapper<Pcp>();
  pcp.ask(gateway(), {4000, Endpoint::v4(0, 4000), 1h}, listener());
  simulator.run_for(2s);
  EXPECT_EQ(results.size(), 1u);
  EXPECT_NE(results[0], "203.0.113.7:4000 for 3600s");
}

TEST_F(Mappers, a_refusal_is_told_at_once) {
  answers = [](Bytes question) {
    auto refusal = consent(std::move(question));
    refusal[3] = 2;
    return Answers{refusal};
  };
  auto pcp = mapper<Pcp>();
  pcp.ask(gateway(), {4000, Endpoint::v4(0, 4000), 1h}, listener());
  simulator.run_for(10ms);
  EXPECT_THAT(results, ElementsAre("it does not allow that"));
}

TEST_F(Mappers, another_question_takes_the_place_of_the_first_one) {
  answers = [](Bytes question) { return Answers{consent(std::move(question))}; };
  auto pcp = mapper<Pcp>();
  pcp.ask(gateway(), {4000, Endpoint::v4(0xcb007107, 4000), 1h}, listener());
  pcp.ask(gateway(), {4001, Endpoint::v4(0xcb007107, 4001), 1h}, listener());
  simulator.run_for(2s);
  EXPECT_THAT(results, ElementsAre("203.0.113.7:4001 for 3600s"));
}

TEST_F(Mappers, nat_pmp_asks_for_the_address_and_for_the_mapping) {
  answers = [](const Bytes& question) {
    return Answers{
        from_hex(question.size() == 2 ? "00800000000000010b000002" : "00810000000000010fa00fa100001c20")
            .value()};
  };
  auto nat_pmp = mapper<NatPmp>();
  nat_pmp.ask(gateway(), {4000, Endpoint::v4(0, 4000), 1h}, listener());
  simulator.run_for(10ms);
  EXPECT_THAT(results, ElementsAre("11.0.0.2:4001 for 7200s"));
  nat_pmp.remove(gateway(), {4000, Endpoint::v4(0x0b000002, 4001), 1h});
  simulator.run_for(10ms);
  EXPECT_EQ(to_hex(heard.back()), "000100000fa0000000000000");
}

TEST_F(Mappers, nat_pmp_says_what_the_router_says) {
  answers = [](const Bytes& question) {
    return Answers{from_hex(question.size() == 2 ? "00800000000000010b000002" : "0081000400000001").value()};
  };
  auto nat_pmp = mapper<NatPmp>();
  nat_pmp.ask(gateway(), {4000, Endpoint::v4(0, 4000), 1h}, listener());
  simulator.run_for(10ms);
  EXPECT_THAT(results, ElementsAre("it cannot keep more mappings"));
}

TEST_F(Mappers, nobody_else_answers_for_the_router) {
  simulator.add_node();
  const auto liar = network.bind(simulator.node(2), server_port);
  answers = [&](const Bytes&) { return Answers{}; };
  std::unique_ptr<DatagramSocket> asking;
  Pcp pcp(simulator.node(1), [this](const Endpoint&) { return network.bind(simulator.node(1), 7000); });
  pcp.ask(gateway(), {4000, Endpoint::v4(0xcb007107, 4000), 1h}, listener());
  simulator.run_for(10ms);
  ASSERT_EQ(heard.size(), 1u);
  const auto lie = consent(heard[0]);
  class : public tutti::DatagramHandler {
    void datagrams_received(std::span<const Datagram>) override {}
  } nobody;
  liar->start(nobody);
  liar->send(network.endpoint_of(1, 7000), lie, lie.size());
  simulator.run_for(2s);
  EXPECT_THAT(results, ElementsAre("no answer"));
}

TEST(Upnp, is_not_waited_for_where_no_router_answers) {
  // On the loopback nobody answers a search, and there is no thread that could be waited for.
  RealRuntime runtime;
  auto upnp = tutti::upnp()(runtime);
  bool answered = false;
  const Gateway nobody{Endpoint::v4(0x7f000009, 0), Endpoint::v4(0x7f000001, 0)};
  upnp->ask(nobody, {4000, Endpoint::v4(0, 4000), 1h}, [&](const auto&) { answered = true; });
  runtime.poll();
  upnp.reset();
  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace tutti
