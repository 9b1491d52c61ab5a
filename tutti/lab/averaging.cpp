#include "tutti/lab/averaging.hpp"

namespace tutti::lab {

void Averaging::init(Peer& peer) {
  peer_ = &peer;
  timer_.emplace(peer.runtime(), [this] { gossip(); });
}

void Averaging::start() {
  // Anywhere within the first period, so that peers that start together do not speak together.
  timer_->arm(from_seconds(in_seconds(period) * peer_->random().uniform()));
}

void Averaging::gossip() {
  timer_->arm(period);
  const PeerId partner = sampler_.sample(peer_->random());
  if (partner != peer_->id()) peer_->send(partner, AveragingPush{value_}, Priority::medium);
}

void Averaging::push_received(PeerId from, const AveragingPush& push) {
  peer_->send(from, AveragingReply{value_}, Priority::medium);
  value_ = (value_ + push.value) / 2;
}

void Averaging::reply_received(PeerId /*from*/, const AveragingReply& reply) {
  value_ = (value_ + reply.value) / 2;
}

}  // namespace tutti::lab
