// Links: one between two peers, shared by all overlays, whoever of the two connected.
//
// This version connects to endpoints it is given and to whoever comes, and keeps the given ones alive: a link
// that is lost is tried again for ever, with growing and jittered pauses. Both sides introduce themselves by
// a Hello before anything else; a link is up once the other's Hello has been accepted. When two peers connect
// to each other at once, both keep the channel that the one with the smaller id began. In a session with a
// secret, the Hello proves that its sender knows it: nothing else is sent to who does not, or heard of it.
//
// Beside the targets there are candidates, peers that somebody has named who may be wrong or lying: so many
// at most, none twice, and one that fails too often in a row is given up.
//
// Upper floors see a link as up or down, and every change of the channel beneath it as down and up again:
// what was under way may be lost then, so they compare notes anew.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tutti/link/backoff.hpp"
#include "tutti/net/session_secret.hpp"
#include "tutti/net/transport.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti {

/// The first message on every channel, in both directions.
struct Hello {
  std::uint32_t protocol = 0;     ///< link_protocol_version
  std::string network;            ///< what the peers run, for example "rectangle 1": only equals link
  std::string name;               ///< what the peer calls itself, for people
  std::uint64_t incarnation = 0;  ///< see Origin
  Bytes proof;                    ///< membership_proof() for the receiver; empty in a session without secret
};
template <>
struct MessageTraits<Hello> {
  static constexpr MessageId id{0x0001};
};
inline constexpr std::uint32_t link_protocol_version = 6;
/// The messages by which links are kept up, rather than used.
inline constexpr MessageId first_upkeep_message{0x0004};
inline constexpr MessageId last_upkeep_message{0x000f};

/// Somebody to be linked with.
struct LinkTarget {
  Endpoint endpoint;           ///< a place, or the peer itself wherever it is (net/route/peer_endpoint.hpp)
  std::optional<PeerId> peer;  ///< if set, nobody else will do

  bool operator==(const LinkTarget&) const = default;
};

struct LinkOptions {
  std::string network{};  ///< peers of another network are refused by name
  /// With one, only peers that know it are linked with.
  std::optional<SessionSecret> secret{};
  std::string name{};                 ///< for people; at most name_bytes_max
  std::vector<LinkTarget> targets{};  ///< to be linked with for as long as the peer lives
  BackoffOptions backoff{};
  std::size_t candidates_max = 128;        ///< further ones are ignored until others have been given up
  std::size_t candidate_failures_max = 3;  ///< in a row; a link that is lost counts as the first
  std::size_t links_max = 256;             ///< further incoming ones are refused
  std::size_t queue_bytes_max =
      8 << 20;  ///< per class: a receiver this far behind is cut off and compares notes later
  Duration hello_timeout = std::chrono::seconds(5);
  Duration penalty = std::chrono::seconds(30);  ///< for how long a peer that broke a rule is refused
};

/// Brings this peer together with others whose place it does not know: see introductions.hpp.
class Introducer {
 public:
  /// False if nobody can be asked.
  virtual bool introduce(PeerId peer) = 0;

 protected:
  ~Introducer() = default;
};

class LinkManager final : public Peerlet, public Carrier, private TransportHandler {
 public:
  static constexpr std::size_t name_bytes_max = 64;
  static constexpr std::size_t network_bytes_max = 128;

  /// Owns the transport.
  LinkManager(std::unique_ptr<Transport> transport, LinkOptions options);
  ~LinkManager() override;

  void init(Peer& peer) override;
  void start() override;
  void stop() override;

  /// Keeps a link to one more target from now on.
  void add_target(const LinkTarget& target);
  /// Tries for a link to somebody who may not be there. False if nothing is done: it is a target or candidate
  /// already, it is this peer or is linked with, or there are candidates_max already.
  bool add_candidate(const LinkTarget& target);
  /// The network may be another one: who could not be reached is tried at once.
  void network_changed();
  [[nodiscard]] Endpoint local_endpoint() const { return transport_->local_endpoint(); }
  /// Over every link that is silent for so long, a sign of life is sent; see Transport.
  void set_keep_alive(std::optional<Duration> silence) { transport_->set_keep_alive(silence); }
  /// Asked before a peer is connected to whose place is not given; null if the transport needs none.
  void set_introducer(Introducer* introducer) { introducer_ = introducer; }

  bool send(PeerId to, const Envelope& message, Priority priority, Duration useful) override;
  bool send_unreliable(PeerId to, const Envelope& message) override;
  [[nodiscard]] std::size_t queue_bytes(PeerId to, Priority priority) const override;
  [[nodiscard]] bool writable(PeerId to, Priority priority) const override;
  void disconnect(PeerId culprit, std::string_view why) override;
  [[nodiscard]] std::vector<PeerId> neighbours() const override;

  // For the collector of links nobody needs (link_collector.hpp).
  /// Whether a peerlet has used that link since this was asked last.
  bool take_use(PeerId peer);
  /// It may end: when it does without having been used again, candidates it was for are not tried again.
  void release(PeerId peer);
  /// Ends a link that has been released.
  void close_released(PeerId peer) { condemn(peer, "neither side needs it"); }
  /// On links to its targets, which are there for as long as the peer lives.
  [[nodiscard]] bool insists_on(PeerId peer) const override;

  /// A link that is up.
  struct Link {
    Channel* channel = nullptr;
    std::string name;
    std::uint64_t incarnation = 0;
    TimePoint since;
    bool used = true;
    bool released = false;
    std::optional<std::string> condemned{};  ///< why it ends as soon as the present handler has returned
  };
  [[nodiscard]] const std::map<PeerId, Link>& links() const { return links_; }

  /// Whom there is no link with and why, as far as was tried: a sentence for each.
  [[nodiscard]] std::vector<std::pair<LinkTarget, std::string>> failures() const;

 private:
  /// What is counted of the links: see docs/measuring.md.
  struct Counts {
    std::array<measure::Counter, priority_count> sent;
    measure::Counter sent_unreliable;
    measure::Counter expired;
    measure::Counter received;
    measure::Counter ups;
    measure::Counter downs;
    measure::Counter refused;
    measure::Gauge links;
  };
  struct Target;
  struct Newcomer;  // a channel whose Hello is still to come
  struct Refusal {
    PeerId peer;
    TimePoint until;
    std::string why;
  };

  void channel_opened(Channel& channel) override;
  void message_received(Channel& channel, const Received& message) override;
  void channel_closed(Channel& channel, const Closing& closing) override;
  void channel_writable(Channel& channel, Priority priority) override;
  void messages_expired(Channel& channel, std::size_t count) override;

  void connect(Target& target);
  void retry_later(Target& target);
  Target* target_of(ChannelId channel);
  /// Of whoever was there: `needed` unless the link has been released.
  void retry_targets_of(PeerId peer, bool needed);
  void lose(Target& target, bool needed);

  void hello_received(Channel& channel, const Hello& hello);
  [[nodiscard]] std::optional<std::string> reason_to_refuse(const Channel& channel, const Hello& hello);
  /// Whether a new channel takes the place of a link's present one.
  [[nodiscard]] bool supersedes(const Channel& channel, const Hello& hello, const Link& present) const;
  void refuse(Channel& channel, std::string_view why);
  /// Tells the peer, and counts.
  void link_is_up(PeerId peer);
  void link_is_down(PeerId peer);
  /// Ends a link soon: whoever asks may be in the middle of a walk over the links.
  void condemn(PeerId peer, std::string why);
  void end_condemned();
  const Refusal* refusal_of(PeerId peer);

  std::unique_ptr<Transport> transport_;
  LinkOptions options_;
  Peer* peer_ = nullptr;
  Introducer* introducer_ = nullptr;
  Counts counts_;
  std::optional<Timer> executioner_;
  std::vector<std::unique_ptr<Target>> targets_;
  std::map<ChannelId, Newcomer> newcomers_;
  std::map<PeerId, Link> links_;
  std::vector<Refusal> refusals_;
};

}  // namespace tutti
