// Two peers send to where a third has seen the other and answer whatever comes to where it came from: among
// real NATs that leads to what can_punch() says.
#include <array>

#include "talker.hpp"

namespace tutti::natlab {
namespace {

class Punch : public TalkTest {
 protected:
  void SetUp() override {
    TalkTest::SetUp();
    if (!IsSkipped()) third_ = talker(lab().internet());
  }

  /// Whether both hear each other. Each round ends when all that was sent in it has come, or never will: the
  /// third, to whom both have spoken, has been asked for a word to each, and that has come.
  bool reach_each_other(Talker& one, Talker& other) {
    struct Side {
      Talker& self;
      Talker& peer;
      Endpoint known{};  // where the third has seen the peer
    };
    std::array<Side, 2> sides{{{one, other}, {other, one}}};
    for (auto& [self, peer, known] : sides) known = peer.seen_by(*third_);
    const std::string hello = "hello from ";
    for (int round = 0; round < 4; ++round) {
      for (auto& [self, peer, known] : sides)
        for (const auto& target : {known, self.last_source_but(third_->endpoint()).value_or(known)})
          self.send(target, hello + self.endpoint().text());
      for (auto& [self, peer, known] : sides) third_->reaches(peer, known);
    }
    return one.source_of(hello + other.endpoint().text()) && other.source_of(hello + one.endpoint().text());
  }

  std::unique_ptr<Talker> third_;
};

TEST_F(Punch, succeeds_between_those_kinds_of_which_it_is_said) {
  std::vector<NatLab::Host> ones, others;
  for (auto* const hosts : {&ones, &others})
    for (const auto& [name, kind] : nat_kinds())
      hosts->push_back(lab().add_host(lab().add_nat(lab().internet(), kind)));
  for (std::size_t i = 0; i < ones.size(); ++i)
    for (std::size_t j = 0; j < others.size(); ++j) {
      const auto& [one_name, one_kind] = nat_kinds()[i];
      const auto& [other_name, other_kind] = nat_kinds()[j];
      // Of sockets that the NATs do not know yet.
      const auto one = talker(ones[i]);
      const auto other = talker(others[j]);
      EXPECT_EQ(reach_each_other(*one, *other), can_punch(one_kind, other_kind))
          << one_name << " and " << other_name;
    }
}

TEST_F(Punch, always_succeeds_with_one_who_is_behind_no_nat) {
  for (const auto& [name, kind] : nat_kinds()) {
    const auto one = talker(lab().add_nat(lab().internet(), kind));
    const auto other = talker(lab().internet());
    EXPECT_TRUE(reach_each_other(*one, *other)) << name;
  }
}

// As between two NATs of that kind, if it hairpins; and each sees the other at its external endpoint (RFC
// 4787, REQ-9).
TEST_F(Punch, succeeds_behind_one_nat_only_if_that_hairpins) {
  for (const auto& [name, kind] : nat_kinds()) {
    const auto nat = lab().add_nat(lab().internet(), kind);
    const std::array hosts{lab().add_host(nat), lab().add_host(nat)};
    for (const bool hairpinning : {false, true, false}) {
      lab().set_hairpinning(nat, hairpinning);
      const auto one = talker(hosts[0]);
      const auto other = talker(hosts[1]);
      EXPECT_EQ(reach_each_other(*one, *other), hairpinning && can_punch(kind, kind)) << name;
      const auto source = one->last_source_but(third_->endpoint());
      EXPECT_TRUE(!source || *source == lab().external(nat, source->port)) << name << ": " << source->text();
    }
  }
}

}  // namespace
}  // namespace tutti::natlab
