#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "child_messages.hpp"
#include "demo/demo.hpp"
#include "demo/script.hpp"
#include "tutti/base/temporary_folder.hpp"
#include "tutti/base/text.hpp"
#include "tutti/play/contact_sheet.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::tools {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration start_patience = seconds(60);
constexpr Duration settle_patience = seconds(60);
constexpr Duration answer_patience = seconds(20);
constexpr Duration report_interval = milliseconds(200);
constexpr Duration report_interval_recovering = milliseconds(30);
/// A peer is level with the others while it is no more ticks behind than a report may be old.
constexpr std::int64_t level_ticks = 10;
constexpr int window_columns = 3;
constexpr int window_width = 660;
constexpr int window_height = 600;

struct Actor {
  std::optional<Child> child;
  std::string endpoint;  // once it is ready; kept for its next life
  std::string peer;
  bool ready = false;
  json report;
  std::optional<json> fingerprint;
  bool pictured = false;
  std::optional<TimePoint> returned;
  std::optional<Duration> recovery;
};

class Stage {
 public:
  explicit Stage(const DemoOptions& options) : options_(options), actors_(options.topology.peers) {}

  std::expected<DemoOutcome, std::string> perform();

 private:
  using Problem = std::optional<std::string>;

  Problem start(std::uint32_t index);
  void link(std::uint32_t index);
  Problem do_step(const Step& step);
  void hear();
  static void heard(Actor& actor, const json& message);
  void ask_for_reports();
  void look_for_recoveries();
  /// Hears and asks until `done`, at most for `patience`.
  bool wait_until(Duration patience, const std::function<bool()>& done);
  bool settle();
  bool compare(std::int64_t tick);
  Problem take_picture();
  void show_progress(bool force);
  [[nodiscard]] Problem somebody_ended();
  [[nodiscard]] std::int64_t newest_tick() const;
  [[nodiscard]] std::uint64_t most_events() const;

  const DemoOptions& options_;
  TemporaryFolder folder_;  // for keys and pictures
  std::filesystem::path program_;
  bool headless_ = false;
  std::vector<Actor> actors_;
  TimePoint began_;
  TimePoint next_report_;
  TimePoint next_progress_;
  std::string news_ = "starting";
};

std::int64_t number(const json& report, const char* field) {
  return report.is_object() ? report.value(field, std::int64_t{0}) : 0;
}

Stage::Problem Stage::start(std::uint32_t index) {
  auto& actor = actors_[index];
  const bool again = !actor.endpoint.empty();
  std::vector<std::string> arguments{program_.string(),
                                     "--control",
                                     "--quiet",
                                     "--name",
                                     fmt::format("peer {}", index),
                                     "--listen",
                                     again ? actor.endpoint : "127.0.0.1:0",
                                     "--identity",
                                     folder_ / fmt::format("{}.pem", index)};
  if (headless_) {
    arguments.emplace_back("--headless");
  } else {
    arguments.emplace_back("--window");
    arguments.push_back(fmt::format("{},{}", 20 + static_cast<int>(index) % window_columns * window_width,
                                    20 + static_cast<int>(index) / window_columns * window_height));
  }
  auto child = Child::start(arguments);
  if (!child) return child.error();
  actor.child.emplace(*std::move(child));
  actor.ready = false;
  actor.report = nullptr;
  return std::nullopt;
}

void Stage::link(std::uint32_t index) {
  for (const auto& [target, source] : options_.topology.links)
    if (source == index)
      actors_[index].child->tell(fmt::format("link {}@{}", actors_[target].peer, actors_[target].endpoint));
}

Stage::Problem Stage::do_step(const Step& step) {
  auto& actor = actors_[step.peer];
  if (const auto news = description(step); !news.empty()) {
    news_ = news;
    show_progress(true);
  }
  if (const auto* press = std::get_if<Press>(&step.action)) {
    if (actor.child && actor.ready) actor.child->tell(fmt::format("key {}", play::text(press->key)));
  } else if (std::holds_alternative<Kill>(step.action)) {
    actor.child.reset();
    actor.report = nullptr;
  } else if (std::holds_alternative<Restart>(step.action)) {
    if (auto problem = start(step.peer)) return problem;
    if (!wait_until(start_patience, [&] { return actor.ready; }))
      return fmt::format("peer {} did not start again", step.peer);
    link(step.peer);
    actor.returned = real_now();
  } else if (std::holds_alternative<Cut>(step.action)) {
    actor.child->tell("cut");
  } else {
    actor.child->tell("heal");
    actor.returned = real_now();
  }
  return std::nullopt;
}

void Stage::hear() {
  std::vector<Child*> children;
  children.reserve(actors_.size());
  for (auto& actor : actors_) children.push_back(actor.child ? &*actor.child : nullptr);
  hear_messages(children, milliseconds(10),
                [this](std::size_t index, const json& message) { heard(actors_[index], message); });
}

void Stage::heard(Actor& actor, const json& message) {
  const auto event = message.value("event", "");
  if (event == "ready") {
    actor.ready = true;
    actor.peer = message.value("peer", "");
    actor.endpoint = message.value("endpoint", "");
  } else if (event == "report") {
    actor.report = message;
  } else if (event == "fingerprint") {
    actor.fingerprint = message;
  } else if (event == "image") {
    actor.pictured = true;
  }
}

void Stage::ask_for_reports() {
  const TimePoint now = real_now();
  if (now < next_report_) return;
  const bool recovering =
      std::ranges::any_of(actors_, [](const Actor& actor) { return actor.returned.has_value(); });
  next_report_ = now + (recovering ? report_interval_recovering : report_interval);
  for (auto& actor : actors_)
    if (actor.child && actor.ready) actor.child->tell("report");
}

std::int64_t Stage::newest_tick() const {
  std::int64_t newest = 0;
  for (const auto& actor : actors_) newest = std::max(newest, number(actor.report, "tick"));
  return newest;
}

std::uint64_t Stage::most_events() const {
  std::int64_t most = 0;
  for (const auto& actor : actors_) most = std::max(most, number(actor.report, "events"));
  return static_cast<std::uint64_t>(most);
}

void Stage::look_for_recoveries() {
  for (auto& actor : actors_) {
    if (!actor.returned || actor.report.is_null()) continue;
    if (static_cast<std::uint64_t>(number(actor.report, "events")) < most_events() ||
        newest_tick() - number(actor.report, "tick") > level_ticks || number(actor.report, "links") == 0)
      continue;
    actor.recovery = real_now() - *actor.returned;
    actor.returned.reset();
  }
}

bool Stage::wait_until(Duration patience, const std::function<bool()>& done) {
  for (const TimePoint end = real_now() + patience; real_now() < end;) {
    hear();
    ask_for_reports();
    look_for_recoveries();
    show_progress(false);
    if (done()) return true;
    if (somebody_ended()) return false;
  }
  return false;
}

Stage::Problem Stage::somebody_ended() {
  for (std::uint32_t i = 0; i < actors_.size(); ++i)
    if (actors_[i].child && !actors_[i].child->running()) return fmt::format("peer {} ended by itself", i);
  return std::nullopt;
}

bool Stage::compare(std::int64_t tick) {
  for (auto& actor : actors_) {
    actor.fingerprint.reset();
    actor.child->tell(fmt::format("fingerprint {}", tick));
  }
  if (!wait_until(answer_patience, [&] {
        return std::ranges::all_of(actors_, [](const Actor& actor) { return actor.fingerprint.has_value(); });
      }))
    return false;
  return std::ranges::all_of(actors_, [&](const Actor& actor) {
    return (*actor.fingerprint)["state"] == (*actors_.front().fingerprint)["state"] &&
           (*actor.fingerprint)["history"] == (*actors_.front().fingerprint)["history"];
  });
}

bool Stage::settle() {
  news_ = "waiting until all know all";
  return wait_until(settle_patience, [&] {
    return std::ranges::all_of(actors_, [&](const Actor& actor) {
      return !actor.report.is_null() && !actor.returned && !actor.report.value("replaying", true) &&
             newest_tick() - number(actor.report, "tick") <= level_ticks &&
             static_cast<std::uint64_t>(number(actor.report, "events")) == most_events();
    });
  });
}

Stage::Problem Stage::take_picture() {
  std::vector<play::SheetTile> tiles;
  for (std::uint32_t i = 0; i < actors_.size(); ++i) {
    const auto file = folder_ / fmt::format("{}.png", i);
    tiles.push_back({file, fmt::format("peer {}", i)});
    actors_[i].child->tell(fmt::format("image {}", file.string()));
  }
  if (!wait_until(answer_patience, [&] { return std::ranges::all_of(actors_, &Actor::pictured); }))
    return "not every peer has drawn its picture";
  const int columns =
      std::min(window_columns, static_cast<int>(std::ceil(std::sqrt(static_cast<double>(actors_.size())))));
  const auto written = play::write_contact_sheet(options_.image, tiles, std::max(columns, 1));
  if (!written) return written.error();
  return std::nullopt;
}

void Stage::show_progress(bool force) {
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  const TimePoint now = real_now();
  if (!terminal) {
    if (force) fmt::print(stderr, "{:5.1f} s  {}\n", in_seconds(now - began_), news_);
    return;
  }
  if (now < next_progress_ && !force) return;
  next_progress_ = now + milliseconds(100);
  const double part = std::clamp(in_seconds(now - began_) / in_seconds(options_.length), 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(part * 30);
  fmt::print(stderr, "\r[{:#>{}}{:.>{}}] {:5.1f} of {:.0f} s, tick {}, {} events, {:<30}", "", filled, "",
             30 - filled, in_seconds(now - began_), in_seconds(options_.length), newest_tick(), most_events(),
             news_);
  std::fflush(stderr);
}

std::expected<DemoOutcome, std::string> Stage::perform() {
  if (folder_.path().empty()) return std::unexpected("no temporary directory can be made");
  std::error_code error;
  program_ = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "rectangle";
  if (error || !std::filesystem::exists(program_))
    return std::unexpected(
        fmt::format("the application '{}' is missing beside this program", program_.string()));
  headless_ =
      options_.headless || (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr);

  began_ = real_now();
  for (std::uint32_t i = 0; i < actors_.size(); ++i)
    if (auto problem = start(i)) return std::unexpected(*problem);
  if (!wait_until(start_patience, [&] { return std::ranges::all_of(actors_, &Actor::ready); }))
    return std::unexpected(somebody_ended().value_or("not every peer has started"));
  for (std::uint32_t i = 0; i < actors_.size(); ++i) link(i);

  began_ = real_now();
  news_ = headless_ ? "a scripted hand presses keys" : "press arrow keys and Space in any window";
  show_progress(true);
  for (const auto& step : demo_script(options_.seed, options_.topology.peers, options_.length, headless_)) {
    wait_until(began_ + step.at - real_now(), [] { return false; });
    if (auto problem = do_step(step)) return std::unexpected(*problem);
  }
  wait_until(began_ + options_.length - real_now(), [] { return false; });
  if (auto problem = somebody_ended()) return std::unexpected(*problem);

  const bool settled = settle();
  DemoOutcome outcome;
  outcome.common_tick = number(actors_.front().report, "tick");
  for (const auto& actor : actors_)
    outcome.common_tick = std::min(outcome.common_tick, number(actor.report, "tick"));
  const bool equal = compare(outcome.common_tick);
  if (auto problem = take_picture()) return std::unexpected(*problem);
  if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\n");
  if (!settled) fmt::print(stderr, "not all peers have come to know all events\n");
  if (!equal) fmt::print(stderr, "the fingerprints differ, or not all have answered\n");

  outcome.picture = options_.image.string();
  outcome.took = real_now() - began_;
  for (const auto& actor : actors_)
    outcome.peers.push_back({.tick = number(actor.report, "tick"),
                             .events = static_cast<std::uint64_t>(number(actor.report, "events")),
                             .late = static_cast<std::uint64_t>(number(actor.report, "late")),
                             .rollbacks = static_cast<std::uint64_t>(number(actor.report, "rollbacks")),
                             .recovery = actor.recovery,
                             .history = actor.fingerprint ? actor.fingerprint->value("history", "") : "",
                             .state = actor.fingerprint ? actor.fingerprint->value("state", "") : ""});
  for (auto& actor : actors_) actor.child->tell("quit");
  for (auto& actor : actors_) actor.child->wait(seconds(5));
  return outcome;
}

}  // namespace

std::expected<DemoOutcome, std::string> run_live_demo(const DemoOptions& options) {
  return Stage(options).perform();
}

}  // namespace tutti::tools
