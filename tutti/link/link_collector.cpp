#include "tutti/link/link_collector.hpp"

#include <algorithm>
#include <vector>

namespace tutti {

void LinkCollector::init(Peer& peer) {
  peer_ = &peer;
  offered_ = peer.measure().counter("link.released");
  sweeper_.emplace(peer.runtime(), [this] { sweep(); });
}

void LinkCollector::link_up(PeerId /*peer*/) {
  if (links_->links().size() > options_.kept && !sweeper_->armed()) sweeper_->arm(options_.idle);
}

void LinkCollector::sweep() {
  // A link counts as used until a whole period has passed without use.
  std::vector<PeerId> idle;
  for (const auto& peer : links_->neighbours())
    if (!links_->take_use(peer)) idle.push_back(peer);
  const auto count = links_->links().size();
  auto surplus = count > options_.kept ? count - options_.kept : 0;
  // Not always the same first, for their neighbours may insist every time.
  if (!idle.empty())
    std::ranges::rotate(idle, idle.begin() + static_cast<std::ptrdiff_t>(peer_->random().below(idle.size())));
  for (const auto& peer : idle) {
    if (surplus == 0) break;
    if (peer_->insists_on(peer)) continue;
    links_->release(peer);
    peer_->send(peer, Release{}, Priority::low);
    offered_.add();
    --surplus;
  }
  if (count > options_.kept) sweeper_->arm(options_.idle);
}

void LinkCollector::release_received(PeerId from, const Release& /*message*/) {
  if (peer_->insists_on(from)) return;
  links_->release(from);
  links_->close_released(from);
}

}  // namespace tutti
