#include "tutti/lab/aggregation.hpp"

#include <algorithm>
#include <utility>

#include "tutti/base/text.hpp"

namespace tutti::lab {
namespace {

/// A question is remembered for this many of its timeouts: a copy that was held up by a broken path can come
/// long after everybody has answered, and must not set off another flood.
constexpr int remembered_timeouts = 4;

}  // namespace

void Aggregation::init(Peer& peer) {
  peer_ = &peer;
  settle_timer_.emplace(peer.runtime(), [this] { settle(); });
  window_timer_.emplace(peer.runtime(), [this] { end_window(); });
}

void Aggregation::start() {
  born_ = peer_->now();
  if (!source_ && peer_->measure().recorder() != nullptr) window_timer_->arm(options_.window);
}

void Aggregation::stop() {
  settle_timer_.reset();
  window_timer_.reset();
  under_way_.clear();
}

void Aggregation::end_window() {
  last_window_ = peer_->measure().recorder()->take(peer_->now());
  window_timer_->arm(options_.window);
}

void Aggregation::link_up(PeerId neighbour) {
  neighbours_.insert_or_assign(neighbour, TokenBucket(options_.neighbour_limit, peer_->now()));
}

void Aggregation::link_down(PeerId neighbour) {
  neighbours_.erase(neighbour);
  // Whoever answers to nobody has nothing to wait for: another parent could have heard part of it already.
  std::erase_if(under_way_, [&](const auto& entry) { return entry.second.gathering.parent() == neighbour; });
  for (auto& [id, question] : under_way_) question.gathering.give_up(neighbour);
  settle_timer_->arm({});
}

// ---- questions

bool Aggregation::ask(Scope scope, std::uint32_t window, Handler handler) {
  if (under_way_.size() >= options_.gatherings_max) return false;
  const AggregationQuestion question{.id = QuestionId(peer_->random()()),
                                     .scope = scope,
                                     .timeout = options_.timeout,
                                     .patience = options_.timeout,
                                     .window = window};
  begin(question, std::nullopt, {.own = options_.timeout, .of_children = options_.timeout},
        std::move(handler));
  return true;
}

void Aggregation::question_received(PeerId from, const AggregationQuestion& question) {
  if (question.timeout <= Duration::zero() || question.timeout > options_.timeout_max ||
      question.patience <= Duration::zero() || question.patience > question.timeout)
    return peer_->disconnect(from, "it asks for measures in a time that cannot be");
  if (heard_.contains(question.id)) {
    if (const auto found = under_way_.find(question.id); found != under_way_.end()) {
      found->second.gathering.give_up(from);  // it has another parent
      settle_timer_->arm({});
    }
    return;
  }
  const auto neighbour = neighbours_.find(from);
  if (neighbour == neighbours_.end() || heard_.size() >= options_.questions_max ||
      under_way_.size() >= options_.gatherings_max || !neighbour->second.take(peer_->now()))
    return;
  begin(question, from, Patience::under(question.patience, options_.hop), {});
}

void Aggregation::begin(const AggregationQuestion& question, std::optional<PeerId> parent, Patience patience,
                        Handler handler) {
  const TimePoint now = peer_->now();
  std::set<PeerId> asked;
  if (patience.of_children) {
    auto passed_on = question;
    passed_on.patience = *patience.of_children;
    const Envelope envelope(passed_on);
    for (const auto& [id, bucket] : neighbours_)
      if (id != parent && peer_->send(id, envelope, Priority::medium)) asked.insert(id);
  }
  heard_.emplace(question.id, now + remembered_timeouts * question.timeout);
  under_way_.emplace(question.id, UnderWay{Gathering(parent, std::move(asked), now + patience.own,
                                                     own_contribution(question)),
                                           std::move(handler)});
  settle_timer_->arm({});
}

std::optional<measure::Measures> Aggregation::own_measures(const AggregationQuestion& question) const {
  if (source_) return source_(question.scope, question.window);
  if (peer_->now() - born_ < question.timeout) return std::nullopt;
  const auto* recorder = peer_->measure().recorder();
  if (recorder != nullptr && question.scope == Scope::totals) return recorder->totals();
  if (last_window_ && question.scope == Scope::last_window) return last_window_->measures;
  return measure::Measures();
}

Contribution Aggregation::own_contribution(const AggregationQuestion& question) const {
  auto measures = own_measures(question);
  if (!measures) return {};
  Contribution own{.peers = 1, .measures = *std::move(measures)};
  if (const auto sendable = check(own.measures); !sendable) {
    peer_->log()(LogLevel::warning, "this peer's measures are not sent: {}", sendable.error());
    own.measures = {};
  }
  return own;
}

// ---- answers

void Aggregation::answer_received(PeerId from, const AggregationAnswer& answer) {
  const auto found = under_way_.find(answer.id);
  if (found == under_way_.end() || !found->second.gathering.awaits(from)) return;  // late
  if (const auto checked = check(answer.contribution.measures); !checked)
    return peer_->disconnect(from, "its measures: " + checked.error());
  if (answer.contribution.peers > peers_heard_max)
    return peer_->disconnect(from,
                             fmt::format("it claims to have heard more than {} peers", peers_heard_max));
  if (!found->second.gathering.answered(from, answer.contribution))
    peer_->log()(LogLevel::warning, "what {} gathered is left out: all together is too much", from.brief());
  settle_timer_->arm({});
}

void Aggregation::settle() {
  const TimePoint now = peer_->now();
  std::vector<QuestionId> done;
  for (const auto& [id, question] : under_way_)
    if (question.gathering.complete() || question.gathering.deadline() <= now) done.push_back(id);
  for (const auto id : done) conclude(id);

  std::erase_if(heard_, [&](const auto& entry) { return entry.second <= now; });
  auto next = TimePoint::max();
  // A handler may have asked again.
  for (const auto& [id, question] : under_way_)
    next = std::min(next, question.gathering.complete() ? now : question.gathering.deadline());
  for (const auto& [id, forget_at] : heard_) next = std::min(next, forget_at);
  if (next != TimePoint::max()) settle_timer_->arm_at(next);
}

void Aggregation::conclude(QuestionId id) {
  auto ended = under_way_.extract(id);
  const auto& gathering = ended.mapped().gathering;
  if (gathering.parent())
    peer_->send(*gathering.parent(), AggregationAnswer{id, gathering.result()}, Priority::medium);
  else
    ended.mapped().handler(gathering.result().measures, gathering.result().peers);
}

}  // namespace tutti::lab
