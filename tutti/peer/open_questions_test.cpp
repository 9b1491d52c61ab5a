#include "tutti/peer/open_questions.hpp"

#include <array>
#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tutti/peer/peer.hpp"
#include "tutti/runtime/simulator.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

struct Lookup {
  std::uint32_t key = 0;
};
struct Found {
  std::uint32_t value = 0;
};
/// Asked like Lookup, and answered when somebody says so.
struct Ponder {
  std::uint32_t key = 0;
};

}  // namespace

template <>
struct MessageTraits<Lookup> {
  static constexpr MessageId id{0x7211};
};
template <>
struct MessageTraits<Found> {
  static constexpr MessageId id{0x7212};
};
template <>
struct MessageTraits<Ponder> {
  static constexpr MessageId id{0x7213};
};

namespace {

PeerId peer_number(std::uint8_t number) {
  PeerId id;
  id.bytes[0] = number;
  return id;
}

class Owner final : public Peerlet {};

RC_GTEST_PROP(OpenQuestions, each_ends_exactly_once_whatever_happens_and_unheard_if_its_owner_ends, ()) {
  Simulator simulator(1);
  auto& runtime = simulator.add_node();
  OpenQuestions questions(runtime, AskNumber(~std::uint64_t{3}));  // numbers may start over from 0
  const std::array<Owner, 2> owners;
  struct Asked {
    PeerId to;
    const Peerlet* owner;
    int heard = 0;
    bool forgotten = false;
  };
  std::map<AskNumber, Asked> all;
  const auto anybody = [] { return peer_number(*rc::gen::inRange<std::uint8_t>(0, 3)); };
  const Envelope answer(Found{1});
  for (auto steps = *rc::gen::inRange(0, 60); steps > 0; --steps) {
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
      case 1: {
        const auto number = questions.next();
        const auto to = anybody();
        const auto& owner = owners[*rc::gen::inRange<std::size_t>(0, 2)];
        all.emplace(number, Asked{to, &owner});
        questions.open(owner, to, *rc::gen::inRange(1, 100) * 1ms,
                       [&, number](const auto&) -> std::expected<void, DecodeError> {
                         RC_ASSERT(!all.at(number).forgotten);
                         ++all.at(number).heard;
                         return {};
                       });
        break;
      }
      case 2: {
        const auto back = *rc::gen::inRange<std::uint64_t>(0, 6);
        const auto from = anybody();
        const auto number = questions.next() - back;
        const auto found = all.find(number);
        const int before = found == all.end() ? 0 : found->second.heard;
        RC_ASSERT(questions.answered(from, number, Received(answer)));
        if (found != all.end() && found->second.to != from) RC_ASSERT(found->second.heard == before);
        break;
      }
      case 3:
        questions.link_down(anybody());
        break;
      case 4: {
        const auto& owner = owners[*rc::gen::inRange<std::size_t>(0, 2)];
        questions.forget(owner);
        for (auto& [number, asked] : all)
          if (asked.owner == &owner && asked.heard == 0) asked.forgotten = true;
        break;
      }
      default:
        simulator.run_for(*rc::gen::inRange(0, 50) * 1ms);
    }
    for (const auto& [number, asked] : all) RC_ASSERT(asked.heard <= 1);
  }
  simulator.run_for(1s);
  RC_ASSERT(questions.empty());
  for (const auto& [number, asked] : all) RC_ASSERT(asked.heard == (asked.forgotten ? 0 : 1));
}

/// Answers lookups with the double, and keeps who wants it to ponder.
class Directory final : public Peerlet {
 public:
  Found lookup_asked(PeerId, const Lookup& lookup) { return {2 * lookup.key}; }
  void ponder_asked(Asker<Found> asker, const Ponder&) { waiting.push_back(std::move(asker)); }
  void lookup_told(PeerId, const Lookup&) { ++told; }
  static constexpr auto handlers =
      tutti::handlers<&Directory::lookup_asked, &Directory::ponder_asked, &Directory::lookup_told>;

  std::vector<Asker<Found>> waiting;
  int told = 0;
};

/// Carries nothing; keeps the last message.
class Mailbox final : public Carrier {
 public:
  bool send(PeerId, const Envelope& message, Priority priority, Duration) override {
    if (!linked) return false;
    last = message;
    last_priority = priority;
    ++sent;
    return true;
  }
  bool send_unreliable(PeerId, const Envelope&) override { return false; }
  [[nodiscard]] std::size_t queue_bytes(PeerId, Priority) const override { return 0; }
  [[nodiscard]] bool writable(PeerId, Priority) const override { return true; }
  void disconnect(PeerId, std::string_view) override {}

  bool linked = true;
  int sent = 0;
  std::optional<Envelope> last;
  Priority last_priority{};
};

/// One who asks and one who answers; messages wait until they are carried.
class Ask : public testing::Test {
 protected:
  using Answer = std::expected<Found, AskError>;

  Ask() {
    asker_->set_carrier(questions_);
    directory_->set_carrier(answers_);
  }
  template <typename M>
  bool ask(M question, Priority priority = Priority::medium) {
    return asker_->ask<Found>(
        *asker_->find<Owner>(), there_, question, 1s,
        [this](const Answer& answer) { heard_.push_back(answer); }, priority);
  }
  void carry_question() { ASSERT_TRUE(directory_->deliver(here_, Received(*questions_.last))); }
  void carry_answer() { ASSERT_TRUE(asker_->deliver(there_, Received(*answers_.last))); }
  Directory& directory() { return *directory_->find<Directory>(); }

  PeerId here_ = peer_number(1);
  PeerId there_ = peer_number(2);
  Simulator simulator_{1};
  Mailbox questions_;
  Mailbox answers_;
  std::vector<Answer> heard_;
  std::unique_ptr<Peer> asker_ = Peer::build(simulator_.add_node(), here_).add<Owner>().start();
  std::unique_ptr<Peer> directory_ = Peer::build(simulator_.add_node(), there_).add<Directory>().start();
};

TEST_F(Ask, hands_the_answer_to_whoever_asked_in_the_class_of_the_question) {
  ASSERT_TRUE(ask(Lookup{21}, Priority::low));
  carry_question();
  EXPECT_EQ(answers_.last_priority, Priority::low);
  carry_answer();
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0]->value, 42u);
}

TEST_F(Ask, tells_a_question_from_the_same_message_told) {
  asker_->send(there_, Lookup{1}, Priority::medium);
  carry_question();
  EXPECT_EQ(directory().told, 1);
  EXPECT_EQ(answers_.sent, 0);
}

TEST_F(Ask, can_be_answered_later_and_arrives_encoded_as_it_does_whole) {
  ASSERT_TRUE(ask(Ponder{1}));
  const auto& question = *questions_.last;
  ASSERT_TRUE(directory_->deliver(here_, Received(question.id(), question.body())));
  ASSERT_EQ(directory().waiting.size(), 1u);
  EXPECT_EQ(directory().waiting[0].id(), here_);
  simulator_.run_for(500ms);
  EXPECT_TRUE(heard_.empty());
  EXPECT_TRUE(std::move(directory().waiting[0]).answer({7}));
  ASSERT_TRUE(asker_->deliver(there_, Received(answers_.last->id(), answers_.last->body())));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0]->value, 7u);
}

TEST_F(Ask, drops_answers_that_come_twice_late_or_from_somebody_else) {
  ASSERT_TRUE(ask(Lookup{1}));
  carry_question();
  ASSERT_TRUE(asker_->deliver(peer_number(3), Received(*answers_.last)));
  EXPECT_TRUE(heard_.empty());
  carry_answer();
  carry_answer();
  EXPECT_EQ(heard_.size(), 1u);
  ASSERT_TRUE(ask(Lookup{2}));
  carry_question();
  simulator_.run_for(1s);
  carry_answer();
  ASSERT_EQ(heard_.size(), 2u);
  EXPECT_EQ(heard_[1].error(), AskError::timed_out);
}

TEST_F(Ask, ends_at_once_with_the_link_and_may_be_asked_again_by_its_handler) {
  int lost = 0;
  ASSERT_TRUE(asker_->ask<Found>(*asker_->find<Owner>(), there_, Lookup{1}, 1s, [&](const Answer& answer) {
    lost += answer.error() == AskError::link_lost;
    EXPECT_TRUE(ask(Lookup{2}));
  }));
  asker_->link_down(peer_number(3));
  EXPECT_EQ(lost, 0);
  asker_->link_down(there_);
  EXPECT_EQ(lost, 1);
  carry_question();
  carry_answer();
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0]->value, 4u);
}

TEST_F(Ask, refuses_without_a_link_and_when_too_many_are_open) {
  questions_.linked = false;
  EXPECT_FALSE(ask(Lookup{1}));
  questions_.linked = true;
  for (std::size_t i = 0; i < OpenQuestions::size_max; ++i) ASSERT_TRUE(ask(Lookup{1}));
  EXPECT_FALSE(ask(Lookup{1}));
  EXPECT_EQ(questions_.sent, static_cast<int>(OpenQuestions::size_max));
  simulator_.run_for(1s);
  EXPECT_EQ(heard_.size(), OpenQuestions::size_max);
  EXPECT_TRUE(ask(Lookup{1}));
}

TEST_F(Ask, is_never_heard_of_again_when_the_peer_ends) {
  ASSERT_TRUE(ask(Lookup{1}));
  asker_.reset();
  simulator_.run_for(2s);
  EXPECT_TRUE(heard_.empty());
}

TEST_F(Ask, is_never_heard_of_again_when_whoever_asked_is_exchanged) {
  ASSERT_TRUE(ask(Lookup{1}));
  carry_question();
  asker_->exchange<Owner, Owner>();
  simulator_.run_for(1ms);
  carry_answer();
  simulator_.run_for(2s);
  EXPECT_TRUE(heard_.empty());
  EXPECT_TRUE(ask(Lookup{1}));
}

TEST_F(Ask, an_answer_of_another_kind_ends_the_question_and_is_the_senders_fault) {
  ASSERT_TRUE(ask(Lookup{1}));
  AskNumber number;
  ASSERT_TRUE(
      Received(*questions_.last).open<AskQuestion>([&](const auto& asked) { number = asked.number; }));
  const Envelope wrong(AskAnswer{number, Enclosed(Envelope(Ponder{1}))});
  EXPECT_EQ(asker_->deliver(there_, Received(wrong)).error(), DecodeError::wrong_type);
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].error(), AskError::malformed);
}

TEST_F(Ask, a_question_that_nobody_answers_is_counted_and_a_malformed_one_is_the_senders_fault) {
  ASSERT_TRUE(ask(Found{1}));
  carry_question();
  EXPECT_EQ(directory_->unknown_message_count(), 1u);
  EXPECT_EQ(answers_.sent, 0);
  ASSERT_TRUE(ask(Lookup{1}));
  auto bytes = questions_.last->body();
  EXPECT_FALSE(directory_->deliver(here_, Received(questions_.last->id(), bytes.first(bytes.size() - 1))));
}

TEST_F(Ask, numbers_of_another_life_are_others) {
  ASSERT_TRUE(ask(Lookup{1}));
  carry_question();
  asker_ = Peer::build(simulator_.node(0), here_).add<Owner>().start();
  asker_->set_carrier(questions_);
  ASSERT_TRUE(ask(Lookup{2}));
  carry_answer();
  EXPECT_TRUE(heard_.empty());
}

}  // namespace
}  // namespace tutti
