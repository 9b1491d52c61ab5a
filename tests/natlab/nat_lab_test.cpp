#include <algorithm>
#include <ostream>

#include "talker.hpp"

namespace tutti {

/// How a failed test names it.
static std::ostream& operator<<(std::ostream& stream, const NamedNatKind& kind) {
  return stream << kind.name;
}

namespace natlab {
namespace {

using namespace std::chrono_literals;
using enum NatDependence;

constexpr std::uint16_t inner_port = 4000;

// ---- Each kind does what it says

class EveryKind : public TalkTest, public testing::WithParamInterface<NamedNatKind> {
 protected:
  void SetUp() override {
    TalkTest::SetUp();
    if (IsSkipped()) return;
    nat_ = lab().add_nat(lab().internet(), kind_);
    inner_ = talker(nat_, inner_port);
    const auto server_host = lab().add_host(lab().internet());
    server_ = talker(server_host, 7001);
    other_port_ = talker(server_host, 7002);
    other_host_ = talker(lab().internet(), 7001);
    for (auto* const outside : {server_.get(), other_host_.get()}) introduce(nat_, *outside);
  }

  NatKind kind_ = GetParam().kind;
  NatLab::Network nat_;
  std::unique_ptr<Talker> inner_, server_, other_port_, other_host_;
};

INSTANTIATE_TEST_SUITE_P(, EveryKind, testing::ValuesIn(nat_kinds().begin(), nat_kinds().end()),
                         [](const auto& test) {
                           std::string name(test.param.name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_P(EveryKind, maps_as_it_says) {
  const auto seen = inner_->seen_by(*server_);
  EXPECT_EQ(seen, lab().external(nat_, seen.port));
  EXPECT_EQ(inner_->seen_by(*server_), seen);
  EXPECT_EQ(inner_->seen_by(*other_port_) == seen, kind_.mapping != address_and_port_dependent);
  EXPECT_EQ(inner_->seen_by(*other_host_) == seen, kind_.mapping == endpoint_independent);
}

TEST_P(EveryKind, gives_ports_as_it_says) {
  const auto port = inner_->seen_by(*server_).port;
  EXPECT_EQ(port == inner_port, kind_.ports == NatPorts::preserved);
  const auto next = talker(nat_)->seen_by(*server_).port;
  EXPECT_NE(next, port);
  EXPECT_EQ(next == port + 1, kind_.ports == NatPorts::sequential);
}

TEST_P(EveryKind, lets_in_as_it_says) {
  const auto seen = inner_->seen_by(*server_);
  EXPECT_TRUE(server_->reaches(*inner_, seen));
  EXPECT_EQ(other_port_->reaches(*inner_, seen), kind_.filtering != address_and_port_dependent);
  EXPECT_EQ(other_host_->reaches(*inner_, seen), kind_.filtering == endpoint_independent);
}

TEST_P(EveryKind, lets_nobody_in_to_whom_nobody_has_spoken) {
  EXPECT_FALSE(server_->reaches(*inner_, lab().external(nat_, inner_port)));
}

TEST_P(EveryKind, answers_by_the_mapping_that_was_spoken_to) {
  const auto seen = inner_->seen_by(*server_);
  auto& speaker = kind_.filtering == address_and_port_dependent ? *server_ : *other_port_;
  speaker.send(seen, "hello");
  inner_->send(inner_->await("hello"), "answer");
  EXPECT_EQ(speaker.await("answer"), seen);
  EXPECT_EQ(inner_->seen_by(speaker), seen);
}

TEST_P(EveryKind, tells_two_hosts_with_the_same_port_apart) {
  const auto neighbour = talker(nat_, inner_port);
  for (auto* const at : {server_.get(), other_port_.get(), other_host_.get()}) {
    const auto one = inner_->seen_by(*at);
    const auto other = neighbour->seen_by(*at);
    EXPECT_NE(one, other);
    EXPECT_TRUE(at->reaches(*inner_, one));
    EXPECT_TRUE(at->reaches(*neighbour, other));
    EXPECT_EQ(inner_->seen_by(*at), one);
  }
  // Nor do they meet where each has spoken to somebody else only.
  const auto third = talker(nat_, inner_port);
  EXPECT_NE(third->seen_by(*other_port_).port, inner_->seen_by(*other_host_).port);
}

TEST_P(EveryKind, has_forgotten_everything_after_a_reboot) {
  const auto before = inner_->seen_by(*server_);
  lab().reboot(nat_);
  EXPECT_FALSE(server_->reaches(*inner_, before));
  const auto after = inner_->seen_by(*server_);
  EXPECT_EQ(after, lab().external(nat_, after.port));
  EXPECT_NE(after, before);
  // It is of the same kind still.
  EXPECT_EQ(inner_->seen_by(*other_port_) == after, kind_.mapping != address_and_port_dependent);
  EXPECT_EQ(other_host_->reaches(*inner_, after), kind_.filtering == endpoint_independent);
  lab().reboot(nat_);
  EXPECT_NE(inner_->seen_by(*server_), after);
}

TEST_P(EveryKind, lets_no_udp_through_while_it_is_blocked) {
  const auto neighbour = talker(nat_);
  const auto seen = inner_->seen_by(*server_);
  lab().block_udp(nat_, true);
  inner_->send(server_->endpoint(), "out");
  server_->send(seen, "in");
  // Both have come to the NAT when what was sent after them has gone as far.
  inner_->seen_by(*neighbour);
  server_->seen_by(*other_host_);
  lab().block_udp(nat_, false);
  EXPECT_EQ(inner_->seen_by(*server_), seen);
  EXPECT_TRUE(server_->reaches(*inner_, seen));
  EXPECT_FALSE(server_->source_of("out"));
  EXPECT_FALSE(inner_->source_of("in"));
}

// ---- What can be built of them

using Laboratory = TalkTest;

TEST_F(Laboratory, hosts_of_the_internet_see_each_other_as_they_are) {
  const auto one = talker(lab().internet());
  const auto other = talker(lab().internet());
  EXPECT_EQ(one->seen_by(*other), one->endpoint());
  EXPECT_EQ(other->seen_by(*one), other->endpoint());
}

TEST_F(Laboratory, hosts_behind_one_nat_see_each_other_as_they_are) {
  const auto nat = add_nat("symmetric");
  const auto one = talker(nat);
  const auto other = talker(nat);
  EXPECT_EQ(one->seen_by(*other), one->endpoint());
  EXPECT_EQ(one->endpoint().text().substr(0, 5), "10.1.");
}

TEST_F(Laboratory, a_nat_behind_a_nat_is_seen_as_the_outer_one) {
  const auto outer = add_nat("symmetric-open");
  const auto home = lab().add_nat(outer, *parse_nat_kind("port-restricted"));
  const auto inner = talker(home);
  const auto neighbour = talker(outer);
  const auto server = talker(lab().internet());
  const auto stranger = talker(lab().internet());
  introduce(outer, *stranger);
  // Each restricts what the other does not: the outer one's mapping, the inner one's filtering.
  EXPECT_EQ(inner->seen_by(*neighbour), lab().external(home, inner->endpoint().port));
  const auto seen = inner->seen_by(*server);
  EXPECT_EQ(seen, lab().external(outer, seen.port));
  EXPECT_FALSE(stranger->reaches(*inner, seen));
  EXPECT_TRUE(server->reaches(*inner, seen));
  EXPECT_NE(inner->seen_by(*talker(lab().internet())), seen);
}

TEST_F(Laboratory, a_host_that_moves_is_seen_elsewhere_by_the_socket_it_has) {
  const auto cafe = add_nat("full-cone");
  const auto mobile = add_nat("symmetric");
  const auto phone = lab().add_host(cafe);
  const auto socket = talker(phone);
  const auto server = talker(lab().internet());
  const auto before = socket->seen_by(*server);
  EXPECT_EQ(before, lab().external(cafe, before.port));
  for (const auto to : {mobile, cafe}) {
    lab().move(phone, to);
    const auto after = socket->seen_by(*server);
    EXPECT_EQ(after, lab().external(to, after.port));
    EXPECT_TRUE(server->reaches(*socket, after));
    EXPECT_NE(after, before);
  }
  lab().move(phone, lab().internet());
  EXPECT_EQ(socket->seen_by(*server), lab().endpoint(phone, socket->endpoint().port));
}

TEST_F(Laboratory, a_nat_can_be_of_a_kind_that_has_no_name) {
  const NatKind kind{address_dependent, address_dependent, NatPorts::sequential};
  const auto nat = lab().add_nat(lab().internet(), kind);
  const auto inner = talker(nat);
  const auto server_host = lab().add_host(lab().internet());
  const auto server = talker(server_host);
  const auto other_port = talker(server_host);
  const auto other_host = talker(lab().internet());
  const auto seen = inner->seen_by(*server);
  EXPECT_EQ(inner->seen_by(*other_host).port, seen.port + 1);
  EXPECT_TRUE(other_port->reaches(*inner, seen));
  EXPECT_FALSE(other_host->reaches(*inner, seen));
}

TEST_F(Laboratory, a_nat_forgets_a_mapping_without_traffic_after_its_lifetime) {
  auto symmetric = *parse_nat_kind("symmetric");
  auto cone = *parse_nat_kind("full-cone");
  symmetric.mapping_lifetime = cone.mapping_lifetime = 1s;
  const auto mapped = talker(lab().add_nat(lab().internet(), symmetric));
  const auto behind_cone = lab().add_nat(lab().internet(), cone);
  const auto permitted = talker(behind_cone);
  const auto server = talker(lab().internet());
  const auto stranger = talker(lab().internet());
  const auto later = talker(lab().internet());
  introduce(behind_cone, *later);
  const auto before = mapped->seen_by(*server);
  const auto seen = permitted->seen_by(*server);
  EXPECT_TRUE(stranger->reaches(*permitted, seen));
  // Nothing happens when it has passed: so time itself has to.
  bool passed = false;
  Timer lifetime(runtime_, [&] { passed = true; });
  lifetime.arm(1500ms);
  while (!passed) runtime_.poll();
  EXPECT_NE(mapped->seen_by(*server), before);
  EXPECT_FALSE(later->reaches(*permitted, seen));
}

// ---- Processes

TEST_F(Laboratory, a_process_is_started_inside_a_host) {
  const auto host = lab().add_host(add_nat("full-cone"));
  auto process = lab().spawn(host, {"ip", "-brief", "-4", "address"});
  EXPECT_EQ(process.wait(10s), 0);
  EXPECT_NE(process.output().find("10.1.0.2/24"), std::string::npos) << process.output();
}

}  // namespace
}  // namespace natlab
}  // namespace tutti
