// When a port mapping is asked for, renewed, given up and removed: in virtual time, with protocols that
// answer as the test says.
#include "tutti/live/port_mapping/port_mapping_keeper.hpp"

#include <gmock/gmock.h>

#include "tutti/runtime/simulator.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Gateway home{Endpoint::v4(0xc0a80001, 0), Endpoint::v4(0xc0a80002, 0)};
const Endpoint anywhere = Endpoint::v6({}, 5000);
const Endpoint outside = Endpoint::v4(0xcb007107, 5000);  // 203.0.113.7

struct PortMappings : testing::Test {
  /// A protocol that gives what `answer` says, or nothing at all.
  class Mapper final : public PortMapper {
   public:
    Mapper(PortMappings& test, std::string name) : test_(test), name_(std::move(name)) {}
    [[nodiscard]] std::string_view protocol() const override { return name_; }
    void ask(const Gateway&, const PortMapping& wanted, Answered answered) override {
      test_.said.push_back("ask " + name_);
      test_.asked_for = wanted;
      if (test_.silent) return void(test_.waiting.push_back(std::move(answered)));
      const auto answer = test_.answers.find(name_);
      if (answer == test_.answers.end()) return answered(std::unexpected("no answer"));
      answered(answer->second);
    }
    void remove(const Gateway&, const PortMapping& mapping) override {
      test_.said.push_back("remove " + name_ + " " + mapping.external.text());
    }

   private:
    PortMappings& test_;
    std::string name_;
  };

  PortMappings() { simulator.add_node(); }

  PortMappingKeeper& keep(const Endpoint& local = anywhere) {
    std::vector<std::unique_ptr<PortMapper>> mappers;
    for (const auto* name : {"new", "old"}) mappers.push_back(std::make_unique<Mapper>(*this, name));
    keeper.emplace(simulator.node(0), local, std::move(mappers), [this] { return gateway; });
    keeper->on_change([this](const std::optional<Endpoint>& external) {
      told.push_back(external ? external->text() : "none");
    });
    return *keeper;
  }

  Simulator simulator{1};
  std::optional<Gateway> gateway = home;
  std::map<std::string, PortMapping> answers;
  bool silent = false;
  std::vector<PortMapper::Answered> waiting;
  PortMapping asked_for;
  std::vector<std::string> said;
  std::vector<std::string> told;
  std::optional<PortMappingKeeper> keeper;
};

TEST_F(PortMappings, the_first_protocol_that_answers_is_used) {
  answers = {{"old", {5000, outside, 1h}}};
  auto& mapping = keep();
  EXPECT_FALSE(mapping.decided());
  EXPECT_EQ(mapping.describe(), "not known yet");
  simulator.run_for(1s);
  EXPECT_TRUE(mapping.decided());
  EXPECT_THAT(said, ElementsAre("ask new", "ask old"));
  EXPECT_EQ(asked_for, (PortMapping{5000, Endpoint::v4(0, 5000), 1h}));
  EXPECT_EQ(mapping.external(), outside);
  EXPECT_EQ(mapping.describe(), "203.0.113.7:5000 by old for 60 min");
  EXPECT_THAT(told, ElementsAre("203.0.113.7:5000"));
}

TEST_F(PortMappings, one_is_renewed_at_half_its_lifetime_and_told_once) {
  answers = {{"new", {5000, outside, 1h}}};
  keep();
  simulator.run_for(29min);
  EXPECT_THAT(said, ElementsAre("ask new"));
  simulator.run_for(2min);
  EXPECT_THAT(said, ElementsAre("ask new", "ask new"));
  EXPECT_EQ(asked_for.external, outside);
  simulator.run_for(6h);
  EXPECT_EQ(said.size(), 14u);
  EXPECT_EQ(told.size(), 1u);
}

TEST_F(PortMappings, one_that_cannot_be_renewed_is_tried_for_as_long_as_it_lasts_and_then_asked_for_anew) {
  answers = {{"new", {5000, outside, 1h}}};
  auto& mapping = keep();
  simulator.run_for(1min);
  answers = {{"old", {5000, Endpoint::v4(0xcb007107, 5001), 1h}}};
  simulator.run_for(58min);
  EXPECT_EQ(mapping.external(), outside);
  simulator.run_for(2min);
  EXPECT_EQ(said.back(), "ask old");
  EXPECT_THAT(told, ElementsAre("203.0.113.7:5000", "203.0.113.7:5001"));
  EXPECT_LT(said.size(), 20u);
}

TEST_F(PortMappings, a_router_that_gives_none_is_asked_again_now_and_then) {
  auto& mapping = keep();
  simulator.run_for(1min);
  EXPECT_EQ(mapping.describe(), "none: new: no answer, old: no answer");
  EXPECT_THAT(told, ElementsAre("none"));
  simulator.run_for(10min);
  EXPECT_THAT(said, ElementsAre("ask new", "ask old", "ask new", "ask old"));
  answers = {{"new", {5000, outside, 1h}}};
  simulator.run_for(10min);
  EXPECT_THAT(told, ElementsAre("none", "203.0.113.7:5000"));
}

TEST_F(PortMappings, an_answer_without_sense_is_none) {
  for (const auto& senseless :
       {PortMapping{5000, Endpoint::v4(0, 5000), 1h}, PortMapping{5000, Endpoint::v4(0xcb007107, 0), 1h},
        PortMapping{5000, outside, 0s}, PortMapping{5000, Endpoint::v6({0x20}, 5000), 1h}}) {
    answers = {{"new", senseless}};
    auto& mapping = keep();
    simulator.run_for(1s);
    EXPECT_THAT(mapping.describe(), HasSubstr("new: its answer makes no sense"));
  }
}

TEST_F(PortMappings, a_lifetime_of_a_second_or_of_years_is_not_believed) {
  answers = {{"new", {5000, outside, 1s}}};
  keep();
  simulator.run_for(100s);
  EXPECT_LE(said.size(), 11u);
  answers = {{"new", {5000, outside, 24h * 36500}}};
  said.clear();
  keep();
  simulator.run_for(24h);
  EXPECT_GE(said.size(), 2u);
}

TEST_F(PortMappings, one_is_removed_at_the_end) {
  answers = {{"new", {5000, outside, 1h}}};
  keep();
  simulator.run_for(1s);
  said.clear();
  keeper.reset();
  EXPECT_THAT(said, ElementsAre("remove new 203.0.113.7:5000"));
}

TEST_F(PortMappings, one_is_asked_for_anew_when_the_network_changes) {
  answers = {{"old", {5000, outside, 1h}}};
  auto& mapping = keep();
  simulator.run_for(1s);
  gateway->router = Endpoint::v4(0xc0a80101, 0);
  answers = {{"new", {5000, Endpoint::v4(0xcb007108, 6000), 1h}}};
  said.clear();
  mapping.network_changed();
  simulator.run_for(1s);
  EXPECT_THAT(said, ElementsAre("ask new"));
  gateway.reset();
  mapping.network_changed();
  simulator.run_for(1s);
  EXPECT_THAT(told, ElementsAre("203.0.113.7:5000", "203.0.113.8:6000", "none"));
  EXPECT_EQ(mapping.describe(), "none: there is no router for IPv4");
}

TEST_F(PortMappings, what_an_old_network_answers_late_does_not_count) {
  silent = true;
  auto& mapping = keep();
  simulator.run_for(1s);
  ASSERT_EQ(waiting.size(), 1u);
  mapping.network_changed();
  simulator.run_for(1s);
  ASSERT_EQ(waiting.size(), 2u);
  waiting[0](PortMapping{5000, outside, 1h});
  EXPECT_EQ(mapping.external(), std::nullopt);
  waiting[1](PortMapping{5000, Endpoint::v4(0xcb007108, 6000), 1h});
  EXPECT_THAT(told, ElementsAre("203.0.113.8:6000"));
}

TEST_F(PortMappings, nobody_is_asked_where_there_is_no_nat_or_no_way_in) {
  keep(Endpoint::v4(0x7f000001, 5000));
  simulator.run_for(1h);
  EXPECT_THAT(keeper->describe(), HasSubstr("not at the address"));
  gateway->own = Endpoint::v4(0xc6336401, 0);
  keep();
  simulator.run_for(1h);
  EXPECT_THAT(keeper->describe(), HasSubstr("there is no NAT"));
  EXPECT_THAT(said, IsEmpty());
}

TEST_F(PortMappings, one_behind_another_nat_is_said_to_be) {
  answers = {{"new", {5000, Endpoint::v4(0x64400001, 5000), 1h}}};
  keep();
  simulator.run_for(1s);
  EXPECT_THAT(keeper->describe(), HasSubstr("behind another NAT"));
}

}  // namespace
}  // namespace tutti
