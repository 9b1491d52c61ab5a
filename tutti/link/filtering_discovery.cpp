#include "tutti/link/filtering_discovery.hpp"

#include <utility>
#include <vector>

namespace tutti {
void FilteringDiscovery::init(Peer& peer) {
  peer_ = &peer;
  asker_.emplace(peer.runtime(), [this] { ask(); });
  judge_.emplace(peer.runtime(), [this] { judge(); });
}

void FilteringDiscovery::find_others(Peer& peer) {
  links_ = peer.find<LinkManager>();
  introductions_ = peer.find<Introductions>();
  mesh_ = peer.find<Mesh>();
}

void FilteringDiscovery::stop() {
  end_question();
  asker_.reset();
  judge_.reset();
}

void FilteringDiscovery::link_down(PeerId peer) {
  helpers_.forget(peer);
  own_rates_.erase(peer);
  others_rates_.erase(peer);
  if (question_ && question_->helper == peer) end_question();
}

void FilteringDiscovery::ask_later() {
  asker_->arm(jittered(period, peer_->random()));
}

void FilteringDiscovery::ask() {
  ask_later();
  if (question_ || introductions_->nat().filtering_judgements() >= helpers) return;
  std::vector<PeerId> able;
  for (const auto& [peer, link] : links_->links())
    if (introductions_->place_of(peer) && !introductions_->nat().filtering_judged_by(peer))
      able.push_back(peer);
  const auto helper = helpers_.choose(std::move(able), peer_->now(), peer_->random());
  if (!helper) return;
  const MeetingId number(peer_->random()());
  const auto key = random_check_key();
  if (!peer_->send(*helper, Knock{.number = number, .key = key}, Priority::medium) ||
      !socket_.expect_knocks(number, key, [this](const Endpoint& source) { heard(source); }))
    return;
  question_ = {.number = number, .helper = *helper, .place = *introductions_->place_of(*helper)};
  judge_->arm(patience);
}

void FilteringDiscovery::heard(const Endpoint& source) {
  if (!question_) return;
  if (source.address == question_->place.address)
    question_->another_port_heard |= source.port != question_->place.port;
  else
    (socket_.has_to_do_with(source.address) ? question_->acquaintance_heard : question_->stranger_heard) =
        true;
}

void FilteringDiscovery::answered(PeerId from, const Knocked& message) {
  if (question_ && question_->helper == from && question_->number == message.number)
    question_->answer = message;
}

std::optional<FilteringDiscovery::Question> FilteringDiscovery::end_question() {
  if (question_) socket_.end_knocks(question_->number);
  return std::exchange(question_, std::nullopt);
}

void FilteringDiscovery::judge() {
  const auto question = end_question();
  if (!question || !question->answer) return;
  const auto& [number, from_another_port, by_a_stranger] = *question->answer;
  // Whom the helper took for a stranger is none: that says nothing.
  if (question->acquaintance_heard) return;
  if (by_a_stranger && question->stranger_heard)
    introductions_->judge_filtering(question->helper, NatDependence::endpoint_independent);
  else if (from_another_port && !question->another_port_heard)
    introductions_->judge_filtering(question->helper, NatDependence::address_and_port_dependent);
  else if (from_another_port && by_a_stranger)
    introductions_->judge_filtering(question->helper, NatDependence::address_dependent);
}

// ---- as a helper

std::optional<PeerId> FilteringDiscovery::stranger_to(PeerId asker) {
  std::vector<PeerId> strangers;
  for (const auto& [peer, link] : links_->links())
    if (peer != asker && introductions_->place_of(peer) &&
        !(mesh_ != nullptr && mesh_->has_told(asker, peer)))
      strangers.push_back(peer);
  if (strangers.empty()) return std::nullopt;
  return strangers[peer_->random().below(strangers.size())];
}

void FilteringDiscovery::asked(PeerId from, const Knock& message) {
  const TimePoint now = peer_->now();
  auto& rate = message.place ? others_rates_.try_emplace(from, others_rate, now).first->second
                             : own_rates_.try_emplace(from, own_rate, now).first->second;
  if (!rate.take(now)) return;
  if (message.place) {
    socket_.knock(*message.place, message.number, message.key);
    return;
  }
  const auto place = introductions_->place_of(from);
  if (!place) return;
  const auto stranger = stranger_to(from);
  const Knocked answer{
      .number = message.number,
      .from_another_port = socket_.knock(*place, message.number, message.key),
      .by_a_stranger =
          stranger && peer_->send(*stranger, Knock{message.number, message.key, place}, Priority::medium)};
  peer_->send(from, answer, Priority::medium);
}

}  // namespace tutti
