// The same experiment with messages and with packets: the same pairs of peers end up with direct links, with
// relayed ones, or with none.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/lab/experiment_text.hpp"
#include "tutti/lab/links_stack.hpp"
#include "tutti/lab/simulated_run.hpp"

namespace tutti::lab {
namespace {

/// Links that are up, and direct ones, at the end of an experiment.
using Outcome = std::pair<double, double>;

Outcome outcome(std::string_view nat, std::string_view fidelity, std::string_view event = "") {
  // Two in the open, and two others who want a link. Birthday probing takes a few seconds, and once in 3000
  // times another try a minute later.
  const auto experiment = parse_experiment(R"toml(
name = "pair"
stack = "links"
warm_up = "70s"
duration = "1s"
scenario = [
  "flash peers=* at=1s within=1s",
  ")toml" + std::string(event) + R"toml(",
]
[topology]
kind = "line"
peers = 4
[[measure]]
name = "up"
value = "links.up"
[[measure]]
name = "direct"
value = "links.direct"
[nat]
rendezvous = "0-1"
)toml" + std::string(nat),
                                           "pair.toml", {{"fidelity", std::string(fidelity)}});
  if (!experiment) {
    ADD_FAILURE() << experiment.error().front().text();
    return {};
  }
  Catalogue catalogue;
  catalogue.add(links_stack());
  const auto run = run_simulated(*experiment, cells_of(*experiment).front(), 0, catalogue, {});
  if (!run) {
    ADD_FAILURE() << run.error().front().text();
    return {};
  }
  return {run->values.at("up"), run->values.at("direct")};
}

constexpr double all = 6;  // of four peers

TEST(Fidelities, agree_on_who_reaches_whom_directly_for_every_pair_of_NATs) {
  std::vector<std::string> kinds{"none"};
  for (const auto& named : nat_kinds()) kinds.emplace_back(named.name);
  int relayed = 0;
  for (const auto& one : kinds)
    for (const auto& other : kinds) {
      if (other < one) continue;
      const auto nat = one == other ? fmt::format("kinds = \"{}\"", one)
                                    : fmt::format("kinds = \"{}:50%,{}:50%\"", one, other);
      const auto with_messages = outcome(nat, "message");
      EXPECT_EQ(with_messages, outcome(nat, "packet")) << one << " and " << other;
      EXPECT_EQ(with_messages.first, all) << one << " and " << other;
      if (with_messages.second < all) ++relayed;
    }
  EXPECT_EQ(relayed, 10);  // of those whose mapping depends on the destination, but for the open one
}

TEST(Fidelities, agree_on_houses_and_carriers) {
  for (const auto* nat :
       {"kinds = \"symmetric\"\nhouse = 2", "kinds = \"port-restricted\"\ncarrier_grade = \"100%\"",
        "kinds = \"port-restricted\"\ncarrier_grade = \"100%\"\nhairpinning = \"100%\"",
        "kinds = \"port-restricted\"\ncarrier_grade = \"50%\"",
        "kinds = \"port-restricted:50%,full-cone:50%\"\ncarrier_grade = \"50%\"\ncarrier_kind = "
        "\"symmetric\"",
        "kinds = \"full-cone\"\ncarrier_grade = \"100%\"\ncarrier_kind = \"symmetric\"\nhouse = 2"})
    EXPECT_EQ(outcome(nat, "message"), outcome(nat, "packet")) << nat;
}

TEST(Fidelities, agree_on_links_whose_relay_goes) {
  constexpr auto* symmetric = "kinds = \"symmetric\"";
  for (const auto* end : {"stop", "kill"}) {
    // Whichever of the two relays, the other one can; and without both there is no link.
    for (const auto* gone : {"0", "1", "0-1"}) {
      const auto scenario = fmt::format("{} 40 Peer.{}()", gone, end);
      const auto both = [&](std::string_view fidelity) {
        return outcome(std::string(symmetric) + "\n", fidelity, scenario);
      };
      EXPECT_EQ(both("message"), both("packet")) << scenario;
    }
  }
}

/// Peers that reach each other without links of their own.
class Reaching final : public Stack {
 public:
  std::unique_ptr<Peer> start(const Site& site) override {
    return site.house.reach_all(site.build(), site).start();
  }
};

/// The ends of links that are up a while after `events`, of five peers that reach all others.
double ends_after(std::string_view events, std::string_view fidelity) {
  const auto experiment = parse_experiment(R"toml(
name = "reaching"
stack = "reaching"
warm_up = "100s"
duration = "1s"
scenario = ["* 1 Peer.start()", )toml" + std::string(events) +
                                               R"toml(]
[topology]
kind = "none"
peers = 5
[[measure]]
name = "ends"
value = "link.links"
)toml",
                                           "reaching.toml", {{"fidelity", std::string(fidelity)}});
  if (!experiment) {
    ADD_FAILURE() << experiment.error().front().text();
    return 0;
  }
  Catalogue catalogue;
  catalogue.add({.name = "reaching", .description = "reaches all", .make = [](const Plan&, const auto&) {
                   return std::make_unique<Reaching>();
                 }});
  const auto run = run_simulated(*experiment, cells_of(*experiment).front(), 0, catalogue, {});
  if (!run) {
    ADD_FAILURE() << run.error().front().text();
    return 0;
  }
  return run->values.at("ends");
}

TEST(Fidelities, agree_on_the_links_of_peers_that_reach_all) {
  for (const auto& [events, ends] :
       {std::pair("", 20), std::pair("'0 20 Peer.cut()'", 12), std::pair("'0-1 20 Peer.partition(1)'", 8),
        std::pair("'4 20 Peer.kill()'", 12), std::pair("'0 20 Peer.cut()', '0 60 Peer.heal()'", 20)}) {
    EXPECT_EQ(ends_after(events, "message"), ends) << events;
    EXPECT_EQ(ends_after(events, "packet"), ends) << events;
  }
}

TEST(Fidelities, a_link_of_peers_that_reach_all_can_be_cut_and_heals) {
  EXPECT_EQ(ends_after("'0 20 Peer.cutLink(1)'", "message"), 18);
  EXPECT_EQ(ends_after("'0 20 Peer.cutLink(1)', '0 60 Peer.healLink(1)'", "message"), 20);
}

}  // namespace
}  // namespace tutti::lab
