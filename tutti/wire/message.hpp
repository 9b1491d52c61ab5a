// A message: a plain aggregate with an id.
//
//   struct Store { Key key; Bytes value; };
//   template <> struct tutti::MessageTraits<Store> { static constexpr MessageId id{0x0301}; };
//
// On its way a message is an Envelope: immutable, shared by all who are to receive it, encoded at most once
// and only if something needs bytes. In simulation nothing does, and the receiver is handed the sender's
// object. An envelope stays on the thread that made it.
#pragma once

#include <concepts>
#include <expected>
#include <type_traits>
#include <utility>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/base/time.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti {

/// Specialize for each message type: `static constexpr MessageId id`, unique within the network.
template <typename T>
struct MessageTraits;

template <typename T>
concept Message = std::is_aggregate_v<T> && std::copyable<T> && requires {
  { MessageTraits<T>::id } -> std::convertible_to<MessageId>;
};

namespace wire {
/// Its address names the type M within this process.
template <Message M>
inline constexpr char type_tag = 0;
}  // namespace wire

class Envelope {
 public:
  template <Message M>
  explicit Envelope(M message) : contents_(new Typed<M>(std::move(message))) {}

  [[nodiscard]] MessageId id() const { return contents_->id; }
  /// The encoded message, without its id. Valid as long as the envelope.
  [[nodiscard]] ByteView body() const {
    if (contents_->encoded.empty()) contents_->write(contents_->encoded);
    return contents_->encoded;
  }
  /// Asks the processor to fetch it, for it will soon be read.
  void prefetch() const { __builtin_prefetch(contents_.get()); }
  /// The same message, sharing nothing with this envelope: for another thread.
  [[nodiscard]] Envelope unshared() const { return Envelope(contents_->copy()); }
  /// The message itself if it is an M, else null.
  template <Message M>
  [[nodiscard]] const M* get_if() const {
    if (contents_->tag != &wire::type_tag<M>) return nullptr;
    return &static_cast<const Typed<M>&>(*contents_).message;
  }

 private:
  struct Contents : boost::intrusive_ref_counter<Contents, boost::thread_unsafe_counter> {
    Contents(MessageId its_id, const char* its_tag) : id(its_id), tag(its_tag) {}
    Contents(const Contents&) = delete;
    Contents& operator=(const Contents&) = delete;
    virtual ~Contents() = default;
    virtual void write(Bytes& out) const = 0;
    [[nodiscard]] virtual const Contents* copy() const = 0;

    MessageId id;
    const char* tag;
    mutable Bytes encoded;  // empty until somebody asks: no message encodes to nothing
  };
  template <Message M>
  struct Typed final : Contents {
    explicit Typed(M its_message)
        : Contents(MessageTraits<M>::id, &wire::type_tag<M>), message(std::move(its_message)) {}
    void write(Bytes& out) const override { encode(message, out); }
    [[nodiscard]] const Contents* copy() const override { return new Typed(message); }

    M message;
  };

  explicit Envelope(const Contents* contents) : contents_(contents) {}

  boost::intrusive_ptr<const Contents> contents_;
};

/// For how long a message is useful that never expires.
inline constexpr Duration always_useful = Duration::max();

/// A message at its receiver: the sender's envelope, or bytes off a network. Valid during the call that hands
/// it over.
class Received {
 public:
  explicit Received(const Envelope& envelope) : envelope_(&envelope), id_(envelope.id()) {}
  Received(MessageId id, ByteView body) : id_(id), body_(body) {}

  [[nodiscard]] MessageId id() const { return id_; }

  /// Calls `use(const M&)`. Fails, without calling, if the bytes are no M.
  template <Message M, std::invocable<const M&> Use>
  std::expected<void, DecodeError> open(Use&& use) const {
    if (envelope_ != nullptr) {
      const M* message = envelope_->get_if<M>();
      if (message == nullptr) return std::unexpected(DecodeError::wrong_type);
      use(*message);
      return {};
    }
    auto message = decode<M>(body_);
    if (!message) return std::unexpected(message.error());
    use(*message);
    return {};
  }

 private:
  const Envelope* envelope_ = nullptr;
  MessageId id_;
  ByteView body_;
};

}  // namespace tutti
