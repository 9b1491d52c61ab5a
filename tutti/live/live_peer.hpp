// One live peer of a session: its socket, its links, its timeline and its network time on a thread of their
// own, and a queue each way to the application's thread. However slow the application is, others' events pass
// through this peer at once.
#pragma once

#include <atomic>
#include <deque>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/lockfree/spsc_queue.hpp>

#include "tutti/lab/prometheus.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/live/bootstrap/bootstrap.hpp"
#include "tutti/live/port_mapping/port_mapping.hpp"
#include "tutti/live/ticket.hpp"
#include "tutti/net/model/network_model.hpp"
#include "tutti/net/quic/quic_options.hpp"
#include "tutti/runtime/real_runtime.hpp"
#include "tutti/symmetric/session.hpp"

namespace tutti {

class Bootstraps;
class Impaired;
class Introductions;
class Surroundings;

struct LiveOptions {
  /// Where others reach this peer; port 0 takes any. "[::]" serves IPv4 as well.
  Endpoint listen{};
  std::vector<LinkTarget> links{};
  /// With fewer direct links than this, more are looked for among the neighbours of neighbours
  /// (link/mesh.hpp): three in a session with a ticket, none otherwise, unless it is said.
  std::optional<std::size_t> links_wanted{};
  /// Ways to find peers that nobody has named here: seed_list(), lan(), irc(), remembered_peers() or others,
  /// several at once.
  std::vector<BootstrapOpener> bootstraps{};
  /// Only peers of the same session are linked with, and those at its addresses are linked with, too. Without
  /// one, everybody who runs the same application may come.
  std::optional<Ticket> ticket{};
  /// Ways to ask a router for a mapping of this peer's port, so that strangers reach it; the first one that
  /// works is taken. Only in a session with a ticket: without one, nobody outside is expected.
  std::vector<PortMapperOpener> port_mappers = tutti::port_mappers();
  /// Whether this peer passes on between others who do not reach each other, within limits.
  bool relay = true;
  /// All that is said is signed by whoever says it (overlay/seal.hpp): for all peers of a session or for
  /// none. Where a ticket has a key, everything is.
  bool sign = false;
  /// The user watches and does nothing; so it is in any case with a ticket for spectators.
  bool watch = false;
  std::string name = "somebody";
  /// The peer's private key, made there if it is missing; without a file it is a new peer each time.
  std::filesystem::path identity_file{};
  /// How far ahead events are stamped.
  symmetric::DeadlinePolicy deadline{};
  /// How much of the past is kept.
  symmetric::HistoryOptions history{};
  /// No tick is run before all events for it are here: no rollbacks, and waiting for who lags. Links are had
  /// only with peers that do the same.
  std::optional<symmetric::Lockstep> lockstep{};
  /// What the network is to do to this peer's packets on top of what it does anyway.
  NetworkModelPtr network_model{};
  QuicOptions quic{};
  /// HOST:PORT where Prometheus is shown what this peer measures; nowhere if it is empty.
  std::string prometheus{};
  /// What happened is kept in this file before it is shown, and the next life of this peer goes on from
  /// there; it is made if it is missing. Nothing is kept if it is empty. Without an identity_file, the
  /// identity is kept beside it, in one that ends in ".key".
  std::filesystem::path store{};
  /// A replay file of the session, in place of one that may be there; none if it is empty.
  std::filesystem::path record{};
  LinkOptions link{};  ///< the names and targets in it are replaced by those above
  Log log{};           ///< its sink is called on the network's thread
};

class LivePeer {
 public:
  /// What the session needs to know of the application.
  struct Application {
    std::string network;  ///< name and version: only equals link
    std::string build{};  ///< the same; that of the program's file, if it is empty
    int ticks_per_second = 50;
    std::function<bool(ByteView)> is_event;
    std::function<bool(ByteView)> is_image;
  };

  /// Opens the socket and starts the network's thread. The error is a sentence: port in use, damaged key file
  /// ...
  static std::expected<std::unique_ptr<LivePeer>, std::string> open(const LiveOptions& options,
                                                                    const Application& application);
  /// Says goodbye to the neighbours and ends the thread.
  ~LivePeer();
  LivePeer(const LivePeer&) = delete;
  LivePeer& operator=(const LivePeer&) = delete;

  [[nodiscard]] PeerId id() const { return id_; }
  /// Whether its user only watches.
  [[nodiscard]] bool watches() const { return watches_; }
  /// Where it is bound.
  [[nodiscard]] Endpoint local_endpoint() const { return endpoint_; }

  /// Where Prometheus is served, if it is.
  [[nodiscard]] std::optional<std::uint16_t> prometheus_port() const {
    return prometheus_ ? std::optional(prometheus_->port()) : std::nullopt;
  }

  // The application's thread:

  /// The next thing from the session, if there is one.
  std::optional<symmetric::ToReplica> receive();
  void send(symmetric::ToSession message);
  /// Keeps a link to one more target.
  void add_target(const LinkTarget& target);
  /// From now on `listener` is called on the network's thread when the place where a router passes on to this
  /// peer is known, or another one; at once if it is known already.
  void on_mapped(std::function<void(const Endpoint& external)> listener);
  /// Unplugs this peer from the network, or plugs it in again.
  void set_cut(bool cut);
  /// Links that are up.
  [[nodiscard]] std::size_t link_count() const { return link_count_.load(std::memory_order_relaxed); }

 private:
  class LinkWitness;
  static constexpr std::size_t queue_size = 8192;

  LivePeer(const LiveOptions& options, PeerId id);

  void deliver(symmetric::ToReplica message);
  void drain_backlog();
  /// As of now.
  [[nodiscard]] Announcement announcement() const;
  /// Tells those who are to find this peer where it is, if that is somewhere else than they know.
  void announce();
  void mapping_changed();

  PeerId id_;
  bool watches_;
  Endpoint endpoint_;
  RealRuntime runtime_;
  Impaired* impaired_ = nullptr;  // within the transport
  measure::Recorder recorder_;
  std::unique_ptr<lab::PrometheusServer> prometheus_;
  std::unique_ptr<Surroundings> surroundings_;
  std::unique_ptr<Peer> peer_;
  LinkManager* links_ = nullptr;
  Introductions* introductions_ = nullptr;
  symmetric::Session* session_ = nullptr;
  boost::lockfree::spsc_queue<symmetric::ToReplica> to_replica_{queue_size};
  /// What found the queue full because the application stands still. Nothing is dropped: the broadcaster,
  /// which holds the same events, bounds how much there can be.
  std::deque<symmetric::ToReplica> backlog_;
  Timer backlog_timer_;
  std::string session_tag_;
  std::function<void(const Endpoint&)> mapped_;
  Announcement announced_;
  std::unique_ptr<Bootstraps> bootstraps_;  // goes before the links it finds peers for
  std::atomic<std::size_t> link_count_ = 0;
  std::thread thread_;
};

}  // namespace tutti
