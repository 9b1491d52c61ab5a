// Peers behind routers that give port mappings, and in networks that change under them.
#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "inhabitant.hpp"
#include "natlab/nat_rules.hpp"
#include "natlab/port_mapping_router.hpp"
#include "talker.hpp"
#include "tutti/live/live_peer.hpp"
#include "tutti/live/network_watch.hpp"
#include "tutti/live/port_mapping/port_mapping_keeper.hpp"

namespace tutti::natlab {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint16_t inner_port = 4000;

class PortMappingLab : public TalkTest {
 protected:
  void SetUp() override {
    TalkTest::SetUp();
    if (IsSkipped()) return;
    home_ = add_nat("symmetric");
    host_ = lab().add_host(home_);
    inner_ = talker(host_, inner_port);
    stranger_ = talker(lab().internet());
    introduce(home_, *stranger_);
  }

  /// Polls in the host until it is known what came of it.
  void decide() {
    lab().inside(host_, [&] {
      const auto end = real_now() + 60s;
      while (!keeper_->decided() && real_now() < end) runtime_.poll();
    });
  }
  PortMappingKeeper& keep(const std::vector<PortMapperOpener>& openers) {
    lab().inside(host_, [&] {
      std::vector<std::unique_ptr<PortMapper>> mappers;
      for (const auto& open : openers) mappers.push_back(open(runtime_));
      keeper_.emplace(runtime_, Endpoint::v4(0, inner_port), std::move(mappers));
    });
    decide();
    return *keeper_;
  }
  /// What one protocol brings about: strangers get in, until it is removed.
  void expect_mapping_by(const PortMapperOpener& opener, const std::string& protocol) {
    const PortMappingRouter router(lab(), home_);
    auto& mapping = keep({opener});
    ASSERT_TRUE(mapping.external()) << mapping.describe() << "\n" << router.output();
    EXPECT_THAT(mapping.describe(), HasSubstr("by " + protocol + " for 60 min"));
    EXPECT_EQ(mapping.external()->address, lab().external(home_).address);
    EXPECT_TRUE(stranger_->reaches(*inner_, *mapping.external())) << router.mappings();
    EXPECT_THAT(router.mappings(), HasSubstr("dnat"));
    lab().inside(host_, [&] { keeper_.reset(); });
    const auto removed = [&] { return router.mappings().find("dnat") == std::string::npos; };
    for (const auto end = real_now() + 60s; !removed() && real_now() < end;) runtime_.poll();
    EXPECT_TRUE(removed()) << router.mappings();
  }

  NatLab::Network home_;
  NatLab::Host host_;
  std::unique_ptr<Talker> inner_, stranger_;
  std::optional<PortMappingKeeper> keeper_;
};

TEST_F(PortMappingLab, strangers_get_in_by_pcp) {
  expect_mapping_by(pcp(), "PCP");
}

TEST_F(PortMappingLab, strangers_get_in_by_nat_pmp) {
  expect_mapping_by(nat_pmp(), "NAT-PMP");
}

TEST_F(PortMappingLab, strangers_get_in_by_upnp) {
  expect_mapping_by(upnp(), "UPnP");
}

TEST_F(PortMappingLab, pcp_is_asked_first_and_upnp_where_it_is_all_there_is) {
  {
    const PortMappingRouter router(lab(), home_);
    EXPECT_THAT(keep(port_mappers()).describe(), HasSubstr("by PCP"));
    keeper_.reset();
  }
  lab().space(home_).inside([] {
    run({"nft", "delete", "table", "inet", "mapping_nat"});
    run({"nft", "delete", "table", "inet", "mapping_filter"});
  });
  const PortMappingRouter router(lab(), home_, {.pcp_and_nat_pmp = false});
  EXPECT_THAT(keep(port_mappers()).describe(), HasSubstr("by UPnP"));
  lab().inside(host_, [&] { keeper_.reset(); });
}

// (Asked by PCP or NAT-PMP, this one tries all its ports before it refuses. How they refuse is tested without
// it.)
TEST_F(PortMappingLab, a_router_that_refuses_says_so) {
  const PortMappingRouter router(lab(), home_, {.pcp_and_nat_pmp = false, .refuses = true});
  const auto& mapping = keep({upnp()});
  EXPECT_EQ(mapping.external(), std::nullopt);
  EXPECT_THAT(mapping.describe(), HasSubstr("UPnP: Action not authorized")) << router.output();
}

TEST_F(PortMappingLab, a_router_that_does_not_know_it_stays_silent) {
  EXPECT_EQ(keep(port_mappers()).describe(), "none: PCP: no answer, NAT-PMP: no answer, UPnP: no answer");
}

TEST_F(PortMappingLab, a_port_that_another_has_is_not_taken_from_it) {
  const PortMappingRouter router(lab(), home_);
  const auto neighbour = lab().add_host(home_);
  auto other = talker(neighbour, inner_port);
  for (const auto& opener : port_mappers()) {
    const auto first = keep({opener}).external();
    ASSERT_TRUE(first) << router.output();
    // The neighbour asks for the same port.
    std::vector<std::unique_ptr<PortMapper>> mappers;
    std::optional<PortMappingKeeper> of_neighbour;
    lab().inside(neighbour, [&] {
      mappers.push_back(opener(runtime_));
      of_neighbour.emplace(runtime_, Endpoint::v4(0, inner_port), std::move(mappers));
      const auto end = real_now() + 60s;
      while (!of_neighbour->decided() && real_now() < end) runtime_.poll();
    });
    ASSERT_TRUE(of_neighbour->external()) << of_neighbour->describe() << router.output();
    EXPECT_NE(of_neighbour->external(), first);
    EXPECT_TRUE(stranger_->reaches(*inner_, *first));
    EXPECT_TRUE(stranger_->reaches(*other, *of_neighbour->external()));
    lab().inside(neighbour, [&] { of_neighbour.reset(); });
    lab().inside(host_, [&] { keeper_.reset(); });
  }
}

TEST_F(PortMappingLab, a_live_peer_of_a_session_with_a_ticket_is_let_in) {
  const PortMappingRouter router(lab(), home_);
  const auto ticket = Ticket::generate();
  // Who finds others is told, too.
  std::promise<Endpoint> announced;
  class Note final : public Bootstrap {
   public:
    explicit Note(std::promise<Endpoint>& heard) : heard_(heard) {}
    void announce(const Announcement& self) override {
      if (!std::exchange(told_, true)) heard_.set_value(self.targets.at(0).endpoint);
    }

   private:
    std::promise<Endpoint>& heard_;
    bool told_ = false;
  };
  const BootstrapOpener note = [&](RealRuntime&, const Announcement&, const Bootstrap::Found&) {
    return std::make_unique<Note>(announced);
  };
  const auto open = [&](NatLab::Host host, std::vector<LinkTarget> links,
                        std::vector<BootstrapOpener> bootstraps) {
    return lab().inside(host, [&] {
      auto live =
          LivePeer::open({.links = std::move(links), .bootstraps = std::move(bootstraps), .ticket = ticket},
                         {.network = "test 1", .is_event = {}, .is_image = {}});
      EXPECT_TRUE(live) << live.error();
      return *std::move(live);
    });
  };
  const auto ada = open(host_, {}, {note});
  std::promise<Endpoint> mapped;
  ada->on_mapped([&](const Endpoint& external) { mapped.set_value(external); });
  auto external = mapped.get_future();
  ASSERT_EQ(external.wait_for(60s), std::future_status::ready) << router.output();
  const auto place = external.get();
  EXPECT_EQ(announced.get_future().get(), place);
  const auto bob = open(lab().add_host(add_nat("symmetric")), {{place, ada->id()}}, {});
  for (const auto end = real_now() + 60s; ada->link_count() == 0 && real_now() < end;) runtime_.poll();
  EXPECT_EQ(ada->link_count(), 1u);
}

// ---- whole peers

class MappedPeers : public NatLabTest {
 protected:
  template <typename Condition>
  bool run_until(Condition done) {
    for (const auto end = real_now() + 60s; !done() && real_now() < end;) runtime_.poll();
    return done();
  }
  std::unique_ptr<Inhabitant> peer(NatLab::Host host, std::string name,
                                   const std::vector<const Inhabitant*>& friends = {}) {
    std::vector<LinkTarget> targets;
    for (const auto* each : friends) targets.push_back(each->target());
    return std::make_unique<Inhabitant>(lab(), runtime_, host, targets, std::move(name));
  }

  PolledRuntime runtime_;
};

TEST_F(MappedPeers, behind_symmetric_nats_are_linked_directly_if_one_of_the_routers_maps) {
  const auto rita = peer(lab().add_host(lab().internet()), "rita");
  const auto home = add_nat("symmetric");
  const PortMappingRouter router(lab(), home);
  const auto host = lab().add_host(home);
  const auto ada = peer(host, "ada", {rita.get()});
  const auto bob = peer(lab().add_host(add_nat("symmetric")), "bob", {rita.get()});
  std::optional<PortMappingKeeper> mapping;
  lab().inside(host, [&] {
    std::vector<std::unique_ptr<PortMapper>> mappers;
    mappers.push_back(pcp()(runtime_.sockets()));
    mapping.emplace(runtime_, ada->here(), std::move(mappers));
    EXPECT_TRUE(run_until([&] { return mapping->decided(); }));
  });
  ASSERT_TRUE(mapping->external()) << mapping->describe();
  ada->is_mapped_at(*mapping->external());
  ASSERT_TRUE(run_until([&] { return rita->linked(*ada) && rita->linked(*bob); }));
  ada->want(*bob);
  EXPECT_TRUE(run_until([&] { return ada->direct(*bob) && bob->direct(*ada); })) << bob->trace(*ada);
  EXPECT_EQ(bob->place_of(*ada), *mapping->external());
}

TEST_F(MappedPeers, notice_that_their_address_is_another_and_their_links_go_on) {
  const auto rita = peer(lab().add_host(lab().internet()), "rita");
  const auto home = add_nat("symmetric");
  const auto host = lab().add_host(home);
  const auto ada = peer(host, "ada", {rita.get()});
  std::vector<std::string> told;
  std::unique_ptr<NetworkWatch> watch;
  lab().inside(host, [&] {
    auto opened = NetworkWatch::open(runtime_.sockets(), [&](std::string_view what) {
      told.emplace_back(what);
      ada->network_changed();
    });
    ASSERT_TRUE(opened) << opened.error();
    watch = *std::move(opened);
  });
  ASSERT_TRUE(run_until([&] { return ada->seen_at() && rita->linked(*ada); }));
  const auto before = *ada->seen_at();
  lab().inside(host, [&] {
    const auto own = lab().endpoint(host).text();
    run({"ip", "-batch", "-"}, fmt::format("address delete {0}/24 dev {1}\n"
                                           "address add 10.1.0.250/24 dev {1}\n"
                                           "route add default via 10.1.0.1 dev {1}\n",
                                           own.substr(0, own.find(':')), uplink_name));
    // Where it is looked, it is looked in this host.
    EXPECT_TRUE(run_until([&] { return !told.empty(); }));
  });
  EXPECT_TRUE(run_until([&] { return ada->seen_at() && *ada->seen_at() != before; }));
  ada->say(*rita, 1);
  rita->say(*ada, 2);
  EXPECT_TRUE(run_until([&] { return rita->heard().size() == 1 && ada->heard().size() == 1; }));
  EXPECT_EQ(told.size(), 1u);
  EXPECT_EQ(ada->lost_links() + rita->lost_links(), 0);
}

}  // namespace
}  // namespace tutti::natlab
