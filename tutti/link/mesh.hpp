// Keeps a peer linked with as many others as it wants. Who knows one member of a session, from a ticket say,
// would be cut off with that one alone. So neighbours tell each other whom they are linked with, and a peer
// with too few links asks for one to a neighbour's neighbour, whom that neighbour can introduce: links become
// a random graph in which everybody has some, whoever came first.
//
// Links over a relay do not count, for they end together with the relay: whoever has no other would be cut
// off when it dies. So a peer that can be reached by few goes on looking until it has found enough of those,
// or has several times as many links as it wants.
//
// It only asks for links and never closes one.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "tutti/link/link_manager.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti {

/// To a neighbour: whom I am linked with, some of them if they are many.
struct Neighbours {
  std::vector<PeerId> peers{};
};
template <>
struct MessageTraits<Neighbours> {
  static constexpr MessageId id{0x0008};
};

struct MeshOptions {
  /// With fewer direct links, more are looked for; with none wanted this peer only tells others.
  std::size_t wanted = 3;
  /// With so many links for each wanted one, of whatever kind, no more are looked for.
  std::size_t patience = 4;
  /// Between two looks, and between two words to the neighbours, in the mean.
  Duration period = std::chrono::seconds(2);
};

class Mesh final : public Peerlet {
 public:
  /// Of one neighbour: it says no more, and of more the rest is ignored.
  static constexpr std::size_t told_max = 64;

  explicit Mesh(const MeshOptions& options) : options_(options) {}

  void init(Peer& peer) override;
  void find_others(Peer& peer) override { links_ = peer.find<LinkManager>(); }
  void start() override { look_later(); }
  void stop() override { timer_.reset(); }
  void link_up(PeerId peer) override;
  /// Whether `neighbour` has said that it is linked with `peer`.
  [[nodiscard]] bool has_told(PeerId neighbour, PeerId peer) const;
  void link_down(PeerId peer) override;
  /// On direct links while there are no more of them than are wanted.
  [[nodiscard]] bool insists_on(PeerId peer) const override;

  void neighbours_received(PeerId from, const Neighbours& message);
  static constexpr auto handlers = tutti::handlers<&Mesh::neighbours_received>;

 private:
  [[nodiscard]] std::size_t direct_links() const;
  void look();
  void look_later();
  void tell();

  MeshOptions options_;
  Peer* peer_ = nullptr;
  LinkManager* links_ = nullptr;
  std::map<PeerId, std::vector<PeerId>> neighbours_of_;
  bool changed_ = false;
  std::optional<Timer> timer_;
};

}  // namespace tutti
