#include "tutti/peer/ask.hpp"

#include "tutti/peer/peer.hpp"

namespace tutti {

std::string_view describe(AskError error) {
  switch (error) {
    case AskError::timed_out:
      return "no answer came in time";
    case AskError::link_lost:
      return "the link ended before an answer came";
    case AskError::malformed:
      return "what came was no answer to the question";
  }
  return "unknown";
}

namespace detail {

bool AnswerSlip::send(Envelope answer) const {
  return peer_->send(to_, AskAnswer{number_, Enclosed(std::move(answer))}, priority_);
}

}  // namespace detail
}  // namespace tutti
