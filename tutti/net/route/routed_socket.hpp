// A socket that finds the way. What stands on it, a QUIC transport, sends to peers and not to places
// (peer_endpoint.hpp), and so never notices that the way to a peer changes: from a relay to a direct one,
// from one network to the next. (The secure session has one constant path; the real one is chosen beneath
// it.)
//
//   QuicTransport     to peer 5f3a...              to 192.0.2.1:5000
//   ------------------------|------------------------------|---------
//   RoutedSocket      Routes: which way now?          passed through
//   ------------------------|------------------------------|---------
//   DatagramSocket    198.51.100.7:4321, or a relay   192.0.2.1:5000
//
// How ways become known. Whoever connects to a place and proves to be a peer there is at that place. When a
// peer is sighted at another place later, for it has moved or its NAT has forgotten it, that place is checked
// first (RFC 9000, 8.2, "path validation"): the source that a packet names is whatever its sender likes, and
// nobody shall turn what is meant for him on somebody else. Two peers who do not know each other's place are
// introduced by a third, with which both are linked: each is told where the other may be, and that is a
// meeting. From then on both send connectivity checks to all those places (search.hpp), which is what opens
// NATs, and meanwhile the third is a relay between them: so they can talk at once, and directly as soon as a
// check is answered. The relay is a way like any other, only the last to be taken. Where the NATs are such
// that plain checks fail, one side opens many sockets and the other tries many ports (birthday.hpp); a way
// that is found so keeps its socket.
//
// Where a network lets no datagrams through, a byte stream carries them (tunnels.hpp): a place that does not
// answer is tried that way, too, and whoever is found there is reached so until datagrams get through again.
//
// A relayed datagram is the meeting's number and any datagram, so the relay sees only sizes. It passes on
// only what comes from one of the two, and only so much (relay_table.hpp).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tutti/net/route/birthday.hpp"
#include "tutti/net/route/candidate_pair.hpp"
#include "tutti/net/route/check.hpp"
#include "tutti/net/route/local_sockets.hpp"
#include "tutti/net/route/relay_table.hpp"
#include "tutti/net/route/routes.hpp"
#include "tutti/net/route/search.hpp"
#include "tutti/net/route/tunnel_table.hpp"
#include "tutti/net/route/tunnels.hpp"
#include "tutti/net/route/unanswered.hpp"
#include "tutti/net/route/unheard.hpp"
#include "tutti/net/udp/datagram_socket.hpp"
#include "tutti/runtime/runtime.hpp"

namespace tutti {

/// Two peers who have been introduced, as one of them sees it.
struct Meeting {
  MeetingId id{};
  PeerId peer;                     ///< the other one
  CheckKey key{};                  ///< of the checks between the two
  PeerId relay;                    ///< who has introduced them
  std::vector<Endpoint> places{};  ///< where the other one may be, the likeliest first
  /// What is done if nobody answers there. `seen` must be where the relay itself sees the other one.
  struct Probing {
    Birthday::Side side{};
    Endpoint seen;
  };
  std::optional<Probing> probing{};
};

class RoutedSocket final : public DatagramSocket {
 public:
  /// What stands before a relayed datagram: its type and the meeting.
  static constexpr std::size_t relayed_header_bytes = 9;
  /// A place where a peer is sighted is checked no more often.
  static constexpr Duration validation_pause = std::chrono::milliseconds(20);
  /// A meeting is forgotten after this long without a word over its relay, and its search with it.
  static constexpr Duration meeting_idle = std::chrono::minutes(2);
  /// Of the places that are named in a meeting, the likeliest ones are tried by a tunnel, too, where no
  /// datagrams get through.
  static constexpr std::size_t tunnelled_places_max = 2;
  /// Meetings at once; the oldest goes.
  static constexpr std::size_t meetings_max = 256;

  struct Counters {
    std::uint64_t relayed = 0;        ///< datagrams passed on between others
    std::uint64_t relay_refused = 0;  ///< not passed on: from neither of the two, or beyond the limit
    std::uint64_t relayed_unknown =
        0;  ///< received over a relay, but of no meeting of ours or not from its relay
    std::uint64_t checks_sent = 0;    ///< requests and responses
    std::uint64_t checks_forged = 0;  ///< of no meeting, or not sealed with its key
    std::uint64_t sightings = 0;      ///< genuine packets of peers from places that were not known as theirs
    std::uint64_t no_route = 0;       ///< datagrams for peers to whom no way is known
    std::uint64_t probings = 0;       ///< birthday probings begun
    std::uint64_t strays = 0;         ///< received by a socket that was opened for somebody else
  };

  /// For the peer `self`. `open` gives more sockets like `inner`, at ports of their own; without it this peer
  /// is never the one who opens many. Without `tunnels` there are only datagrams.
  RoutedSocket(Runtime& runtime, const PeerId& self, std::unique_ptr<DatagramSocket> inner,
               LocalSockets::Open open = {}, const RelayLimits& limits = {},
               std::unique_ptr<Tunnels> tunnels = nullptr);
  ~RoutedSocket() override;

  // To the transport above.
  void start(DatagramHandler& handler) override;
  void send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) override;
  [[nodiscard]] Endpoint local_endpoint() const override { return sockets_.local_endpoint(); }
  Endpoint opened(const PeerId& peer, const Endpoint& place, const ChannelSecret& secret) override;
  Endpoint sighted(const PeerId& peer, const Endpoint& place) override;
  void closed(const ChannelSecret& secret) override;
  void departed(const PeerId& peer) override;
  [[nodiscard]] Endpoint place_of(const Endpoint& target) const override;

  // To the link layer.
  /// Begins a meeting, or adds places to one: the other peer can be sent to at once, over the relay, and is
  /// searched for. A meeting of another peer's by the same number stays as it is.
  void meet(const Meeting& meeting);
  [[nodiscard]] bool meets(MeetingId meeting) const { return meetings_.contains(meeting); }
  /// It has failed: whoever was asked to introduce the two cannot.
  void end_meeting(MeetingId meeting);
  /// Passes on between two others from now on. The error says why not.
  std::optional<RelayTable::Refusal> relay(MeetingId meeting, const PeerId& one, const PeerId& other) {
    return relays_.open(meeting, one, other, runtime_.now());
  }

  /// Whether something has been passed on to or from that peer lately.
  [[nodiscard]] bool relays_for(const PeerId& peer) const { return relays_.serves(peer, runtime_.now()); }

  // To find out whom this peer's NAT lets in, and for how long.
  /// Sends two copies of a check to a place, from a port of its own: from the main one it would open this
  /// peer's own NAT for whoever is there. False if there is no other port to be had.
  bool knock(const Endpoint& place, MeetingId number, const CheckKey& key);
  /// Tells from where such checks come, until end_knocks(), which `heard` must not call. False if that number
  /// is in use.
  bool expect_knocks(MeetingId number, const CheckKey& key, std::function<void(const Endpoint&)> heard);
  void end_knocks(MeetingId number) { knocks_.erase(number); }
  /// Sends such a check back from the port at which it was expected.
  void answer_knock(const Endpoint& source, MeetingId number, const CheckKey& key);
  /// One more socket, like this peer's but at a port of its own and of no use for any way; null if there is
  /// none to be had.
  [[nodiscard]] std::unique_ptr<DatagramSocket> open_further() const { return sockets_.open_apart(); }
  /// Whether a peer is, or may be, at that address: then a NAT may let in what comes from there.
  [[nodiscard]] bool has_to_do_with(const decltype(Endpoint::address)& address) const;

  /// The ways to a peer; null if none was ever known.
  [[nodiscard]] const Routes* routes_to(const PeerId& peer) const;
  /// The direct way that is taken; null if there is none.
  [[nodiscard]] const Route* direct_route_to(const PeerId& peer) const;
  /// Whether a direct way is taken that is not in doubt.
  [[nodiscard]] bool reaches_directly(const PeerId& peer) const;
  /// Whether no meeting with that peer has a place left to check.
  [[nodiscard]] bool searched(const PeerId& peer) const;
  /// Sockets that are open besides the first one: those of a probing, and one of each way found by it.
  [[nodiscard]] std::size_t further_sockets() const { return sockets_.further(); }
  /// What was tried in a meeting and what came of it, for people; empty if it is not known.
  [[nodiscard]] std::string trace_of(MeetingId meeting) const;
  /// Called when the way to a peer changes or is in doubt, from inside whatever call has changed it: it must
  /// not call back.
  void on_route_change(std::function<void(const PeerId& peer)> listener) { listener_ = std::move(listener); }

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::vector<Tally> tallies() const override;

 private:
  /// A request that has not been answered.
  struct Asked {
    CandidatePair pair;
    TimePoint at;
    bool probe = false;
  };
  struct Held {
    Meeting meeting;
    Search search;
    std::optional<Birthday> birthday{};
    std::map<std::uint64_t, Asked> asked{};  // by transaction
    TimePoint used;
  };

  /// An open channel of the transport above. Its peer has no other key for checks when it is sighted
  /// somewhere.
  struct Session {
    MeetingId number{};
    CheckKey key{};
    std::optional<std::pair<std::uint64_t, Asked>> asked{};  // the check under way, by its transaction
  };

  /// What is known of a peer.
  struct Known {
    Routes routes;
    std::vector<Session> sessions;
    Unanswered unanswered;
    TimePoint heard{};  ///< when something last came on the way that is taken, or that way was first taken
  };

  struct Knocks {
    CheckKey key{};
    std::function<void(const Endpoint&)> heard{};
  };

  void datagrams_received(SocketNumber socket, std::span<const Datagram> datagrams);
  /// One that is neither a check nor relayed.
  void plain_received(SocketNumber socket, const Datagram& datagram);
  /// Adds a direct way to a peer, which has just been used, by `how` and takes it from anybody else.
  void settle(const PeerId& peer, const CandidatePair& pair, const std::function<void(Routes&)>& how);
  /// Something has come from a peer on that way.
  void heard(PeerId peer, const Route& route);
  void relayed_received(SocketNumber socket, const Datagram& datagram);
  /// Counts what was dropped, and says so while that is worth a line.
  void drop(std::uint64_t& counter, const Endpoint& source, std::string_view what);
  void drop_forged(const Endpoint& source) {
    drop(counters_.checks_forged, source, "a connectivity check of no meeting, or not sealed with its key");
  }
  void pass_on(MeetingId meeting, SocketNumber socket, const Datagram& datagram);
  void check_received(SocketNumber socket, const Datagram& datagram);
  /// Whether it is one.
  bool knock_received(const Datagram& datagram);
  /// The same for a check within a session.
  void session_check_received(const CandidatePair& pair, ByteView datagram, const PeerId& peer);
  void respond(const CandidatePair& to, const Check& request, const CheckKey& key);
  /// The way that a datagram has come, of whose source the transport was told `place`.
  [[nodiscard]] CandidatePair pair_of(const Endpoint& place) const;
  void answered(Held& held, const CandidatePair& pair, std::uint64_t transaction);
  void send_check(const CandidatePair& to, const Check& check, const CheckKey& key);
  void ask(Held& held, const Asked& asked);
  void send_to_place(const Endpoint& place, ByteView bytes, std::size_t segment_bytes);
  SocketNumber tunnel_opened(Tunnel tunnel);
  void tunnel_ended(SocketNumber number);
  /// Something is sent there by datagram; if nothing comes back, a tunnel is tried.
  void open_if_unheard(const Endpoint& place);
  /// A place is checked in a meeting; perhaps only a tunnel leads there.
  void try_tunnel(const Held& held, const Endpoint& place);
  void tend_tunnels();
  /// Asks whether a peer with whom there is a session is at that place, where it will be followed to.
  void check_place(const PeerId& peer, const CandidatePair& pair);
  void send_relayed(const Route& route, ByteView bytes, std::size_t segment_bytes);
  void plan_probing(Held& held, const std::optional<Meeting::Probing>& probing);
  void search();
  void probe(Held& held);
  /// Why not now; otherwise it begins.
  std::optional<std::string_view> begin_probing(Held& held);
  void end_probing();
  void close_unused();
  void watch_searches();
  void forget(MeetingId meeting);
  void forget_idle();
  void change(PeerId peer, const std::function<void(Routes&)>& how);

  Runtime& runtime_;
  PeerId self_;
  LocalSockets sockets_;
  DatagramHandler* handler_ = nullptr;
  std::function<void(const PeerId&)> listener_;
  Counters counters_;
  std::map<PeerId, Known> known_;
  std::unordered_map<MeetingId, PeerId> sessions_;   // whose they are; only looked up, never iterated
  std::unordered_map<CandidatePair, PeerId> peers_;  // who is at a place, seen from one of the sockets
  std::map<MeetingId, Held> meetings_;
  std::unique_ptr<Tunnels> tunnels_;
  TunnelTable open_tunnels_;
  Unheard unheard_;
  std::map<MeetingId, Knocks> knocks_;
  RelayTable relays_;
  std::uint64_t last_transaction_;
  std::optional<MeetingId> probing_;  // whose birthday probing is under way
  BirthdayLimit probing_limit_;
  Timer searcher_;
  Timer closer_;
  Timer tender_;
  std::vector<Datagram> upward_;  // what the handler is given, while it is collected
  Bytes wrapped_;
};

}  // namespace tutti
