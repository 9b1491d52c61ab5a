#include "tutti/link/mesh.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "tutti/net/route/peer_endpoint.hpp"

namespace tutti {
namespace {

bool is_direct(const LinkManager::Link& link) {
  return !link.condemned && !peer_at(link.channel->remote_endpoint());
}

}  // namespace

void Mesh::init(Peer& peer) {
  peer_ = &peer;
  timer_.emplace(peer.runtime(), [this] { look(); });
}

void Mesh::link_up(PeerId) {
  changed_ = true;
}

void Mesh::link_down(PeerId peer) {
  neighbours_of_.erase(peer);
  changed_ = true;
}

void Mesh::neighbours_received(PeerId from, const Neighbours& message) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(message.peers.size(), told_max));
  neighbours_of_[from].assign(message.peers.begin(), message.peers.begin() + count);
}

bool Mesh::has_told(PeerId neighbour, PeerId peer) const {
  const auto told = neighbours_of_.find(neighbour);
  return told != neighbours_of_.end() && std::ranges::find(told->second, peer) != told->second.end();
}

std::size_t Mesh::direct_links() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(links_->links(), [](const auto& link) { return is_direct(link.second); }));
}

bool Mesh::insists_on(PeerId peer) const {
  const auto link = links_->links().find(peer);
  return link != links_->links().end() && is_direct(link->second) && direct_links() <= options_.wanted;
}

/// Not all at once, and not at one moment in all peers.
void Mesh::look_later() {
  timer_->arm(jittered(options_.period, peer_->random()));
}

void Mesh::tell() {
  Neighbours mine{.peers = links_->neighbours()};
  while (mine.peers.size() > told_max) {
    mine.peers[peer_->random().below(mine.peers.size())] = mine.peers.back();
    mine.peers.pop_back();
  }
  const Envelope envelope(std::move(mine));
  for (const auto& neighbour : links_->neighbours()) peer_->send(neighbour, envelope, Priority::medium);
}

void Mesh::look() {
  look_later();
  if (std::exchange(changed_, false)) tell();
  const auto& links = links_->links();
  const auto direct = direct_links();
  if (direct >= options_.wanted || links.size() >= options_.patience * options_.wanted) return;
  std::set<PeerId> strangers;
  for (const auto& [neighbour, peers] : neighbours_of_)
    for (const auto& peer : peers)
      if (peer != peer_->id() && !links.contains(peer)) strangers.insert(peer);
  for (auto missing = options_.wanted - direct; missing > 0 && !strangers.empty(); --missing) {
    const auto chosen =
        std::next(strangers.begin(), static_cast<std::ptrdiff_t>(peer_->random().below(strangers.size())));
    links_->add_candidate({peer_endpoint(*chosen), *chosen});
    strangers.erase(chosen);
  }
}

}  // namespace tutti
