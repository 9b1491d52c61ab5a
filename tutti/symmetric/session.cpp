#include "tutti/symmetric/session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"

namespace tutti::symmetric {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A new neighbour is asked for its clock quickly until the estimate is as good as it gets, then at leisure:
/// clocks drift by a few ten microseconds a second.
constexpr Duration ping_interval_first = milliseconds(50);
constexpr Duration ping_interval_filling = milliseconds(200);
constexpr Duration ping_interval = seconds(1);
constexpr std::uint32_t pings_first = 8;

/// Quick at first, to learn the paths; every announcement travels over every link.
constexpr Duration presence_interval_first = seconds(1);
constexpr Duration presence_interval = seconds(5);
constexpr std::uint32_t presences_first = 8;
/// A member unheard of for this long has left.
constexpr Duration presence_timeout = seconds(16);

/// Whoever is hours ahead has folded its past by then, if it can: after fold_age_min, at the next tick of the
/// grid that it looks at.
constexpr Duration image_patience = fold_age_min + fold_grid + 2 * presence_interval;

/// Peers whose clocks have jumped that are remembered.
constexpr std::size_t jumped_max = 256;

/// What a stamp adds to an event: an array of three, the tick, the head of bin, and an act, which is an array
/// of an origin and a number; an origin is an array of a bin of PeerId::size bytes and a number.
constexpr std::size_t stamp_bytes_max = 1 + 9 + 5 + 1 + (1 + 2 + PeerId::size + 9) + 9;
static_assert(event_bytes_max + stamp_bytes_max <= broadcast_bytes_max, "every event can be broadcast");

std::int64_t to_ns(TimePoint time) {
  return time.time_since_epoch().count();
}
TimePoint from_ns(std::int64_t ns) {
  return TimePoint(Duration(ns));
}

/// Clocks that read outside this are broken or lie; it keeps all differences representable.
constexpr std::int64_t clock_max_ns = std::int64_t{1} << 61;
bool plausible(std::int64_t clock_ns) {
  return clock_ns > -clock_max_ns && clock_ns < clock_max_ns;
}

}  // namespace

Session::Session(SessionOptions options)
    : options_(std::move(options)),
      replica_(options_.store),
      rate_(options_.ticks_per_second),
      deadline_(options_.deadline, options_.deadline_max) {
  options_.name.resize(std::min(options_.name.size(), name_bytes_max));
}

void Session::init(Peer& peer) {
  peer_ = &peer;
  SessionTime begin{};
  if (options_.store) {
    stored_ = options_.store->take_past();
    // While nobody was there the session stood still.
    begin = rate_.begin_of(std::max(stored_->present, stored_->foundation.tick));
  }
  pace_.emplace(peer.origin(), peer.now(), options_.pace, begin);
  past_ =
      std::make_unique<Past>(peer, static_cast<PastOwner&>(*this), options_.history, rate_, options_.store);
  ping_timer_.emplace(peer.runtime(), [this] { ping_due(); });
  presence_timer_.emplace(peer.runtime(), [this] { announce_presence(); });
  promise_timer_.emplace(peer.runtime(), [this] { promise(); });
  submitted_ = peer.measure().counter("session.submitted");
  arrived_ = peer.measure().counter("session.arrived");
  arrived_late_ = peer.measure().counter("session.arrived_late");
  path_delay_ = peer.measure().distribution("session.path_delay", "seconds");
}

void Session::find_others(Peer& peer) {
  broadcaster_ = peer.find<Broadcaster>();
  require(broadcaster_ != nullptr, "a session has a broadcaster below it");
  broadcaster_->set_listener(*this);
  past_->set_broadcaster(*broadcaster_);
}

bool Session::take_over(Peerlet& former) {
  if (auto* const other = dynamic_cast<Session*>(&former)) {
    pace_ = std::move(other->pace_);
    members_ = std::move(other->members_);
    last_tick_ = other->last_tick_;
    promised_ = other->promised_;
    introduced_ = other->introduced_;
    past_ = std::move(other->past_);
    past_->set_owner(*this);
    replica_.take_over(other->replica_);
  }
  return false;
}

void Session::start() {
  require(replica_.has_replica(), "a session has a replica when it starts");
  if (stored_) past_->restore(*std::exchange(stored_, {}));
  publish_pace();
  publish_deadline();
  announce_presence();
  if (options_.lockstep) promise();
}

void Session::stop() {
  if (peer_->ending()) announce(past_->last_words());
  ping_timer_.reset();
  presence_timer_.reset();
  promise_timer_.reset();
}

void Session::link_up(PeerId neighbour) {
  if (neighbours_.empty()) introduced_ = false;
  neighbours_.insert_or_assign(neighbour, Neighbour{.pings = 0, .next_ping = peer_->now()});
  past_->link_up(neighbour);
  ping_due();
}

void Session::link_down(PeerId neighbour) {
  neighbours_.erase(neighbour);
  pace_->neighbour_lost(neighbour);
  past_->link_down(neighbour);
}

// ---- time

void Session::ping_due() {
  const TimePoint now = peer_->now();
  pace_->give_up_silent_reference(now);
  auto next = TimePoint::max();
  for (auto& [id, neighbour] : neighbours_) {
    if (neighbour.next_ping <= now) {
      // A ping that is lost costs a sample; one that is repeated would measure the repetition.
      peer_->send_unreliable(id, ClockPing{to_ns(now)});
      ++neighbour.pings;
      neighbour.next_ping = now + (neighbour.pings < pings_first ? ping_interval_first
                                   : pace_->wants_exchanges(id)  ? ping_interval_filling
                                                                 : ping_interval);
    }
    next = std::min(next, neighbour.next_ping);
  }
  if (next != TimePoint::max()) ping_timer_->arm_at(next);
}

void Session::ping_received(PeerId from, const ClockPing& ping) {
  const auto now = to_ns(peer_->now());
  peer_->send_unreliable(from, ClockPong{ping.sent_ns, now, now, pace_->status(peer_->now())});
}

void Session::pong_received(PeerId from, const ClockPong& pong) {
  const auto neighbour = neighbours_.find(from);
  // Its time is followed when it is known what lies on the way there.
  if (neighbour == neighbours_.end() || !past_->has_offered(from)) return;
  const TimePoint now = peer_->now();
  if (!plausible(pong.ping_sent_ns) || !plausible(pong.received_ns) || !plausible(pong.sent_ns) ||
      !plausible(pong.status.offset_ns))
    return peer_->disconnect(from, "its clock shows a time that cannot be");
  const ClockExchange exchange{.sent = from_ns(pong.ping_sent_ns),
                               .remote_received = from_ns(pong.received_ns),
                               .remote_sent = from_ns(pong.sent_ns),
                               .received = now};
  const auto outcome =
      pace_->exchanged(from, exchange, pong.status, now, believed_time(from, neighbour->second));
  if (outcome == Pace::Outcome::corrected) {
    past_->look_at_offers();
    publish_pace();
    if (std::exchange(refused_, false)) broadcaster_->ask_again();
  }
  judge_time(from, neighbour->second, outcome);
}

// One that was in time and is hours ahead has a clock that jumps; it is not followed, nor when it comes back.
// One that was never in time is of a session that is older.
void Session::judge_time(PeerId id, Neighbour& neighbour, Pace::Outcome outcome) {
  const auto lead = tutti::describe(options_.pace.lead_max);
  switch (outcome) {
    case Pace::Outcome::useless:
      return;
    case Pace::Outcome::unchanged:
    case Pace::Outcome::corrected:
      neighbour.too_far_ahead.reset();
      jumped_.erase(id);
      return;
    case Pace::Outcome::jumped:
      if (jumped_.size() < jumped_max) jumped_.insert(id);
      break;
    case Pace::Outcome::implausible:
      if (jumped_.contains(id)) break;
      if (neighbour.too_far_ahead) return;
      neighbour.too_far_ahead = peer_->now();
      return peer_->log()(LogLevel::warning, "the time of {} is more than {} ahead of everybody else's",
                          id.brief(), lead);
  }
  peer_->disconnect(id, fmt::format("its clock has jumped more than {} ahead of everybody else's", lead));
}

// Whoever is of an older session is believed when it offers an image of its time, which saves running the
// hours; and after a while without one, since both are to become one session all the same.
SessionTime Session::believed_time(PeerId id, const Neighbour& neighbour) const {
  if (jumped_.contains(id)) return {};
  const TimePoint now = peer_->now();
  if (neighbour.too_far_ahead && now - *neighbour.too_far_ahead > image_patience)
    return pace_->settled_at(now) + options_.pace.age_max;
  return rate_.begin_of(past_->offered_tick(id));
}

// ---- presence and deadline

void Session::announce_presence() {
  const TimePoint now = peer_->now();
  promised_ = std::max(promised_, present());
  past_->look();
  announce(past_->words(promised_));
  tell_settled();
  std::erase_if(members_, [&](const auto& member) { return now - member.second.heard > presence_timeout; });
  update_deadline();
  MembersChanged changed;
  for (const auto& [peer, known] : members_)
    changed.members.push_back(
        {peer, known.name, known.delay.measured() ? known.delay.typical() : Duration{}, known.watches});
  replica_(std::move(changed));
  // Jitter keeps the announcements of peers that started together apart.
  const Duration pause = ++presences_ <= presences_first ? presence_interval_first : presence_interval;
  presence_timer_->arm(from_seconds(in_seconds(pause) * (0.75 + 0.5 * peer_->random().uniform())));
}

void Session::announce(const StabilityWords& past) {
  broadcaster_->announce(encode(Presence{options_.name, pace_->settled_at(peer_->now()).count(), past,
                                         options_.watches, past_->own_offer()}));
}

void Session::tell_settled() {
  const auto settled = past_->settled();
  if (std::exchange(settled_told_, settled) != settled) replica_(settled);
  if (!options_.lockstep) return;
  // This peer's own events, too, may take their time to its replica: to be durable, or to another thread.
  const auto others = past_->settled(options_.lockstep->patience).tick;
  const RunLimit limit{std::min(promised_, others.value_or(promised_))};
  if (std::exchange(limit_told_, limit) != limit) replica_(limit);
}

// The first promise in company reaches so far that all have heard it before anything is due.
void Session::introduce() {
  if (options_.lockstep && has_company() && !std::exchange(introduced_, true))
    promised_ = std::max(promised_, latest() + rate_.ticks_in(introduction));
}

void Session::promise() {
  introduce();
  promised_ = std::max(promised_, present() + deadline_ticks() - 1);
  if (has_company() && !options_.watches) broadcaster_->pulse(encode(past_->words(promised_)));
  tell_settled();
  promise_timer_->arm(promise_interval);
}

std::expected<void, std::string> Session::pulse_received(Origin origin, ByteView payload) {
  const auto words = decode<StabilityWords>(payload);
  if (!words) return std::unexpected(fmt::format("a pulse is malformed: {}", describe(words.error())));
  // Nobody waits for one who can do nothing.
  if (broadcaster_->is_author(origin.peer)) past_->heard(origin, *words);
  tell_settled();
  return {};
}

void Session::measure_path(Known& known, std::int64_t sent_ns) {
  if (!pace_->synchronized() || !plausible(sent_ns)) return;
  const Duration sample = pace_->settled_at(peer_->now()) - Duration(sent_ns);
  if (sample > options_.deadline_max) return;
  path_delay_.add(in_seconds(std::max(sample, Duration::zero())));
  known.delay.add(std::max(sample, Duration::zero()));  // two clocks never agree to the last microsecond
}

void Session::update_deadline() {
  std::vector<const PathDelay*> paths;
  for (const auto& [peer, known] : members_)
    if (known.delay.measured() && !known.watches) paths.push_back(&known.delay);
  deadline_.paths_measured(paths);
  publish_deadline();
}

std::int64_t Session::deadline_ticks() const {
  const auto ahead = rate_.ticks_in(deadline_.ahead());
  if (!options_.lockstep) return ahead;
  // With less than the pause between two promises everybody would wait for each of them.
  const auto reserve = rate_.ticks_in(promise_interval) + 1;
  return std::holds_alternative<AdaptiveDeadline>(deadline_.policy()) ? ahead + reserve
                                                                      : std::max(ahead, reserve);
}

void Session::publish_deadline() {
  if (std::exchange(deadline_told_, deadline_ticks()) != deadline_ticks())
    replica_(DeadlineChanged{deadline_ticks()});
}

void Session::choose_deadline(DeadlinePolicy policy) {
  deadline_.choose(policy);
  update_deadline();
}

std::expected<void, std::string> Session::set_deadline(const std::string& text) {
  const auto policy = parse_deadline(text);
  if (!policy) return std::unexpected(policy.error());
  choose_deadline(*policy);
  return {};
}

std::expected<void, std::string> Session::announcement_received(Origin origin, ByteView payload) {
  const auto presence = decode<Presence>(payload);
  if (!presence)
    return std::unexpected(fmt::format("an announcement is malformed: {}", describe(presence.error())));
  if (presence->name.size() > name_bytes_max) return std::unexpected("an announced name is too long");
  if (!members_.contains(origin.peer) && members_.size() >= members_max) return {};
  auto& known = members_[origin.peer];
  known.name = presence->name;
  known.heard = peer_->now();
  known.watches = presence->watches || !broadcaster_->is_author(origin.peer);
  measure_path(known, presence->sent_ns);
  if (!known.watches) past_->heard(origin, presence->past);
  if (!offer_the_same(known.foundation, presence->foundation)) {
    known.foundation = presence->foundation;
    past_->look_at_offers();
  }
  tell_settled();
  return {};
}

bool Session::is_an_authors(const FoundationOffer& offer) const {
  return std::ranges::any_of(members_, [&](const auto& member) {
    return offer_the_same(member.second.foundation, offer) && broadcaster_->is_author(member.first);
  });
}

// ---- events

void Session::receive(const ToSession& message) {
  if (const auto* submitted = std::get_if<Submit>(&message)) {
    require(!options_.watches, "who watches submits nothing");
    return past_->submitted(submitted->event);
  }
  if (const auto* chosen = std::get_if<DeadlineChosen>(&message)) return choose_deadline(chosen->policy);
  if (const auto* taken = std::get_if<ImageTaken>(&message)) return past_->image_taken(*taken);
  if (const auto* pages = std::get_if<PagesSent>(&message)) {
    peer_->send(pages->to, PageEnvelope{pages->message}, Priority::medium);
    return;
  }
  const auto& comparison = std::get<ComparisonSent>(message);
  if (comparison.to) {
    peer_->send(*comparison.to, ComparisonEnvelope{comparison.message}, Priority::medium);
    return;
  }
  const Envelope envelope(ComparisonEnvelope{comparison.message});
  for (const auto& [id, neighbour] : neighbours_) peer_->send(id, envelope, Priority::medium);
}

EventId Session::say(const Bytes& event, std::optional<Act> again) {
  introduce();
  // A user's own events keep their order even when the deadline shrinks between them.
  last_tick_ =
      std::max({last_tick_, present() + deadline_ticks(), promised_ + 1, past_->foundation_tick() + 1});
  const auto sequence = broadcaster_->broadcast(encode(StampedEvent{last_tick_, event, again}));
  submitted_.add();
  return {last_tick_, peer_->origin(), sequence};
}

std::expected<StampedEvent, std::string> Session::check(Origin origin, Sequence sequence,
                                                        ByteView payload) const {
  auto stamped = decode<StampedEvent>(payload);
  if (!stamped) return std::unexpected(fmt::format("an event is malformed: {}", describe(stamped.error())));
  if (stamped->tick < Tick(1)) return std::unexpected("an event is due before the session began");
  if (stamped->event.size() > event_bytes_max) return std::unexpected("an event is too large");
  if (options_.is_event && !options_.is_event(stamped->event))
    return std::unexpected("an event is none of this application");
  if (const auto& act = stamped->again; act && (act->origin.peer != origin.peer || act->first == Sequence{} ||
                                                (act->origin == origin && act->first >= sequence)))
    return std::unexpected("an event is said again that its peer had not said before");
  return *std::move(stamped);
}

// A partition may be ahead by as much as a lead can be, and its users' deadlines come on top. If it is ahead
// by more its time is followed first. Whoever knows nobody yet cannot judge.
bool Session::comes_too_early(const StampedEvent& event) const {
  const auto furthest = pace_->settled_at(peer_->now()) + options_.pace.lead_max + options_.deadline_max;
  return pace_->synchronized() && event.tick > rate_.tick_at(furthest);
}

std::expected<Reception, std::string> Session::broadcast_received(Origin origin, Sequence sequence,
                                                                  ByteView payload, ByteView seal) {
  const auto stamped = check(origin, sequence, payload);
  if (!stamped) return std::unexpected(stamped.error());
  if (comes_too_early(*stamped)) {
    refused_ = true;
    return Reception::refused;
  }
  const bool taken = past_->takes(stamped->tick);
  past_->arrived({stamped->tick, origin, sequence}, *stamped, seal);
  if (!taken) return Reception::ignored;
  arrived_.add();
  if (stamped->tick <= present()) arrived_late_.add();
  return Reception::kept;
}

// If it cannot be taken in here, and elsewhere has been, the foundations will tell.
std::expected<Reception, std::string> Session::broadcast_corrected(Origin origin, Sequence sequence,
                                                                   ByteView former, ByteView payload,
                                                                   ByteView seal) {
  const auto stamped = check(origin, sequence, payload);
  if (!stamped) return std::unexpected(stamped.error());
  if (comes_too_early(*stamped) || !past_->takes(stamped->tick)) return Reception::ignored;
  const auto was = decode<StampedEvent>(former);
  require(was.has_value(), "what is kept has been checked");
  past_->retracted({was->tick, origin, sequence}, *was);
  return broadcast_received(origin, sequence, payload, seal);
}

// Only an author's state is of interest: whoever watches may have any program.
void Session::comparison_received(PeerId from, const ComparisonEnvelope& envelope) {
  if (broadcaster_->is_author(from)) replica_(ComparisonReceived{from, envelope.message});
}

void Session::pages_received(PeerId from, const PageEnvelope& envelope) {
  replica_(PagesReceived{from, envelope.message});
}

}  // namespace tutti::symmetric
