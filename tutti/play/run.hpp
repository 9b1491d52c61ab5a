// An application and its View, running live in one line:
//
//   int main(int argc, char** argv) { return tutti::play::run<Rectangle, RectangleView>(argc, argv); }
//
// Keys that mean something to the View become events. Of the others, these travel through time, for this
// screen only: minus plays backwards and plus forwards, faster each time they are pressed, Page Up and Page
// Down move five seconds back and forth, Home goes to the beginning, comma and period step one tick,
// Backspace stands still, and Return or Escape come back to now. In a View that takes text, those that write
// something do not travel.
//
// With --replay, a recording is played instead (replay_player.hpp).
//
// With --control, commands come as lines on standard input and answers go as JSON lines to standard output:
//   key NAME | type TEXT | click X Y | link [ID@]HOST:PORT | cut | heal | travel TICKS | now | report |
//   fingerprint TICK | image FILE | deadline TIME|SHARE | quit
// The effects of the application are told as answers, too.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tutti/base/text.hpp"
#include "tutti/live/address.hpp"
#include "tutti/live/divergence_files.hpp"
#include "tutti/live/interfaces.hpp"
#include "tutti/live/live_session.hpp"
#include "tutti/live/qr_code.hpp"
#include "tutti/play/control.hpp"
#include "tutti/play/effect_stage.hpp"
#include "tutti/play/options.hpp"
#include "tutti/play/replay_player.hpp"
#include "tutti/play/selftest_run.hpp"
#include "tutti/play/timeline_bar.hpp"
#include "tutti/play/traveller.hpp"
#include "tutti/play/view.hpp"
#include "tutti/play/view_check.hpp"
#include "tutti/wire/text_form.hpp"

namespace tutti::play {

/// One run of an application: its session, its screen and its commands.
template <typename App, View<App> V>
class Player {
 public:
  Player(PlayOptions options, std::unique_ptr<Screen> screen, std::unique_ptr<LiveSession<App>> session)
      : options_(std::move(options)),
        screen_(std::move(screen)),
        session_(std::move(session)),
        control_(options_.control),
        effects_(speaker(options_)) {
    if (!options_.tick_log.empty()) tick_log_.open(options_.tick_log);
    session_->set_audience([this](const auto& news) { this->take(news); });
  }

  /// Until it is asked to end; the exit status.
  int run() {
    answer({{"event", "ready"},
            {"peer", session_->peer().id().text()},
            {"endpoint", session_->peer().local_endpoint().text()}});
    const TimePoint end = options_.run_for ? real_now() + *options_.run_for : TimePoint::max();
    while (!ending_ && real_now() < end) {
      session_->frame();
      note_progress();
      if (!options_.screen.headless) {
        for (const auto& input : screen_->poll()) take(input);
        draw();
        while (auto command = control_.next(real_now())) obey(*command);
        wait_for_input(std::min(session_->next_tick_at(), real_now() + frame_time));
      } else if (auto command = control_.next(std::min(session_->next_tick_at(), end))) {
        obey(*command);
      }
    }
    conclude_divergence();
    if (!options_.image.empty()) save_image(options_.image);
    return ending_with_error_ ? 1 : 0;
  }

 private:
  static constexpr Duration frame_time = std::chrono::milliseconds(16);
  static constexpr std::int64_t marked_seconds = 30;
  static constexpr std::size_t rollbacks_remembered = 64;
  static constexpr int tick_rate = symmetric::ticks_per_second<App>();

  [[nodiscard]] const symmetric::Replica<App>& replica() const { return session_->replica(); }
  [[nodiscard]] Company company() const {
    Company company{.self = session_->peer().id(), .names = {}};
    for (const auto& member : replica().members()) company.names[member.peer] = member.name;
    company.names[session_->peer().id()] = options_.live.name;
    return company;
  }
  [[nodiscard]] symmetric::Travel::Range range() const { return Traveller<App>::range(replica().machine()); }

  void wait_for_input(TimePoint until) {
    if (until <= real_now()) return;
    for (const auto& input : screen_->poll(until - real_now())) take(input);
  }

  static std::unique_ptr<Speaker> speaker(const PlayOptions& options) {
    if (options.mute || options.screen.headless || !SoundingView<V, App>) return nullptr;
    auto opened = Speaker::open();
    if (opened) return *std::move(opened);
    options.live.log(LogLevel::info, "{}", opened.error());
    return nullptr;
  }

  void take(const symmetric::EffectNews<symmetric::EffectOf<App>>& news) {
    static constexpr std::array changes{"fired", "changed", "cancelled"};
    const std::int64_t ticks_ago = replica().tick() - news.id.cause.tick;
    effects_.take(news, Duration(std::chrono::seconds(ticks_ago)) / tick_rate, real_now());
    answer({{"event", "effect"},
            {"change", changes[static_cast<std::size_t>(news.change)]},
            {"tick", news.id.cause.tick.value()},
            {"peer", news.id.cause.origin.peer.text()},
            {"number", news.id.number},
            {"kind", news.effect.index()},
            {"effect", text_form(news.effect)}});
  }

  void take(const Input& input) {
    if (std::holds_alternative<Quit>(input)) {
      ending_ = true;
      return;
    }
    if (const auto* press = std::get_if<KeyPress>(&input); press && !press->repeated) {
      pressed_ = press->key;
      pressed_at_ = real_now();
    }
    if (const auto event = event_of<App, V>(replica().state(), input, company())) {
      if (const auto submitted = session_->submit(*event); !submitted)
        refuse(fmt::format("{} cannot be told to others: {}", text_form(*event, 60),
                           symmetric::describe(submitted.error())));
      return;
    }
    if (const auto* press = std::get_if<KeyPress>(&input); press && !(TextView<V, App> && writes(press->key)))
      traveller_.press(press->key, replica().machine(), real_now());
  }

  // What the timeline and the log show has to be noticed as it happens.
  void note_progress() {
    const auto& statistics = replica().machine().statistics();
    if (statistics.rollbacks > rollbacks_seen_) {
      const auto back = statistics.ticks_travelled_back - ticks_back_seen_;
      rollback_marks_.push_back({.kind = TimelineMark::Kind::rollback,
                                 .tick = replica().tick().value(),
                                 .ticks_back = static_cast<std::int64_t>(back)});
      if (rollback_marks_.size() > rollbacks_remembered) rollback_marks_.pop_front();
      rollbacks_seen_ = statistics.rollbacks;
      ticks_back_seen_ = statistics.ticks_travelled_back;
    }
    if (tick_log_.is_open() && replica().tick() != logged_tick_) {
      logged_tick_ = replica().tick();
      tick_log_ << real_now().time_since_epoch().count() << ' ' << logged_tick_.value() << '\n';
    }
    if (const auto& divergence = replica().divergence(); divergence && !divergence_files_) {
      divergence_files_.emplace(replica().machine(), *divergence, replica().divergence_state(),
                                session_->peer().id(), options_.reports, options_.live.log);
      options_.live.log(
          LogLevel::error,
          "the states of this peer and {} differ though their events are the same: first at tick {}; "
          "the application is not deterministic; {}",
          divergence->peer.brief(), divergence->first_bad_tick.value(), divergence_files_->said());
    }
    if (replica().divergence_pages().over()) conclude_divergence();
  }

  void conclude_divergence() {
    if (!divergence_files_ || divergence_files_->concluded()) return;
    const auto said = divergence_files_->conclude(replica().divergence_pages().difference());
    options_.live.log(LogLevel::error, "{}", said);
  }

  void draw() {
    traveller_.follow(replica().machine(), real_now());
    present();
  }

  void present() {
    const TimePoint now = real_now();
    screen_->canvas().within(area_above_timeline(screen_->canvas()), [&](Canvas& canvas) {
      draw_view<App, V>(canvas, traveller_.state(replica().machine()), company());
      effects_.draw(canvas, now);
    });
    draw_bar(now);
    if (const auto presented = screen_->present(); !presented)
      options_.live.log(LogLevel::warning, "the screen could not be shown: {}", presented.error());
  }

  void draw_bar(TimePoint now) {
    const auto& machine = replica().machine();
    const auto& statistics = machine.statistics();
    std::vector<TimelineMark> marks;
    const auto events = machine.timeline().all();
    for (auto event = events.rbegin(); event != events.rend() && marks.size() < marks_max; ++event) {
      if (event->id.tick < machine.tick() - marked_seconds * tick_rate) break;
      marks.push_back({.kind = TimelineMark::Kind::event,
                       .tick = event->id.tick.value(),
                       .colour = peer_colour(event->id.origin.peer)});
    }
    std::ranges::reverse(marks);
    marks.insert(marks.end(), rollback_marks_.begin(), rollback_marks_.end());
    TimelineView view{.ticks_per_second = tick_rate,
                      .now_tick = machine.tick().value(),
                      .deadline_ticks = replica().deadline_ticks(),
                      .waiting = replica().held_back(now),
                      .marks = marks,
                      .peers = replica().members().size() + 1,
                      .watching = session_->peer().watches(),
                      .events = statistics.events,
                      .late_events = statistics.late_events,
                      .rollbacks = statistics.rollbacks,
                      .trouble = replica().store_trouble(),
                      .self = peer_colour(session_->peer().id()),
                      .pressed = pressed_,
                      .pressed_ago = now - pressed_at_};
    traveller_.describe(machine, view);
    draw_timeline(screen_->canvas(), view);
  }

  void save_image(const std::filesystem::path& file) {
    traveller_.arrive(replica().machine(), real_now());
    present();
    if (const auto saved = screen_->canvas().save_png(file); !saved) {
      options_.live.log(LogLevel::error, "{}", saved.error());
      ending_with_error_ = true;
    }
  }

  // ---- commands

  void obey(const std::string& command) {
    const auto [verb, argument] = split(command, ' ');
    if (verb == "quit") {
      ending_ = true;
    } else if (verb == "report") {
      report();
    } else if (verb == "cut" || verb == "heal") {
      session_->peer().set_cut(verb == "cut");
    } else if (verb == "now") {
      traveller_.travel().return_to_now(real_now(), range());
    } else if (!argument) {
      refuse(fmt::format("'{}' is no command, or lacks its argument", command));
    } else if (verb == "key") {
      const auto key = parse_key(*argument);
      key ? take(KeyPress{*key}) : refuse(key.error());
    } else if (verb == "type") {
      take(Typed{std::string(*argument)});
    } else if (verb == "link") {
      const auto target = resolve_target(*argument);
      target ? session_->peer().add_target(*target) : refuse(target.error());
    } else if (verb == "deadline") {
      const auto policy = symmetric::parse_deadline(*argument);
      policy ? session_->choose_deadline(*policy) : refuse(policy.error());
    } else if (verb == "image") {
      save_image(std::string(*argument));
      answer({{"event", "image"}, {"file", *argument}});
    } else {
      obey_numbers(verb, *argument, command);
    }
  }

  void obey_numbers(std::string_view verb, std::string_view argument, const std::string& command) {
    const auto [first, second] = split(argument, ' ');
    const auto number = parse_whole<std::int64_t>(first);
    const auto other = second ? parse_whole<std::int64_t>(*second) : std::nullopt;
    if (!number) return refuse(fmt::format("'{}' needs a whole number", command));
    if (verb == "travel")
      return traveller_.travel().go(real_now(), range(), replica().tick() + *number, leap_pace * tick_rate);
    if (verb == "click" && other)
      return take(Pointer{static_cast<int>(*number), static_cast<int>(*other), true});
    if (verb == "fingerprint") return report_fingerprint(symmetric::Tick(*number));
    refuse(fmt::format("'{}' is no command", command));
  }

  void report() {
    const auto& machine = replica().machine();
    const auto& statistics = machine.statistics();
    nlohmann::json members = nlohmann::json::array();
    for (const auto& member : replica().members()) members.push_back(member.name);
    nlohmann::json report{{"event", "report"},
                          {"name", options_.live.name},
                          {"tick", machine.tick().value()},
                          {"replaying", machine.replaying().has_value()},
                          {"events", statistics.events},
                          {"late", statistics.late_events},
                          {"rollbacks", statistics.rollbacks},
                          {"ticks_travelled_back", statistics.ticks_travelled_back},
                          {"ticks_replayed", statistics.ticks_replayed},
                          {"deadline_ticks", replica().deadline_ticks()},
                          {"held_back_seconds", in_seconds(replica().held_back(real_now()))},
                          {"links", session_->peer().link_count()},
                          {"again", replica().resubmitted_count()},
                          {"store_trouble", replica().store_trouble()},
                          {"members", members}};
    if (const auto& divergence = replica().divergence())
      report["divergence"] = {{"peer", divergence->peer.text()},
                              {"tick", divergence->first_bad_tick.value()},
                              {"replay", divergence_files_ ? divergence_files_->replay() : ""},
                              {"report", divergence_files_ ? divergence_files_->report() : ""}};
    answer(report);
  }

  void report_fingerprint(symmetric::Tick tick) {
    const auto& machine = replica().machine();
    if (tick < machine.first_tick() || tick > machine.tick() || machine.replaying())
      return refuse(fmt::format("tick {} cannot be shown now", tick.value()));
    const auto fingerprint = machine.fingerprint(tick);
    answer({{"event", "fingerprint"},
            {"tick", tick.value()},
            {"history", fmt::format("{:016x}", fingerprint.history)},
            {"state", fmt::format("{:016x}", fingerprint.state_hash)}});
  }

  void refuse(const std::string& why) {
    answer({{"event", "error"}, {"why", why}});
    options_.live.log(LogLevel::warning, "{}", why);
  }

  void answer(const nlohmann::json& value) {
    if (!options_.control) return;
    fmt::print("{}\n", value.dump());
    std::fflush(stdout);
  }

  PlayOptions options_;
  std::unique_ptr<Screen> screen_;
  std::unique_ptr<LiveSession<App>> session_;
  Control control_;
  EffectStage<App, V> effects_;
  Traveller<App> traveller_;
  std::optional<Key> pressed_;
  TimePoint pressed_at_;
  std::deque<TimelineMark> rollback_marks_;
  std::uint64_t rollbacks_seen_ = 0;
  std::uint64_t ticks_back_seen_ = 0;
  std::ofstream tick_log_;
  symmetric::Tick logged_tick_;
  std::optional<DivergenceFiles<App>> divergence_files_;  // once there is a divergence
  bool ending_ = false;
  bool ending_with_error_ = false;
};

/// Runs `App` live until its window is closed. Returns the exit status; what went wrong is said on standard
/// error. Beside the options that all applications have, it takes the application's own.
template <typename App, typename V>
int run(int argc, char** argv, const std::vector<OwnOption>& own = {}) {
  static_assert(symmetric::check_application<App>());
  static_assert(check_view<V, App>());
  auto options = parse_play_options(argc, argv, App::name, own);
  if (!options) return options.error();
  if (options->self_test) return self_test<App>(*options);
  if (!options->replay.file.empty()) return replay<App, V>(*options);
  options->screen.text = TextView<V, App>;
  auto screen = Screen::open(options->screen);
  if (!screen) {
    fmt::print(stderr, "{}: {}\n", App::name, screen.error());
    return 1;
  }
  const bool opens = !options->new_ticket.empty();
  if (opens) options->live.ticket = Ticket::generate(options->live.sign);
  auto session = LiveSession<App>::open(options->live);
  if (!session) {
    fmt::print(stderr, "{}: {}\n", App::name, session.error());
    return 1;
  }
  if (opens) {
    for (const auto& endpoint : reachable_endpoints((*session)->peer().local_endpoint()))
      options->live.ticket->add_address(endpoint);
    if (const auto saved = save_all(*options->live.ticket, options->new_ticket); !saved) {
      fmt::print(stderr, "{}: {}\n", App::name, saved.error());
      return 1;
    }
    options->live.log(LogLevel::info, "others take part with --ticket and what is in {}",
                      options->new_ticket.string());
    (*session)->peer().on_mapped([ticket = *options->live.ticket, file = options->new_ticket,
                                  log = options->live.log](const Endpoint& external) {
      auto with_it = ticket;
      with_it.add_address(external);
      if (const auto saved = replace_all(with_it, file); !saved) log(LogLevel::warning, "{}", saved.error());
    });
  }
  if (options->show_qr) {
    const auto code = QrCode::of(options->live.ticket->text());
    fmt::print(stderr, "{}\n", code ? code->terminal_text() : code.error());
  }
  return Player<App, V>(*std::move(options), *std::move(screen), *std::move(session)).run();
}

}  // namespace tutti::play
