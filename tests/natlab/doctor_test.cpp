// `tutti net doctor` as people run it: three processes, two of them behind NATs.
#include <string>

#include <gmock/gmock.h>

#include "nat_lab_fixture.hpp"

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
  EXPECT_THAT(text, testing::ContainsRegex("reached +rita \\([0-9a-f]+\\) directly at 198\\.18\\."));
  EXPECT_THAT(text, testing::ContainsRegex("reached +bob \\([0-9a-f]+\\) directly at 198\\.18\\."));
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
  for (auto* each : {&ada, &bob, &eve}) EXPECT_EQ(each->wait(60s), 0) << each->output();
  const auto text = ada.output();
  EXPECT_THAT(text, testing::ContainsRegex("reached +rita \\([0-9a-f]+\\) over TCP at 198\\.18\\."));
  EXPECT_THAT(text, testing::ContainsRegex("reached +bob \\([0-9a-f]+\\) over the relay "));
  EXPECT_THAT(text, testing::ContainsRegex("reached +eve \\([0-9a-f]+\\) directly at 10\\."))
      << "who is in the same house is reached there";
  EXPECT_THAT(bob.output(), testing::ContainsRegex("reached +rita \\([0-9a-f]+\\) directly at 198\\.18\\."));
}

}  // namespace
}  // namespace tutti::natlab
