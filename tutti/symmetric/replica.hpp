// A replica: one peer's copy of the application, kept at network time.
//
// It ties the time machine to the session: takes in events, advances to the tick that the network time says,
// and compares its settled states with the neighbours'. It runs wherever its owner calls it, on one thread.
#pragma once

#include <algorithm>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tutti/symmetric/comparison.hpp"
#include "tutti/symmetric/image.hpp"
#include "tutti/symmetric/page_exchange.hpp"
#include "tutti/symmetric/playback.hpp"
#include "tutti/symmetric/port.hpp"
#include "tutti/symmetric/time_machine.hpp"
#include "tutti/symmetric/travel.hpp"
#include "tutti/symmetric/witness.hpp"

namespace tutti::symmetric {

struct ReplicaOptions {
  TimeMachineOptions time_machine{};
  /// A tick this old is compared with the neighbours'. No younger one is taken for settled, whatever is
  /// known: who has just come may have done something before its first words are heard.
  Duration settled_after = std::chrono::seconds(3);
  /// While nothing happens, comparisons become rarer, down to one in this: a state that goes wrong by itself
  /// is found that late.
  std::chrono::seconds comparison_pause_max = std::chrono::seconds(16);
  /// The user does nothing: submit() fails.
  bool watches = false;
};

template <typename App>
class Replica {
  static_assert(check_application<App>());

 public:
  using State = App::State;
  using Event = App::Event;

  /// What goes to the session is given to `session`.
  explicit Replica(SessionInlet session, const ReplicaOptions& options = {})
      : session_(std::move(session)), options_(options), machine_(options.time_machine) {}
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  /// Takes what comes from the session; runs nothing of the application.
  void receive(ToReplica message) {
    std::visit([this](auto& content) { this->take(std::move(content)); }, message);
  }

  /// The user did something: everybody, this peer too, applies it when it is due. Fails for an event over
  /// event_bytes_max, and where the user only watches.
  std::expected<void, EventError> submit(const Event& event) {
    if (options_.watches) return std::unexpected(EventError::watching);
    auto bytes = encode_event<App>(event);
    if (!bytes) return std::unexpected(bytes.error());
    session_(Submit{*std::move(bytes)});
    return {};
  }

  /// How far ahead what the user does is stamped, from now on.
  void choose_deadline(DeadlinePolicy policy) { session_(DeadlineChosen{policy}); }

  /// Tells `audience` of the application's effects from now on (effects.hpp), in advance(). What is told when
  /// it is settled is told when all events up to its tick are here, of all who may still say some.
  void set_audience(EffectAudience<EffectOf<App>> audience) { machine_.set_audience(std::move(audience)); }

  /// Records the session from here on, with all that is known of it so far, until `sink` is replaced.
  void record(RecordingWriter::Sink sink) { recording_ = begin_recording(machine_, std::move(sink)); }
  /// Ends the recording with the fingerprint of the state that is shown, for whoever verifies it.
  void end_recording() {
    if (recording_ && !machine_.replaying()) recording_->add(machine_.fingerprint(machine_.tick()));
    recording_.reset();
  }

  /// The tick it is now in the network; in lockstep, the last one before it that all events are here for.
  [[nodiscard]] Tick due(TimePoint now) const {
    return std::max(within_limit(rate_.tick_at(time_at(now))), machine_.tick());
  }
  /// When the tick after the one it shows is due: a replica that is not behind has nothing to do before.
  /// Nothing while others are waited for: something comes from the session first.
  [[nodiscard]] std::optional<TimePoint> next_tick_at() const { return reaches_at(machine_.tick() + 1); }
  /// Whether it has something to do at its next tick already: to roll back or replay, or effects to tell.
  [[nodiscard]] bool restless() const {
    return machine_.will_roll_back() || machine_.replaying() || machine_.has_audience() || fold_wanted_;
  }
  /// When it must be advanced again if nobody looks at it before, and if it is advanced before anything is
  /// received; then it says the same as if it had been advanced at every tick. Nothing as in next_tick_at().
  [[nodiscard]] std::optional<TimePoint> next_advance_at() const {
    const Tick next = machine_.tick() + 1;
    return restless() ? reaches_at(next) : reaches_at(std::max(next, within_limit(next_report_)));
  }
  /// In lockstep: how long ago what is shown was due, because others are waited for.
  [[nodiscard]] Duration held_back(TimePoint now) const {
    if (next_tick_at()) return {};
    return std::max(time_at(now) - rate_.begin_of(machine_.tick() + 1), Duration::zero());
  }

  /// Goes towards the tick that is due, running at most `budget_ticks` ticks, replayed ones included and
  /// those on the way to a foundation. Returns how many ran. Whether it got there, behind() says.
  std::int64_t advance(TimePoint now, std::int64_t budget_ticks) {
    auto left = budget_ticks - machine_.advance(due(now), budget_ticks);
    // In lockstep newcomers introduce themselves before they do anything: no age is needed.
    const Tick youngest = limit_ ? machine_.tick() : old_enough(now);
    machine_.settle_effects(std::min(settled_.tick.value_or(youngest), youngest));
    fold(left);
    pages_.wait(now);
    if (machine_.tick() >= next_report_) report_settled(now);
    return budget_ticks - left;
  }
  /// Whether there is more to be run before the state is that of now.
  [[nodiscard]] bool behind(TimePoint now) const {
    return machine_.tick() < due(now) || machine_.replaying().has_value();
  }

  /// Whether the image of a foundation is still to be made: it is not urgent, and may take several frames.
  [[nodiscard]] bool folding() const { return fold_wanted_.has_value(); }

  [[nodiscard]] const State& state() const { return machine_.state(); }
  [[nodiscard]] Tick tick() const { return machine_.tick(); }
  [[nodiscard]] const TimeMachine<App>& machine() const { return machine_; }
  /// The network's time; it stands still until the session has told of it.
  [[nodiscard]] SessionTime time_at(TimePoint now) const { return line_ ? line_->at(now) : SessionTime{}; }
  [[nodiscard]] std::int64_t deadline_ticks() const { return deadline_ticks_; }
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  /// The first divergence found, if there is one: a fault of the application or of the machine it runs on.
  [[nodiscard]] const std::optional<Divergence>& divergence() const { return divergence_; }
  /// The state of this peer that is told in it; nothing if it cannot be had any more.
  [[nodiscard]] const std::optional<memory::Image>& divergence_state() const { return divergence_state_; }
  /// What has been found out of it by asking the other peer for its state.
  [[nodiscard]] const PageExchange& divergence_pages() const { return pages_; }

  /// How many of this user's events have happened again, at other ticks than first: others had gone on
  /// without this peer for so long that they could not take them in any more.
  [[nodiscard]] std::uint64_t resubmitted_count() const { return resubmitted_count_; }

  /// Why nothing that happens can be stored at present, and is therefore not shown; empty if all is well.
  [[nodiscard]] const std::string& store_trouble() const { return store_trouble_; }

  /// Events and images that are none of this application; the session lets none through.
  [[nodiscard]] std::uint64_t malformed_count() const { return malformed_count_; }

 private:
  void take(EventArrived arrived) {
    auto event = decode_event<App>(arrived.event);
    compare_until(std::max(arrived.id.tick, machine_.tick()));
    if (!event) {
      ++malformed_count_;
      return;
    }
    const auto arrival = machine_.insert(arrived.id, *std::move(event));
    if (recording_ && (arrival == Arrival::timely || arrival == Arrival::late))
      recording_->add(RecordedEvent{arrived.id, std::move(arrived.event)});
  }
  void take(EventWithdrawn withdrawn) {
    compare_until(std::max(withdrawn.id.tick, machine_.tick()));
    machine_.withdraw(withdrawn.id);
    if (recording_) recording_->add(RecordedWithdrawal{withdrawn.id});
  }
  void take(PaceChanged changed) { line_ = changed.line; }
  void take(DeadlineChanged changed) { deadline_ticks_ = changed.ticks; }
  void take(Settled settled) { settled_ = settled; }
  void take(RunLimit limit) { limit_ = limit; }
  void take(MembersChanged changed) {
    if (!std::ranges::equal(changed.members, members_, {}, &Member::peer, &Member::peer))
      compare_until(machine_.tick());
    members_ = std::move(changed.members);
  }
  void take(ComparisonReceived received) {
    auto outcome = comparison_.received(received.from, received.message);
    if (outcome.reply) session_(ComparisonSent{received.from, *std::move(outcome.reply)});
    if (outcome.divergence && !divergence_) {
      divergence_ = outcome.divergence;
      divergence_state_ = settled_image(divergence_->ours);
      send(divergence_->peer, pages_.inquire(*divergence_));
    }
  }
  void take(const PagesReceived& received) {
    send(received.from, pages_.received(received.from, received.message));
  }
  void send(PeerId to, std::optional<PageMessage> message) {
    if (message) session_(PagesSent{to, *std::move(message)});
  }

  void take(FoldWanted wanted) {
    fold_wanted_ = wanted.tick;
    std::int64_t at_once = 0;
    fold(at_once);
  }
  void take(FoundationAdopted adopted) {
    fold_wanted_.reset();
    if (adopted.tick == Tick(0)) {
      machine_.begin_anew();
      if (recording_) recording_->add({Tick(0), 0, bytes_of(started_memory<App>().image())});
    } else if (is_image_of<App>(adopted.image)) {
      if (recording_) recording_->add({adopted.tick, adopted.history, adopted.image});
      machine_.adopt({adopted.tick, adopted.history, image_of(std::move(adopted.image))});
    } else {
      ++malformed_count_;
      return;
    }
    compare_until(machine_.tick());
  }
  void take(StoreTroubled troubled) { store_trouble_ = std::move(troubled.why); }
  void take(Resubmitted resubmitted) { resubmitted_count_ += resubmitted.events; }

  // Without a snapshot of that tick it takes a while: nobody waits for it.
  void fold(std::int64_t& budget_ticks) {
    if (!fold_wanted_) return;
    const auto foundation = machine_.fold_at(*fold_wanted_, budget_ticks);
    if (!foundation) return;
    fold_wanted_.reset();
    session_(ImageTaken{foundation->tick, foundation->history, bytes_of(foundation->image)});
  }

  std::optional<Fingerprint> settled_fingerprint(Tick tick) {
    if (tick < machine_.first_tick() || tick > machine_.tick() || machine_.replaying()) return std::nullopt;
    return witness_.fingerprint(machine_, tick);
  }
  std::optional<memory::Image> settled_image(const Fingerprint& fingerprint) {
    if (settled_fingerprint(fingerprint.tick) != fingerprint) return std::nullopt;
    return witness_.image(machine_, fingerprint);
  }

  // Whole seconds, where the snapshots are, so that a fingerprint costs no replay. Every second while events
  // settle; once a report covers them all, what comes after follows from it, and only a state that goes wrong
  // by itself is left to be found.
  void report_settled(TimePoint now) {
    const Tick tick(old_enough(now).value() / second * second);
    if (tick > Tick(0)) {
      if (const auto fingerprint = settled_fingerprint(tick)) {
        session_(ComparisonSent{std::nullopt, SettledReport{*fingerprint}});
        if (recording_) recording_->add(*fingerprint);
        comparison_pause_ = tick < compared_until_
                                ? std::chrono::seconds(1)
                                : std::min(2 * comparison_pause_, options_.comparison_pause_max);
      }
    }
    next_report_ = seconds_on(comparison_pause_);
  }
  [[nodiscard]] std::optional<TimePoint> reaches_at(Tick tick) const {
    if (!line_ || within_limit(tick) < tick) return std::nullopt;
    return line_->when(rate_.begin_of(tick));
  }
  [[nodiscard]] Tick within_limit(Tick tick) const { return limit_ ? std::min(tick, limit_->tick) : tick; }
  [[nodiscard]] Tick old_enough(TimePoint now) const {
    return rate_.tick_at(time_at(now) - options_.settled_after);
  }
  void compare_until(Tick tick) {
    compared_until_ = std::max(compared_until_, tick);
    comparison_pause_ = std::chrono::seconds(1);
    next_report_ = std::min(next_report_, seconds_on(comparison_pause_));
  }
  [[nodiscard]] Tick seconds_on(std::chrono::seconds seconds) const {
    return Tick((machine_.tick().value() / second + seconds.count()) * second);
  }

  static constexpr std::int64_t second = ticks_per_second<App>();

  SessionInlet session_;
  ReplicaOptions options_;
  TickRate rate_{ticks_per_second<App>()};
  TimeMachine<App> machine_;
  std::optional<PaceLine> line_;
  std::int64_t deadline_ticks_ = 1;
  Settled settled_{Tick(0)};
  std::optional<RunLimit> limit_;  // in lockstep
  std::vector<Member> members_;
  Witness<App> witness_;
  Comparison comparison_{[this](Tick tick) { return settled_fingerprint(tick); }};
  std::optional<Divergence> divergence_;
  std::optional<memory::Image> divergence_state_;
  PageExchange pages_{[this](const Fingerprint& fingerprint) { return settled_image(fingerprint); }};
  std::optional<RecordingWriter> recording_;
  Tick next_report_;
  Tick compared_until_;  // reports are to cover what happened up to here
  std::chrono::seconds comparison_pause_{1};
  std::optional<Tick> fold_wanted_;
  std::uint64_t resubmitted_count_ = 0;
  std::string store_trouble_;
  std::uint64_t malformed_count_ = 0;
};

}  // namespace tutti::symmetric
