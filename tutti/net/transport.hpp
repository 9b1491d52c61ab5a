// Authenticated channels to endpoints: ordered, reliable messages in three priority classes, and unreliable
// datagrams.
//
// A transport knows nothing of links, overlays or reconnecting: a channel opens once and closes once. No
// function here calls back before it returns; the handler is called from the runtime's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/base/ids.hpp"
#include "tutti/base/time.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/net/tally.hpp"
#include "tutti/wire/message.hpp"

namespace tutti {

/// Names a channel within its transport; never used twice.
using ChannelId = Strong<struct ChannelIdTag, std::uint64_t>;

/// Why a channel is no more.
enum class CloseReason : std::uint8_t {
  closed_by_remote,    ///< the other side closed it and said why
  unreachable,         ///< nobody answered in time
  timed_out,           ///< it was open and then silent for too long
  wrong_identity,      ///< the other side is not the peer that was expected, or cannot prove who it is
  wrong_protocol,      ///< the other side speaks another protocol or version
  protocol_violation,  ///< the other side sent bytes that no correct peer sends
};
std::string_view describe(CloseReason reason);

struct Closing {
  CloseReason reason{};
  std::string detail;  ///< one sentence for a person: what exactly happened
};

/// Unsent bytes up to which a class of a channel is writable (as TCP_NOTSENT_LOWAT): a dozen packets, enough
/// to keep a path full until the sender's next turn.
inline constexpr std::size_t unsent_bytes_low = 16 << 10;

/// One connection to one authenticated peer. Owned by its transport; the reference is valid until close() is
/// called or channel_closed() has returned.
class Channel {
 public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  [[nodiscard]] virtual ChannelId id() const = 0;
  /// Who the other side has proved to be. Known once the channel is open.
  [[nodiscard]] virtual PeerId remote() const = 0;
  [[nodiscard]] virtual Endpoint remote_endpoint() const = 0;
  /// Whether this side connected.
  [[nodiscard]] virtual bool outgoing() const = 0;

  /// Queues a message behind the others of its class; only on an open channel. Never refuses: whoever sends
  /// watches queue_bytes() or writable(). A message that has waited for longer than it is `useful` is dropped
  /// instead of sent, and messages_expired() called.
  virtual void send(const Envelope& message, Priority priority, Duration useful) = 0;
  /// The same for a message that is always useful.
  void send(const Envelope& message, Priority priority) { send(message, priority, always_useful); }
  /// Sends a message that may be lost, overtaken or doubled. False if it is too large for one packet (see
  /// datagram_bytes_max) or the other side takes none. There is no telling how long it is useful: it goes
  /// ahead of all classes, and beyond a small queue the oldest are dropped.
  virtual bool send_unreliable(const Envelope& message) = 0;
  /// What was sent in that class and the other side has not yet acknowledged.
  [[nodiscard]] virtual std::size_t queue_bytes(Priority priority) const = 0;
  /// The part of it that has not yet been handed to the network. All the rest is in flight.
  [[nodiscard]] virtual std::size_t unsent_bytes(Priority priority) const = 0;
  /// Whether there is little of that. Whoever sends much goes on while it is so and then waits for
  /// channel_writable(): so the path is always full, and no queue in this peer is long.
  [[nodiscard]] bool writable(Priority priority) const { return unsent_bytes(priority) <= unsent_bytes_low; }

  /// Ends it; the other side is told `why` if it can be. The channel is gone when this returns, and
  /// channel_closed() is not called.
  virtual void close(std::string_view why) = 0;

 protected:
  ~Channel() = default;
};

/// A body that surely fits one datagram on any path.
inline constexpr std::size_t datagram_bytes_max = 1000;

class TransportHandler {
 public:
  /// A channel that was asked for, or that another peer asked for, is ready: both sides have authenticated
  /// each other.
  virtual void channel_opened(Channel& channel) = 0;
  virtual void message_received(Channel& channel, const Received& message) = 0;
  /// A channel could not be opened, or is no more: the last call about it. What was queued may or may not
  /// have arrived.
  virtual void channel_closed(Channel& channel, const Closing& closing) = 0;
  /// A class that was not writable is.
  virtual void channel_writable(Channel& /*channel*/, Priority /*priority*/) {}
  /// So many messages were dropped because they were useless before they could be sent.
  virtual void messages_expired(Channel& /*channel*/, std::size_t /*count*/) {}

 protected:
  ~TransportHandler() = default;
};

/// Lives on one runtime and calls back on its thread. Destroying it ends all channels without further calls.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  [[nodiscard]] virtual PeerId local_peer() const = 0;
  /// Where other peers reach this one, as far as it knows itself.
  [[nodiscard]] virtual Endpoint local_endpoint() const = 0;

  /// Must be called once, before anything else happens. The handler outlives the transport.
  virtual void start(TransportHandler& handler) = 0;

  /// On every channel that is silent for so long, a sign of life is sent, for NATs on the way to remember it;
  /// without a length, as often as the transport was made to.
  virtual void set_keep_alive(std::optional<Duration> silence) = 0;

  /// Begins a channel; channel_opened() or channel_closed() follows. With `expected`, only that peer will do.
  virtual Channel& connect(const Endpoint& endpoint, std::optional<PeerId> expected) = 0;

  /// What it counts, and what is counted below it.
  [[nodiscard]] virtual std::vector<Tally> tallies() const { return {}; }
};

}  // namespace tutti
