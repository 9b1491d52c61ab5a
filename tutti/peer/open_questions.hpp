// The questions of one peer that have no answer yet: who was asked, until when, and what to do then.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <utility>

#include "tutti/peer/ask.hpp"
#include "tutti/runtime/runtime.hpp"

namespace tutti {

class Peerlet;

class OpenQuestions {
 public:
  /// Further ones are not asked.
  static constexpr std::size_t size_max = 1024;

  /// Called once with the answer or why there is none. An error if the answer is malformed, of which the
  /// handler has told its owner.
  using Handler = std::move_only_function<std::expected<void, DecodeError>(
      std::expected<const Received*, AskError> outcome)>;

  /// Numbers count from `first`. One drawn at random keeps answers to a former life from fitting.
  OpenQuestions(Runtime& runtime, AskNumber first) : runtime_(runtime), next_(first) {}

  [[nodiscard]] bool full() const { return questions_.size() >= size_max; }
  [[nodiscard]] bool empty() const { return questions_.empty(); }
  /// The number of the question that is opened next.
  [[nodiscard]] AskNumber next() const { return next_; }
  /// Needs room.
  void open(const Peerlet& owner, PeerId to, Duration timeout, Handler handler);

  /// One that nobody waits for is dropped.
  std::expected<void, DecodeError> answered(PeerId from, AskNumber number, const Received& message);
  void link_down(PeerId peer);
  /// Ends all of an owner's without a call.
  void forget(const Peerlet& owner);

 private:
  struct Question {
    Question(const Peerlet& its_owner, PeerId its_to, Handler its_handler, Runtime& runtime,
             Timer::Callback timed_out)
        : owner(&its_owner),
          to(its_to),
          handler(std::move(its_handler)),
          patience(runtime, std::move(timed_out)) {}

    const Peerlet* owner;
    PeerId to;
    Handler handler;
    Timer patience;
  };

  std::expected<void, DecodeError> end(AskNumber number, std::expected<const Received*, AskError> outcome);

  Runtime& runtime_;
  AskNumber next_;
  std::map<AskNumber, Question> questions_;
};

}  // namespace tutti
