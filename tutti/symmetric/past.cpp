#include "tutti/symmetric/past.hpp"

#include <algorithm>
#include <utility>

#include "tutti/base/require.hpp"

namespace tutti::symmetric {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Images a peer holds for others: while some fetch one, the next is made.
constexpr std::size_t packed_max = 2;
/// Whoever asks for parts gets no more while so much waits on the link: it asks again.
constexpr std::size_t queue_bytes_low = 1024 * 1024;
constexpr Duration pump_pause = milliseconds(250);
/// Whoever has asked for a part so recently asks for the next one.
constexpr Duration fetch_pause = 2 * Download::patience;
/// From one adoption to the next: the neighbours' offers catch up meanwhile.
constexpr Duration adoption_pause = seconds(2);
/// Offers come with every fold, and anew after an adoption.
constexpr RateLimit offer_limit{.rate = 5, .burst = 50};
/// A store is given a new foundation that often: whoever comes back replays so much.
constexpr Duration stored_grid = std::chrono::minutes(1);
/// Whoever does not deliver what it offers is not asked again for so long.
constexpr Duration default_pause = std::chrono::minutes(10);

}  // namespace

Past::Past(Peer& peer, PastOwner& owner, const HistoryOptions& options, TickRate rate,
           std::shared_ptr<SessionStore> store)
    : peer_(peer),
      owner_(&owner),
      options_(options),
      rate_(rate),
      store_(std::move(store)),
      stability_(options.absence_max, rate.ticks_in(options.absence_max)),
      ledger_(rate.ticks_in(fold_grid), rate.ticks_in(origin_memory)),
      download_timer_(peer.runtime(), [this] { pump(); }),
      ignored_(peer.measure().counter("session.ignored")),
      folded_(peer.measure().counter("session.folded")),
      adopted_(peer.measure().counter("session.adopted")),
      resubmitted_(peer.measure().counter("session.resubmitted")) {}

Stability::Now Past::now() const {
  return {peer_.now(), owner_->present()};
}

bool Past::plausible(Tick tick) const {
  return ledger_.on_grid(tick) &&
         (!owner_->knows_time() || tick <= owner_->latest() + rate_.ticks_in(fold_grid));
}

void Past::restore(const StoredPast& stored) {
  stored_ = stored.foundation.tick;
  if (stored_ > Tick(0)) {
    ledger_.adopt(stored.foundation);
    rest_on(stored.foundation);
    broadcaster_->begin_anew(ledger_.names());
  }
  for (const auto& [origin, sequence, said, own, seal] : stored.events) {
    const EventId id{said.tick, origin, sequence};
    const auto act = said.again.value_or(own_act(id));
    if (own) own_.add({id, act, said.event});
    if (!takes(id.tick)) continue;
    stability_.held(origin, sequence);
    broadcaster_->remember(origin, sequence, encode(said), seal);
    enter(id, act, said.event);
  }
  // The end may have come between an adoption and this.
  say_what_is_missing(ledger_.tick());
}

// ---- events

void Past::arrived(const EventId& id, const StampedEvent& said, ByteView seal) {
  stability_.held(id.origin, id.sequence);
  if (!takes(id.tick)) return ignored_.add();
  const auto act = said.again.value_or(own_act(id));
  // Of an earlier life, which may not have lived to store it.
  if (id.origin.peer == peer_.id() && !own_.contains(id)) own_.add({id, act, said.event});
  take_in(id, act, said.event, seal);
}

void Past::retracted(const EventId& id, const StampedEvent& said) {
  if (!takes(id.tick)) return;
  const auto removal = ledger_.remove(id, said.again.value_or(own_act(id)), said.event);
  if (removal.counted) owner_->tell_replica(EventWithdrawn{id});
  if (removal.restored) count_again(*removal.restored);
}

void Past::take_in(const EventId& id, const Act& act, const Bytes& event, ByteView seal) {
  if (store_) {
    const auto again = act == own_act(id) ? std::nullopt : std::optional(act);
    store_->write(StoredEvent{id.origin,
                              id.sequence,
                              {id.tick, event, again},
                              id.origin.peer == peer_.id(),
                              Bytes(seal.begin(), seal.end())});
  }
  enter(id, act, event);
}

void Past::enter(const EventId& id, const Act& act, const Bytes& event) {
  const auto addition = ledger_.add(id, act, event);
  if (addition.withdrawn) owner_->tell_replica(EventWithdrawn{*addition.withdrawn});
  if (addition.counts) owner_->tell_replica(EventArrived{id, event});
}

void Past::submitted(const Bytes& event) {
  say(event, std::nullopt);
}

void Past::say(const Bytes& event, std::optional<Act> again) {
  const auto id = owner_->say(event, again);
  const auto act = again.value_or(own_act(id));
  last_own_ = id.sequence;
  own_.add({id, act, event});
  take_in(id, act, event, {});
}

// ---- what is final

StabilityWords Past::words(Tick promised) const {
  return {.voided = voided_, .after = last_own_, .until = promised, .complete = stability_.complete()};
}

StabilityWords Past::last_words() const {
  return {.voided = voided_, .after = last_own_, .until = for_ever, .complete = for_ever};
}

Settled Past::settled() {
  if (download_) return {ledger_.tick()};  // what lies after it is about to be another past
  return {stability_.settled(peer_.now(), options_.absence_max)};
}

void Past::heard(Origin origin, const StabilityWords& words) {
  stability_.heard(origin, words, now());
}

void Past::look() {
  if (!download_ && peer_.now() >= quiet_until_) {
    const auto age_min = rate_.ticks_in(fold_age_min);
    const Tick present = owner_->present();
    if (present > Tick(age_min)) forget_gone(stability_.update({peer_.now(), present - age_min}));
    fold_if_due();
  }
  own_.forget_before(owner_->present() - rate_.ticks_in(origin_memory));
  if (store_) store_->note_present(owner_->present());
  look_at_offers();
}

void Past::forget_gone(const std::vector<Origin>& gone) {
  for (const auto& origin : gone)
    if (!ledger_.knows(origin)) forget(origin);
}

void Past::forget(Origin origin) {
  stability_.forget(origin);
  broadcaster_->forget_origin(origin);
}

bool Past::is_fetched() const {
  const TimePoint now = peer_.now();
  return fetched_last_ && now - *fetched_last_ < fetch_pause && now - fetched_since_ < options_.absence_max;
}

void Past::fold_if_due() {
  if (image_wanted_ || is_fetched() || std::holds_alternative<FullHistory>(options_.kept)) return;
  Tick limit = stability_.horizon();
  if (const auto* recent = std::get_if<RecentHistory>(&options_.kept))
    limit = std::min(limit, owner_->present() - rate_.ticks_in(recent->span));
  const Tick tick = ledger_.grid_at(limit);
  if (tick <= ledger_.tick()) return;
  const auto result = ledger_.fold(tick);
  for (const auto& id : result.events) {
    broadcaster_->forget(id.origin, id.sequence);
    if (id.origin == peer_.origin()) voided_ = std::max(voided_, id.sequence);
  }
  for (const auto& origin : result.silenced)
    if (origin != peer_.origin()) forget(origin);
  folded_.add(result.events.size());
  image_wanted_ = ledger_.foundation();
  owner_->tell_replica(FoldWanted{tick});
}

void Past::image_taken(const ImageTaken& taken) {
  if (!image_wanted_ || image_wanted_->tick != taken.tick) return;  // of a past that was given up
  image_wanted_->timeline_history = taken.history;
  image_wanted_->image = taken.image;
  // A past that is stored goes on from its last image: it may be some time ago.
  if (taken.tick - stored_ >= rate_.ticks_in(stored_grid)) store(*image_wanted_);
  auto packed = PackedFoundation::pack(*image_wanted_);
  image_wanted_.reset();
  if (!packed) return;  // it can be shown and goes on; nobody can fetch it
  keep(*std::move(packed));
  offer_to_all();
}

void Past::keep(PackedFoundation foundation) {
  packed_.push_front(std::move(foundation));
  if (packed_.size() > packed_max) packed_.pop_back();
}

void Past::store(const Foundation& foundation) {
  if (!store_) return;
  stored_ = foundation.tick;
  store_->write(StoredFoundation{foundation, owner_->present() - rate_.ticks_in(origin_memory)});
}

void Past::rest_on(const Foundation& foundation) {
  packed_.clear();
  if (foundation.tick > Tick(0))
    if (auto packed = PackedFoundation::pack(foundation)) keep(*std::move(packed));
  for (const auto& [origin, sequences] : ledger_.names())
    if (!sequences.empty()) stability_.founded(origin, sequences.intervals().back().last);
  owner_->tell_replica(FoundationAdopted{foundation.tick, foundation.timeline_history, foundation.image});
}

std::size_t Past::bytes() const {
  std::size_t bytes = own_.bytes() + ledger_.size() * 2 * sizeof(EventId);
  for (const auto& packed : packed_) bytes += packed.offer().bytes;
  return bytes;
}

// ---- foundations that meet

FoundationOffer Past::own_offer() const {
  // Without an image to fetch it still tells whether the pasts agree.
  return packed_.empty()
             ? FoundationOffer{.name = ledger_.name(), .events = ledger_.up_to(ledger_.tick()).events}
             : packed_.front().offer();
}

void Past::offer_to_all() {
  const Envelope offer(own_offer());
  for (const auto& [id, neighbour] : neighbours_) peer_.send(id, offer, Priority::high);
}

void Past::link_up(PeerId neighbour) {
  // Who has been alone takes a moment to hear of the others.
  if (neighbours_.empty()) quiet_until_ = peer_.now() + fold_age_min;
  // What it has offered on this link still stands if it is told of anew.
  neighbours_.try_emplace(neighbour, Neighbour{std::nullopt, TokenBucket(offer_limit, peer_.now()), {}});
  peer_.send(neighbour, own_offer(), Priority::high);
}

void Past::link_down(PeerId neighbour) {
  neighbours_.erase(neighbour);
  if (!download_) return;
  download_->remove_source(neighbour);
  pump();
}

bool Past::has_offered(PeerId neighbour) const {
  const auto found = neighbours_.find(neighbour);
  return found != neighbours_.end() && found->second.offer;
}

Tick Past::offered_tick(PeerId neighbour) const {
  const auto found = neighbours_.find(neighbour);
  return found != neighbours_.end() && is_believed(neighbour, found->second) ? found->second.offer->name.tick
                                                                             : Tick{};
}

void Past::offer_received(PeerId from, const FoundationOffer& offer) {
  const auto found = neighbours_.find(from);
  if (found == neighbours_.end()) return;
  if (!found->second.offers.take(peer_.now()))
    return peer_.disconnect(from, "it offers foundations too often");
  if (!ledger_.on_grid(offer.name.tick)) return peer_.disconnect(from, "it offers a foundation off the grid");
  if (offer.bytes > foundation_bytes_max)
    return peer_.disconnect(from, "it offers a foundation that is too large");
  found->second.offer = offer;
  if (download_ && can_give(from, found->second, download_->offer())) {
    download_->add_source(from);
    return pump();
  }
  look_at_offers();
}

// What somebody makes of the past who may only watch is nobody's business: he could rewrite it. But he can
// pass on what an author has.
bool Past::is_believed(PeerId id, const Neighbour& neighbour) const {
  return neighbour.offer && peer_.now() >= neighbour.believed_from &&
         (broadcaster_->is_author(id) || owner_->is_an_authors(*neighbour.offer));
}

bool Past::can_give(PeerId id, const Neighbour& neighbour, const FoundationOffer& wanted) const {
  return is_believed(id, neighbour) && offer_the_same(*neighbour.offer, wanted);
}

void Past::look_at_offers() {
  if (download_ || peer_.now() < adopt_not_before_) return;
  // Who only watches does not insist on a past that no author has.
  const bool gives_way = !broadcaster_->is_author(peer_.id()) && !owner_->is_an_authors(own_offer());
  std::map<std::pair<FoundationName, std::uint64_t>, std::pair<std::size_t, const FoundationOffer*>> wanted;
  for (auto& [id, neighbour] : neighbours_) {
    if (!is_believed(id, neighbour) || !plausible(neighbour.offer->name.tick)) continue;
    auto offer = *neighbour.offer;
    // An author's word is for all; what of it is to replace what, only he can tell.
    if (!broadcaster_->is_author(id)) offer.replaces.reset();
    // It may mean the foundation this peer offers, while the next one is being made.
    if (offer.replaces == own_offer().name) offer.replaces = ledger_.name();
    Own own{.name = ledger_.name(), .at_tick = {}, .now = owner_->present(), .gives_way = gives_way};
    if (offer.name.tick >= ledger_.tick()) own.at_tick = ledger_.up_to(offer.name.tick);
    const auto meeting = meet(own, offer);
    if (meeting == Meeting::insist) {
      auto insisting = own_offer();
      insisting.replaces = offer.name;
      peer_.send(id, insisting, Priority::high);
    }
    // Without bytes there is nothing to fetch yet, but for the start of all.
    if (meeting != Meeting::adopt || (offer.bytes == 0 && offer.name != FoundationName{})) continue;
    auto& [votes, one] = wanted[{offer.name, offer.hash}];
    ++votes;
    one = &*neighbour.offer;
  }
  if (wanted.empty()) return;
  const auto most =
      std::ranges::max_element(wanted, {}, [](const auto& entry) { return entry.second.first; });
  begin_download(*most->second.second);
}

void Past::begin_download(const FoundationOffer& offer) {
  if (offer.bytes == 0) return adopt({});
  const bool was_joining = std::exchange(joining_, owner_->present() < offer.name.tick);
  if (was_joining && !joining_) owner_->joined();  // its own time has passed what it waited for
  download_.emplace(offer, peer_.now());
  for (const auto& [id, neighbour] : neighbours_)
    if (can_give(id, neighbour, offer)) download_->add_source(id);
  pump();
}

void Past::pump() {
  if (!download_) return;
  if (download_->complete()) return end_download();
  const auto& offer = download_->offer();
  for (const auto& [source, part] : download_->asks(peer_.now()))
    peer_.send(source, FoundationRequest{offer.name, offer.hash, part}, Priority::medium);
  if (download_->failed()) return download_came_to_nothing({});
  download_timer_.arm(pump_pause);
}

void Past::request_received(PeerId from, const FoundationRequest& request) {
  if (peer_.queue_bytes(from, Priority::low) > queue_bytes_low) return;
  FoundationPart answer{request.hash, request.part, {}};
  for (const auto& packed : packed_)
    if (packed.offer().name == request.name && packed.offer().hash == request.hash)
      answer.bytes = packed.part(request.part).value_or(Bytes{});
  if (!answer.bytes.empty()) {
    const TimePoint now = peer_.now();
    if (!fetched_last_ || now - *fetched_last_ >= fetch_pause) fetched_since_ = now;
    fetched_last_ = now;
  }
  peer_.send(from, std::move(answer), Priority::low);
}

void Past::part_received(PeerId from, const FoundationPart& part) {
  // What comes late, of something that is done with, is no fault.
  if (!download_ || download_->offer().hash != part.hash) return;
  if (const auto taken = download_->arrived(from, part.part, part.bytes); !taken) {
    peer_.disconnect(from, taken.error());
    if (download_) download_->remove_source(from);
  }
  pump();
}

void Past::end_download() {
  // A newcomer judges the tick when it knows the time.
  if (!owner_->knows_time()) return download_timer_.arm(pump_pause);
  auto foundation = unpack_foundation(download_->offer(), download_->bytes());
  if (!foundation) return download_came_to_nothing(foundation.error());
  if (!plausible(foundation->tick)) return download_came_to_nothing("its foundation lies in the future");
  if (!owner_->is_image(foundation->image))
    return download_came_to_nothing("the image in its foundation is none of this application");
  download_.reset();
  adopt(*foundation);
}

void Past::download_came_to_nothing(std::string_view why) {
  const auto offer = download_->offer();
  for (const auto& id : download_->defaulters())
    if (const auto found = neighbours_.find(id); found != neighbours_.end())
      found->second.believed_from = peer_.now() + default_pause;
  download_.reset();
  std::vector<PeerId> liars;
  for (auto& [id, neighbour] : neighbours_) {
    if (!neighbour.offer || neighbour.offer->name != offer.name || neighbour.offer->hash != offer.hash)
      continue;
    if (!why.empty()) liars.push_back(id);
    neighbour.offer->bytes = 0;  // nothing to be had until it offers anew
  }
  for (const auto& liar : liars) peer_.disconnect(liar, why);
  look_at_offers();
  if (!download_ && std::exchange(joining_, false)) owner_->joined();
}

void Past::adopt(const Foundation& foundation) {
  const Tick folded = std::max(ledger_.tick(), foundation.tick);
  const auto changes = ledger_.adopt(foundation);
  for (const auto& id : changes.dropped) broadcaster_->forget(id.origin, id.sequence);
  image_wanted_.reset();
  adopted_.add();
  adopt_not_before_ = peer_.now() + adoption_pause;
  quiet_until_ = peer_.now() + fold_age_min;
  store(foundation);
  rest_on(foundation);
  for (const auto& id : changes.withdrawn) owner_->tell_replica(EventWithdrawn{id});
  for (const auto& id : changes.restored) count_again(id);
  say_what_is_missing(folded);
  broadcaster_->begin_anew(ledger_.names());
  offer_to_all();
  if (std::exchange(joining_, false)) owner_->joined();
}

void Past::count_again(const EventId& id) {
  const auto* const payload = broadcaster_->kept(id.origin, id.sequence);
  require(payload != nullptr, "what is not folded is kept");
  owner_->tell_replica(EventArrived{id, decode<StampedEvent>(*payload)->event});
}

// Also what was folded here and is due after the new foundation: nobody may have it any more. If somebody
// has, it comes back and counts, being older.
void Past::say_what_is_missing(Tick folded) {
  // Of what is older than the names in the foundation reach, nothing is known.
  const Tick oldest = ledger_.tick() - rate_.ticks_in(origin_memory);
  std::vector<std::pair<Act, Bytes>> missing;  // in the order in which they were first done
  for (const auto& [id, act, event] : own_.entries()) {
    if (id.tick > folded) continue;
    if (id.origin == peer_.origin()) voided_ = std::max(voided_, id.sequence);
    if (id.tick >= oldest && !ledger_.took(act) &&
        std::ranges::find(missing, act, &std::pair<Act, Bytes>::first) == missing.end())
      missing.emplace_back(act, event);
  }
  if (missing.empty() || !broadcaster_->is_author(peer_.id())) return;
  for (const auto& [act, event] : missing) say(event, act);
  resubmitted_.add(missing.size());
  owner_->tell_replica(Resubmitted{missing.size()});
}

}  // namespace tutti::symmetric
