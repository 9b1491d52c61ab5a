// A peer: the execution context of its peerlets, which gives them identity, time, randomness, links and each
// other.
//
//   auto peer = Peer::build(runtime, id)
//                   .add<LinkManager>(transport, link_options)
//                   .add<Flood>()
//                   .add<Session>(session_options)
//                   .measure(recorder)     // if somebody wants to know
//                   .start();
//
// Single-threaded: all its handlers run on its runtime's thread, each to its end.
//
// A layer can be exchanged while the peer runs, and the others stay as they are:
//
//   peer->exchange<Broadcaster, Flood>(other_options);
//
// It happens between two handlers, so whatever is under way waits in the links meanwhile and none of it is
// lost.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "tutti/measure/recorder.hpp"
#include "tutti/peer/ground.hpp"
#include "tutti/peer/open_questions.hpp"
#include "tutti/peer/peerlet.hpp"
#include "tutti/runtime/runtime.hpp"

namespace tutti {

/// What carries messages to neighbours. Implemented by the peerlet that keeps the links.
class Carrier {
 public:
  /// False, and nothing is sent, if there is no link to `to` or the queue of that class is full. A message
  /// that has waited for longer than it is `useful` is dropped instead of sent.
  virtual bool send(PeerId to, const Envelope& message, Priority priority, Duration useful) = 0;
  /// May be lost, doubled or overtaken. False under the same conditions, or if it is too large for a packet.
  virtual bool send_unreliable(PeerId to, const Envelope& message) = 0;
  /// What was sent and has not yet arrived, as far as is known: what waits here and what is in flight.
  [[nodiscard]] virtual std::size_t queue_bytes(PeerId to, Priority priority) const = 0;
  /// Whether there is a link to `to`, and little of that class waits here.
  [[nodiscard]] virtual bool writable(PeerId to, Priority priority) const = 0;
  /// Ends the link to a peer that has broken a rule, says why, and refuses that peer for a while.
  virtual void disconnect(PeerId culprit, std::string_view why) = 0;
  /// Those with whom there is a link now.
  [[nodiscard]] virtual std::vector<PeerId> neighbours() const { return {}; }

 protected:
  ~Carrier() = default;
};

class Peer {
 public:
  class Builder;

  /// A peer without peerlets yet. The runtime must outlive it.
  static Builder build(Runtime& runtime, PeerId id);

  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  /// Stops the peerlets, the last one first.
  ~Peer();

  [[nodiscard]] PeerId id() const { return origin_.peer; }
  /// This life of this peer.
  [[nodiscard]] Origin origin() const { return origin_; }
  [[nodiscard]] Runtime& runtime() const { return runtime_; }
  [[nodiscard]] TimePoint now() const { return runtime_.now(); }
  /// Whether this life ends: a peerlet that is stopped now is not merely exchanged.
  [[nodiscard]] bool ending() const { return ending_; }
  Random& random() { return runtime_.random(); }
  [[nodiscard]] const Log& log() const { return runtime_.log(); }
  /// Where peerlets get what they count with, in init(). Without a recorder it all counts into nothing.
  [[nodiscard]] measure::Meter measure() const { return meter_; }

  /// The first peerlet that is a T, by class or interface; null if there is none. For find_others(), not for
  /// every message.
  template <typename T>
  [[nodiscard]] T* find() const {
    for (const auto& resident : residents_)
      if (auto* found = dynamic_cast<T*>(resident.peerlet)) return found;
    return nullptr;
  }

  /// Puts a P, made from `arguments`, in the place of the first peerlet that is an Old, as soon as the
  /// present handler has returned: that one is stopped, the new one takes over what it can of its state, all
  /// find each other anew, and the new one starts. What the old one asked is never answered. There must be an
  /// Old, and it must not be what keeps the links. Whoever else points to it, such as a program that called
  /// find(), must not do so afterwards.
  template <typename Old, std::derived_from<Peerlet> P, typename... Arguments>
  void exchange(Arguments&&... arguments) {
    exchange_soon({std::make_unique<P>(std::forward<Arguments>(arguments)...), &peerlet_type<P>},
                  [](const Peerlet& peerlet) { return dynamic_cast<const Old*>(&peerlet) != nullptr; });
  }

  /// One that is not yet on its way after it was `useful` is dropped; those behind it keep their order.
  bool send(PeerId to, const Envelope& message, Priority priority, Duration useful = always_useful) {
    return drop_messages_ || carrier().send(to, message, priority, useful);
  }
  template <Message M>
  bool send(PeerId to, M message, Priority priority, Duration useful = always_useful) {
    return send(to, Envelope(std::move(message)), priority, useful);
  }
  bool send_unreliable(PeerId to, const Envelope& message) {
    return drop_messages_ || carrier().send_unreliable(to, message);
  }
  template <Message M>
  bool send_unreliable(PeerId to, M message) {
    return send_unreliable(to, Envelope(std::move(message)));
  }
  /// Asks a neighbour, for a peerlet of this peer: see ask.hpp. The handler, of an
  /// `const std::expected<A, AskError>&`, is called once, later, unless `owner` ends before. False, and it is
  /// never called, if there is no link to `to`, the queue of that class is full, or as many questions are
  /// open as may be.
  template <Message A, Message M, std::invocable<const std::expected<A, AskError>&> Handler>
  [[nodiscard]] bool ask(const Peerlet& owner, PeerId to, M question, Duration timeout, Handler handler,
                         Priority priority = Priority::medium) {
    return ask(owner, to, Envelope(std::move(question)), timeout, opener<A>(std::move(handler)), priority);
  }
  [[nodiscard]] std::size_t queue_bytes(PeerId to, Priority priority) const {
    return carrier().queue_bytes(to, priority);
  }
  /// Whoever has much to send goes on while this is so, and then waits for its writable_again().
  [[nodiscard]] bool writable(PeerId to, Priority priority) const { return carrier().writable(to, priority); }
  void disconnect(PeerId culprit, std::string_view why) { carrier().disconnect(culprit, why); }

  // For experiments.
  /// From now on, until told otherwise, this peer silently drops what its peerlets send and what it receives,
  /// as a faulty peer might: its links stay, and what was dropped is lost for good.
  void set_drop_messages(bool drop) { drop_messages_ = drop; }
  [[nodiscard]] bool drops_messages() const { return drop_messages_; }
  /// Calls `method` of the first peerlet that answers to the name `peerlet` and has that command. The error
  /// says that there is none, what is wrong with the values, or what the method says.
  std::expected<void, std::string> command(std::string_view peerlet, std::string_view method,
                                           std::span<const CommandValue> values);
  /// The class of each peerlet, from the ground up: what can be called, with which parameters.
  [[nodiscard]] std::vector<const PeerletType*> peerlet_types() const;

  // For the carrier.
  void set_carrier(Carrier& carrier) { carrier_ = &carrier; }
  void link_up(PeerId peer);
  void link_down(PeerId peer);
  /// Whether one of the peerlets does.
  [[nodiscard]] bool insists_on(PeerId peer) const;
  void writable_again(PeerId peer, Priority priority);
  /// Finds the handler. A message that nobody handles is counted and dropped: a newer peer may send it. An
  /// error is the sender's fault.
  std::expected<void, DecodeError> deliver(PeerId from, const Received& message);

  [[nodiscard]] std::uint64_t unknown_message_count() const { return unknown_message_count_; }

 private:
  struct Resident {
    Peerlet* peerlet;
    const PeerletType* type;
  };
  /// Who will be a resident.
  struct Newcomer {
    std::unique_ptr<Peerlet> peerlet;
    const PeerletType* type;
  };

  struct Exchanges;
  using IsOld = bool (*)(const Peerlet& peerlet);

  Peer(Runtime& runtime, PeerId id);
  [[nodiscard]] Carrier& carrier() const;

  void exchange_soon(Newcomer fresh, IsOld is_old);
  void exchange_now(Newcomer fresh, IsOld is_old);

  bool ask(const Peerlet& owner, PeerId to, Envelope question, Duration timeout,
           OpenQuestions::Handler handler, Priority priority);
  std::expected<void, DecodeError> asked(PeerId from, const AskQuestion& question);
  /// Opens the answer, which is to be an A, for its handler.
  template <Message A, typename Handler>
  static OpenQuestions::Handler opener(Handler handler) {
    return [handler = std::move(handler)](
               std::expected<const Received*, AskError> outcome) mutable -> std::expected<void, DecodeError> {
      using Answer = std::expected<A, AskError>;
      if (!outcome) {
        handler(Answer(std::unexpected(outcome.error())));
        return {};
      }
      std::expected<void, DecodeError> opened = std::unexpected(DecodeError::wrong_type);
      if ((*outcome)->id() == MessageTraits<A>::id)
        opened = (*outcome)->template open<A>([&](const A& answer) { handler(Answer(answer)); });
      if (!opened) handler(Answer(std::unexpected(AskError::malformed)));
      return opened;
    };
  }

  Runtime& runtime_;
  Origin origin_;
  Carrier* carrier_ = nullptr;
  measure::Meter meter_;
  boost::container::small_vector<Resident, 2> residents_;
  std::unique_ptr<OpenQuestions> questions_;  // from the first one on
  std::unique_ptr<Exchanges> exchanges_;      // from the first one on
  std::uint64_t unknown_message_count_ = 0;
  bool drop_messages_ = false;
  bool ending_ = false;
  Ground<Peerlet, 192> ground_;  // enough for two small peerlets; a large one may as well lie elsewhere
};

class Peer::Builder {
 public:
  /// Adds a peerlet, made from `arguments`, above those that are there.
  template <std::derived_from<Peerlet> P, typename... Arguments>
  Builder&& add(Arguments&&... arguments) && {
    auto& peerlet = peer_->ground_.make<P>(std::forward<Arguments>(arguments)...);
    peer_->residents_.push_back({&peerlet, &peerlet_type<P>});
    return std::move(*this);
  }
  /// The first peerlet so far that is a T; to connect it with something that is no peerlet.
  template <typename T>
  [[nodiscard]] T* find() const {
    return peer_->find<T>();
  }
  /// Counts into `recorder`, which outlives the peer and may be shared by peers of one thread.
  Builder&& measure(measure::Recorder& recorder) && {
    peer_->meter_ = measure::Meter(&recorder);
    return std::move(*this);
  }
  /// Initializes and starts all peerlets.
  std::unique_ptr<Peer> start() &&;

 private:
  friend Peer;
  explicit Builder(std::unique_ptr<Peer> peer) : peer_(std::move(peer)) {}

  std::unique_ptr<Peer> peer_;
};

}  // namespace tutti
