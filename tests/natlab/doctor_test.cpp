// `tutti net doctor` as people run it: three processes, two of them behind NATs.
#include <string>

#include <gmock/gmock.h>

#include "nat_lab_fixture.hpp"
#include "natlab/port_mapping_router.hpp"

namespace tutti::natlab {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Doctor : public NatLabTest {};

/// What a first one has printed for the others; empty if it has not come.
std::string ticket_of(Process& first) {
  for (int i = 0; i < 1000; ++i) {
    const auto text = first.output();
    if (const auto begin = text.find("tutti:"); begin != std::string::npos)
      if (const auto end = text.find('\n', begin); end != std::string::npos)
        return text.substr(begin, end - begin);
    if (first.wait(20ms)) break;
  }
  return {};
}

TEST_F(Doctor, tells_two_behind_nats_how_they_reach_each_other) {
  auto rita = lab().spawn(lab().add_host(lab().internet()),
                          {TUTTI_PROGRAM, "net", "doctor", "--name", "rita", "--seconds", "120"});
  const auto ticket = ticket_of(rita);
  ASSERT_FALSE(ticket.empty()) << rita.output();
  const auto run = [&](const std::string& kind, const std::string& name) {
    return lab().spawn(lab().add_host(add_nat(kind)), {TUTTI_PROGRAM, "net", "doctor", "--ticket", ticket,
                                                       "--name", name, "--seconds", "15"});
  };
  auto ada = run("port-restricted", "ada");
  auto bob = run("address-restricted", "bob");
  auto eve = run("symmetric", "eve");
  auto dan = run("symmetric", "dan");
  for (auto* each : {&ada, &bob, &eve, &dan}) EXPECT_EQ(each->wait(60s), 0) << each->output();
  const auto text = ada.output();
  EXPECT_THAT(text, HasSubstr("behind a NAT with endpoint-independent mapping"));
  EXPECT_THAT(text, testing::ContainsRegex("reached +rita \\([0-9a-f]+\\) directly at 11\\.0\\."));
  EXPECT_THAT(text, testing::ContainsRegex("reached +bob \\([0-9a-f]+\\) directly at 11\\.0\\."));
  // Directly only once birthday probing has succeeded.
  EXPECT_THAT(text, testing::ContainsRegex("reached +eve \\([0-9a-f]+\\) (directly at|over the relay) "));
  EXPECT_THAT(text, HasSubstr("no answer to "));
  EXPECT_THAT(eve.output(), testing::ContainsRegex("(dan \\([0-9a-f]+\\) over the relay )"));
}

TEST_F(Doctor, reaches_all_from_where_no_udp_gets_through) {
  auto rita = lab().spawn(lab().add_host(lab().internet()),
                          {TUTTI_PROGRAM, "net", "doctor", "--name", "rita", "--seconds", "120"});
  const auto ticket = ticket_of(rita);
  ASSERT_FALSE(ticket.empty()) << rita.output();
  const auto office = add_nat("port-restricted");
  lab().block_udp(office, true);
  const auto run = [&](NatLab::Network network, const std::string& name) {
    return lab().spawn(lab().add_host(network), {TUTTI_PROGRAM, "net", "doctor", "--ticket", ticket, "--name",
                                                 name, "--seconds", "15"});
  };
  auto ada = run(office, "ada");
  auto bob = run(add_nat("port-restricted"), "bob");
  auto eve = run(office, "eve");
  auto rolf = run(lab().internet(), "rolf");
  for (auto* each : {&ada, &bob, &eve, &rolf}) EXPECT_EQ(each->wait(60s), 0) << each->output();
  const auto text = ada.output();
  EXPECT_THAT(text, testing::ContainsRegex("reached +rita \\([0-9a-f]+\\) over TCP at 11\\.0\\."));
  EXPECT_THAT(text, testing::ContainsRegex("reached +rolf \\([0-9a-f]+\\) over TCP at 11\\.0\\."))
      << "else all would be lost with rita";
  EXPECT_THAT(text, testing::ContainsRegex("reached +bob \\([0-9a-f]+\\) over the relay "));
  EXPECT_THAT(text, testing::ContainsRegex("reached +eve \\([0-9a-f]+\\) directly at 10\\."))
      << "who is in the same house is reached there";
  EXPECT_THAT(bob.output(), testing::ContainsRegex("reached +rita \\([0-9a-f]+\\) directly at 11\\.0\\."));
}

TEST_F(Doctor, asks_the_router_to_let_others_in_and_says_what_came_of_it) {
  const auto home = add_nat("symmetric");
  const PortMappingRouter router(lab(), home);
  // Nobody but the router's mapping lets the others in: the ticket of the first one has it.
  auto ada = lab().spawn(lab().add_host(home),
                         {TUTTI_PROGRAM, "net", "doctor", "--name", "ada", "--seconds", "120"});
  const auto ticket = ticket_of(ada);
  ASSERT_FALSE(ticket.empty()) << ada.output();
  const auto run = [&](const std::string& name, std::vector<std::string> more) {
    std::vector<std::string> arguments{TUTTI_PROGRAM, "net", "doctor",    "--ticket", ticket,
                                       "--name",      name,  "--seconds", "15"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return lab().spawn(lab().add_host(add_nat("symmetric")), arguments);
  };
  auto bob = run("bob", {});
  auto eve = run("eve", {"--no-port-mapping"});
  for (auto* each : {&bob, &eve}) {
    EXPECT_EQ(each->wait(60s), 0) << each->output();
    EXPECT_THAT(each->output(), testing::ContainsRegex("reached +ada \\([0-9a-f]+\\) directly at 11\\.0\\."));
  }
  EXPECT_THAT(ada.output(),
              testing::ContainsRegex("port mapping: 11\\.0\\.[0-9.]+:[0-9]+ by PCP for 60 min"));
  EXPECT_THAT(bob.output(), testing::ContainsRegex("port mapping +none: PCP: no answer, NAT-PMP: no answer"));
  EXPECT_THAT(eve.output(), testing::ContainsRegex("port mapping +none: nobody is asked"));
}

}  // namespace
}  // namespace tutti::natlab
