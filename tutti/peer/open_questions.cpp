#include "tutti/peer/open_questions.hpp"

#include <tuple>
#include <vector>

#include "tutti/base/require.hpp"

namespace tutti {

void OpenQuestions::open(const Peerlet& owner, PeerId to, Duration timeout, Handler handler) {
  require(!full(), "there is room for a question that is asked");
  require(timeout > Duration::zero(), "an answer takes time");
  const AskNumber number = std::exchange(next_, next_ + 1);
  const auto opened = questions_.try_emplace(number, owner, to, std::move(handler), runtime_, [this, number] {
    std::ignore = end(number, std::unexpected(AskError::timed_out));
  });
  opened.first->second.patience.arm(timeout);
}

std::expected<void, DecodeError> OpenQuestions::answered(PeerId from, AskNumber number,
                                                         const Received& message) {
  const auto found = questions_.find(number);
  if (found == questions_.end() || found->second.to != from) return {};
  return end(number, &message);
}

void OpenQuestions::link_down(PeerId peer) {
  // A handler may ask again.
  std::vector<AskNumber> lost;
  for (const auto& [number, question] : questions_)
    if (question.to == peer) lost.push_back(number);
  for (const auto number : lost) std::ignore = end(number, std::unexpected(AskError::link_lost));
}

void OpenQuestions::forget(const Peerlet& owner) {
  std::erase_if(questions_, [&](const auto& entry) { return entry.second.owner == &owner; });
}

std::expected<void, DecodeError> OpenQuestions::end(AskNumber number,
                                                    std::expected<const Received*, AskError> outcome) {
  // It is no longer open when the handler runs, so whatever that does cannot end it again.
  auto ended = questions_.extract(number);
  if (ended.empty()) return {};
  ended.mapped().patience.cancel();
  return ended.mapped().handler(outcome);
}

}  // namespace tutti
