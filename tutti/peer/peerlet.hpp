// A peerlet: a well-defined piece of message-passing functionality plus its state.
//
// It is thin: what it decides lives in a pure core; the peerlet ties the core to messages and timers. Its
// message handlers are member functions, one per message type, listed once per class:
//
//   class Flood : public Peerlet {
//    public:
//     void digest_received(PeerId from, const Digest& digest);
//     static constexpr auto handlers = tutti::handlers<&Flood::digest_received>;
//   };
//
// One that returns a message answers questions, see ask.hpp.
//
// The list belongs to the type, not to the peer: a million peers share it. Beside it a class may list the
// methods that scenarios call, see command.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <expected>
#include <span>
#include <string_view>

#include "tutti/base/ids.hpp"
#include "tutti/peer/ask.hpp"
#include "tutti/peer/command.hpp"
#include "tutti/wire/message.hpp"

namespace tutti {

class Peer;

class Peerlet {
 public:
  Peerlet() = default;
  Peerlet(const Peerlet&) = delete;
  Peerlet& operator=(const Peerlet&) = delete;
  virtual ~Peerlet() = default;

  /// Once, before any start().
  virtual void init(Peer& /*peer*/) {}
  /// After every peerlet's init(), and again whenever one of this peer's has been exchanged: the place to
  /// find those that this one keeps references to. The one that is gone must not be touched.
  virtual void find_others(Peer& /*peer*/) {}
  /// After init(), if this one takes the place of another in a running peer, which has been stopped and whose
  /// state may be taken. True if it goes on where that one stood, with all its links; otherwise it begins
  /// anew and is told of each link that is up after its start().
  virtual bool take_over(Peerlet& /*former*/) { return false; }
  /// Once, in the order in which the peerlets were added; messages come only afterwards.
  virtual void start() {}
  /// Once, in reverse order; no call follows.
  virtual void stop() {}

  /// A link to `peer` is ready for messages.
  virtual void link_up(PeerId /*peer*/) {}
  /// It is no more; what was sent last may or may not have arrived.
  virtual void link_down(PeerId /*peer*/) {}
  /// Whether this one needs the link to `peer` although it has been idle, and there are many: without such a
  /// one it may be closed (link/link_collector.hpp).
  [[nodiscard]] virtual bool insists_on(PeerId /*peer*/) const { return false; }
  /// Messages of that class to `peer`, of which many waited, have gone: see Peer::writable().
  virtual void writable_again(PeerId /*peer*/, Priority /*priority*/) {}
};

/// How a message finds its handler: one that is told, or one that is asked, whose answer goes on the slip.
struct HandlerEntry {
  MessageId id;
  std::expected<void, DecodeError> (*told)(Peerlet& peerlet, PeerId from, const Received& message) = nullptr;
  std::expected<void, DecodeError> (*asked)(Peerlet& peerlet, const detail::AnswerSlip& slip,
                                            const Received& message) = nullptr;
};

namespace detail {

template <auto handler>
struct HandlerOf;
template <typename P, typename M, void (P::*handler)(PeerId, const M&)>
struct HandlerOf<handler> {
  static std::expected<void, DecodeError> told(Peerlet& peerlet, PeerId from, const Received& message) {
    return message.open<M>([&](const M& opened) { (static_cast<P&>(peerlet).*handler)(from, opened); });
  }
  static constexpr HandlerEntry entry{.id = MessageTraits<M>::id, .told = &told};
};
template <typename P, typename M, Message A, A (P::*handler)(PeerId, const M&)>
struct HandlerOf<handler> {
  static std::expected<void, DecodeError> asked(Peerlet& peerlet, const AnswerSlip& slip,
                                                const Received& message) {
    return message.open<M>([&](const M& opened) {
      slip.send(Envelope((static_cast<P&>(peerlet).*handler)(slip.to(), opened)));
    });
  }
  static constexpr HandlerEntry entry{.id = MessageTraits<M>::id, .asked = &asked};
};
template <typename P, typename M, Message A, void (P::*handler)(Asker<A>, const M&)>
struct HandlerOf<handler> {
  static std::expected<void, DecodeError> asked(Peerlet& peerlet, const AnswerSlip& slip,
                                                const Received& message) {
    return message.open<M>(
        [&](const M& opened) { (static_cast<P&>(peerlet).*handler)(Asker<A>(slip), opened); });
  }
  static constexpr HandlerEntry entry{.id = MessageTraits<M>::id, .asked = &asked};
};

}  // namespace detail

/// What a class of peerlets says about itself, once for all peers.
struct PeerletType {
  std::span<const HandlerEntry> handlers{};
  std::span<const std::string_view> names{};
  std::span<const CommandEntry> commands{};

  [[nodiscard]] constexpr bool answers_to(std::string_view name) const {
    return std::ranges::find(names, name) != names.end();
  }
};

template <std::derived_from<Peerlet> P>
consteval PeerletType describe_peerlet() {
  PeerletType type;
  if constexpr (requires { P::handlers; }) type.handlers = P::handlers;
  if constexpr (requires { P::names; }) type.names = P::names;
  if constexpr (requires { P::commands; }) {
    static_assert(requires { P::names; }, "a peerlet with commands has a name that scenarios call it by");
    type.commands = P::commands;
  }
  return type;
}
template <std::derived_from<Peerlet> P>
inline constexpr PeerletType peerlet_type = describe_peerlet<P>();

/// The dispatch table of a peerlet class: member functions `void (PeerId from, const Message&)` for what is
/// told, `Answer (PeerId from, const Message&)` or `void (Asker<Answer>, const Message&)` for what is asked.
template <auto... functions>
inline constexpr std::array<HandlerEntry, sizeof...(functions)> handlers{
    detail::HandlerOf<functions>::entry...};

}  // namespace tutti
