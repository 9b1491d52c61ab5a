// A question to a neighbour and its answer:
//
//   struct Lookup { Key key; };               // messages like any other
//   struct Found { PeerId where; };
//
//   // who answers lists a member function that returns the answer, or answers later:
//   Found lookup_asked(PeerId from, const Lookup& lookup);
//   void lookup_asked(Asker<Found> asker, const Lookup& lookup);   // ... std::move(asker).answer(Found{...})
//   static constexpr auto handlers = tutti::handlers<&Directory::lookup_asked>;
//
//   // who asks:
//   peer.ask<Found>(*this, neighbour, Lookup{key}, 2s, [this](const std::expected<Found, AskError>& found) {
//   ... });
//
// Every question ends exactly once: with the answer, after its timeout, or as soon as the link it went over
// ends, since what was under way may be lost then. If the peerlet that asked ends first, the question ends
// unheard. An answer finds its question by a number that no other question of this life of the peer has; one
// that comes late, twice, or from somebody else finds none and is dropped.
//
// On its way a question is an AskQuestion around any message and its answer an AskAnswer: so a message's
// meaning when it is asked is apart from the same message when it is told, and peers that do not know a
// question drop it, and leave the asker to its timeout.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "tutti/base/ids.hpp"
#include "tutti/wire/enclosed.hpp"

namespace tutti {

class Peer;

/// Names a question of one peer.
using AskNumber = Strong<struct AskNumberTag, std::uint64_t>;

struct AskQuestion {
  AskNumber number;
  Priority priority{};  ///< of the answer: that of the question
  Enclosed message;
};
struct AskAnswer {
  AskNumber number;  ///< the question's
  Enclosed message;
};
template <>
struct MessageTraits<AskQuestion> {
  static constexpr MessageId id{0x0002};
};
template <>
struct MessageTraits<AskAnswer> {
  static constexpr MessageId id{0x0003};
};

/// Why there is no answer.
enum class AskError : std::uint8_t {
  timed_out,  ///< nothing came in time: lost, slow, or a question that the other does not know
  link_lost,  ///< the link ended before the answer came; the other may have acted on the question or not
  malformed,  ///< what came is no answer to this question; its sender's link ends
};
std::string_view describe(AskError error);

namespace detail {

/// Where an answer is due.
class AnswerSlip {
 public:
  AnswerSlip(Peer& peer, PeerId to, AskNumber number, Priority priority)
      : peer_(&peer), to_(to), number_(number), priority_(priority) {}

  [[nodiscard]] PeerId to() const { return to_; }
  bool send(Envelope answer) const;

 private:
  Peer* peer_;
  PeerId to_;
  AskNumber number_;
  Priority priority_;
};

}  // namespace detail

/// Somebody who waits for one A. Kept by a peerlet that cannot answer at once, and no longer than that lives;
/// who drops it gives no answer.
template <Message A>
class Asker {
 public:
  explicit Asker(detail::AnswerSlip slip) : slip_(slip) {}
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;
  Asker(Asker&&) = default;
  Asker& operator=(Asker&&) = default;
  ~Asker() = default;

  [[nodiscard]] PeerId id() const { return slip_.to(); }
  /// Once. False under the conditions of Peer::send().
  bool answer(A answer) && { return slip_.send(Envelope(std::move(answer))); }

 private:
  detail::AnswerSlip slip_;
};

}  // namespace tutti
