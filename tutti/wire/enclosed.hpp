// A message inside a message.
//
// What is put in travels as the envelope it is: in simulation the receiver opens the sender's object, and
// only where something needs bytes it is encoded, as an array of its id and its body. So whoever passes
// messages on need not know their types.
#pragma once

#include <optional>
#include <utility>

#include "tutti/wire/message.hpp"

namespace tutti {

class Enclosed {
 public:
  /// Holds nothing: opens as a message that nobody knows.
  Enclosed() = default;
  explicit Enclosed(Envelope envelope) : envelope_(std::move(envelope)) {}
  /// A copy shares nothing with the original, as Envelope::unshared() needs it.
  Enclosed(const Enclosed& other) : encoded_(other.encoded_) {
    if (other.envelope_) envelope_ = other.envelope_->unshared();
  }
  Enclosed& operator=(const Enclosed& other) { return *this = Enclosed(other); }
  Enclosed(Enclosed&&) = default;
  Enclosed& operator=(Enclosed&&) = default;
  ~Enclosed() = default;

  /// Valid as long as this object.
  [[nodiscard]] Received received() const {
    return envelope_ ? Received(*envelope_) : Received(encoded_.id, encoded_.body);
  }

  // For the codec.
  void write(Writer& writer) const {
    writer.array(2);
    wire::write(writer, envelope_ ? envelope_->id() : encoded_.id);
    writer.binary(envelope_ ? envelope_->body() : encoded_.body);
  }
  bool read(Reader& reader) { return wire::read(reader, encoded_); }

 private:
  struct Encoded {
    MessageId id;
    Bytes body;
  };

  std::optional<Envelope> envelope_;
  Encoded encoded_;  // used without an envelope
};

}  // namespace tutti
