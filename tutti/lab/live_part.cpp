#include "tutti/lab/live_part.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "tutti/base/text.hpp"
#include "tutti/lab/live_world.hpp"
#include "tutti/net/udp/udp_socket.hpp"

namespace tutti::lab {
namespace {

/// All processes have shown themselves so long after a window's end.
constexpr Duration observation_lag_max = std::chrono::milliseconds(250);
/// Between two questions of which the first has not reached everybody.
constexpr Duration gathering_pause = std::chrono::seconds(1);

/// Of a time series.
constexpr std::uint64_t series_max = 240;
/// Below AggregationOptions::gatherings_max.
constexpr std::size_t questions_at_a_time = 12;

const Endpoint loopback = Endpoint::v4(0x7f000001, 0);

Endpoint at_port(std::uint16_t port) {
  auto endpoint = loopback;
  endpoint.port = port;
  return endpoint;
}

class Part {
 public:
  Part(const LiveRunTerms& terms, Prepared& prepared, Board& board, RealRuntime& runtime,
       std::unique_ptr<DatagramSocket> socket, LivePlace place, ProcessLine& line)
      : terms_(terms),
        prepared_(prepared),
        runtime_(runtime),
        number_(place.number),
        start_(place.start),
        line_(line),
        world_(terms.plan, *prepared.stack, runtime, std::move(socket), board, std::move(place),
               [this](Scope scope, std::uint32_t window) { return answer(scope, window); }),
        observations_(TimePoint{}),
        lag_(std::min(terms.plan.window / 2, observation_lag_max)),
        cues_(runtime, [this] { play_on(); }),
        windows_(runtime, [this] { end_window(); }),
        observer_(runtime, [this] { observe(); }),
        settling_(runtime, [this] { settle(); }),
        judge_(runtime, [this] { judge(); }),
        questions_(runtime, [this] { ask(); }),
        beats_(runtime, [this] { beat(); }),
        hung_up_(runtime.io(), ::dup(line.socket())) {
    hung_up_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code&) { runtime_.stop(); });
    beat();
    cues_.arm_at(start_);
    window_end_ = terms.plan.warm_up;
    windows_.arm_at(start_ + window_end_);
  }

 private:
  [[nodiscard]] bool observes() const { return number_ == 0; }
  [[nodiscard]] Duration end() const { return terms_.plan.warm_up + terms_.plan.duration; }

  void complain(const std::string& what) { line_.say("complaint " + what); }
  void beat() {
    line_.say("beat");
    beats_.arm(beat_period);
  }

  void play_until(Duration time) {
    for (const auto& failure : prepared_.play.run_until(time, world_)) complain(failure.text());
  }
  void play_on() {
    play_until(std::min(runtime_.now() - start_, end()));
    if (const auto next = prepared_.play.next(); next && *next <= end()) cues_.arm_at(start_ + *next);
  }

  // Windows: the first ends with the warm-up and does not count.

  void end_window() {
    play_until(window_end_);
    const auto taken = world_.recorder().take(runtime_.now()).measures;
    const bool counts = window_end_ > terms_.plan.warm_up;
    if (counts) {
      totals_ = measure::merge(totals_, taken);
      ++window_count_;
      keep(taken);
      show(window_end_);
      if (observes()) observer_.arm_at(start_ + window_end_ + lag_);
    }
    if (window_end_ == end()) {
      over_ = true;
      tell_own_series();
      if (const auto sendable = check(totals_); !sendable)
        line_.say(fmt::format("failed its measures do not fit the message that gathers them: {}",
                              sendable.error()));
      settling_.arm_at(start_ + end() + 2 * lag_);
      return;
    }
    window_begin_ = window_end_;
    window_end_ = std::min(window_end_ + terms_.plan.window, end());
    windows_.arm_at(start_ + window_end_);
  }
  /// So that the series has series_max windows at most, several may be one.
  void keep(const measure::Measures& taken) {
    if ((window_count_ - 1) % joined() == 0) {
      series_.push_back({.peer = {}, .begin = window_begin_, .end = {}, .measures = {}});
      seen_.emplace_back();
    }
    auto& last = series_.back();
    last.end = window_end_;
    last.measures = measure::merge(last.measures, taken);
  }
  [[nodiscard]] std::uint64_t joined() const {
    const auto windows = static_cast<std::uint64_t>(terms_.plan.duration / terms_.plan.window);
    return windows / series_max + 1;
  }
  [[nodiscard]] std::uint64_t windows_in(const measure::Window& window) const {
    const auto whole = static_cast<std::uint64_t>((window.end - window.begin) / terms_.plan.window);
    return std::max<std::uint64_t>(whole, 1);
  }
  /// Straight to whoever waits for the result: the network gathers only what can be added up.
  void tell_own_series() {
    if (terms_.repetition > 0 || !std::ranges::binary_search(terms_.plan.watched, number_)) return;
    RunResult own;
    for (const auto& window : series_) {
      own.series.begin_window(window.begin, window.end);
      add_peer(own.series, terms_.experiment, number_, summed(window.measures, windows_in(window)));
    }
    line_.say("series " + to_line(own));
  }
  void show(Duration moment) {
    if (auto* peer = world_.peer()) prepared_.stack->show(world_, number_, *peer, world_.clock_at(moment));
  }
  void observe() {
    prepared_.stack->observe(world_, observations_);
    const auto seen = observations_.take(runtime_.now()).measures;
    observed_ = measure::merge(observed_, seen);
    seen_.back() = measure::merge(seen_.back(), seen);
    if (over_ && prepared_.stack->settled(world_)) conclude(true);
  }

  // The end: everybody is there again, and once the stack says so, or time is up, everybody is asked.

  void settle() {
    if (!recovered_) {
      recovered_ = true;
      if (auto recovered = world_.recover(); !recovered)
        line_.say(fmt::format("failed peer {} cannot start: {}", number_, recovered.error()));
    } else {
      settled_for_ += settle_step;
      show(runtime_.now() - start_);
      if (observes()) judge_.arm(lag_);
    }
    if (settled_for_ < settle_max) settling_.arm(settle_step);
  }
  void judge() {
    const bool settled = prepared_.stack->settled(world_);
    if (settled || settled_for_ >= settle_max) conclude(settled);
  }

  void conclude(bool settled) {
    if (concluded_) return;
    concluded_ = true;
    measure::Recorder conclusion(TimePoint{});
    prepared_.stack->conclude(settled, conclusion);
    observed_ = measure::merge(observed_, conclusion.totals());
    gathering_until_ = runtime_.now() + gathering_max;
    questions_.arm(gathering_pause);
  }

  std::optional<measure::Measures> answer(Scope scope, std::uint32_t window) const {
    if (!over_) return std::nullopt;
    if (scope != Scope::window) return totals_;
    return window < series_.size() ? series_[window].measures : measure::Measures();
  }

  void ask() {
    auto* peer = world_.peer();
    if (peer == nullptr) return;  // it has failed to come back, and said so
    const bool asked = peer->find<Aggregation>()->ask(
        Scope::totals, [this](const measure::Measures& measures, std::uint32_t heard) {
          if (heard > heard_) {
            heard_ = heard;
            gathered_ = measures;
          }
          if (heard_ >= world_.peer_count() || runtime_.now() >= gathering_until_)
            ask_for_series();
          else
            questions_.arm(gathering_pause);
        });
    if (!asked) questions_.arm(gathering_pause);
  }

  // The series is there to be looked at: of one repetition, and as much of it as can be heard in time.

  void ask_for_series() {
    gathering_until_ = runtime_.now() + gathering_max;
    if (terms_.repetition > 0) series_.clear();
    for (std::size_t i = 0; i < std::min(questions_at_a_time, series_.size()); ++i) ask_for_next_window();
    if (series_.empty()) tell();
  }
  void ask_for_next_window() {
    const auto window = next_window_++;
    auto* peer = world_.peer();
    const bool asks = window < series_.size() && peer != nullptr && runtime_.now() < gathering_until_;
    if (asks && peer->find<Aggregation>()->ask_window(
                    window, [this, window](const measure::Measures& measures, std::uint32_t heard) {
                      if (heard == world_.peer_count()) heard_windows_.emplace(window, measures);
                      --open_questions_;
                      ask_for_next_window();
                    }))
      ++open_questions_;
    else if (open_questions_ == 0)
      tell();
  }

  void tell() {
    if (std::exchange(told_, true)) return;
    if (heard_ < world_.peer_count())
      complain(fmt::format("only {} of {} peers were heard when the measures were gathered", heard_,
                           world_.peer_count()));
    RunResult result;
    result.cell = terms_.plan.cell.index;
    result.repetition = terms_.repetition;
    result.seed = terms_.seed;
    result.totals = measure::merge(summed(gathered_, window_count_), observed_);
    for (std::uint32_t i = 0; i < series_.size(); ++i) {
      const auto& window = series_[i];
      result.series.begin_window(window.begin, window.end);
      if (const auto heard = heard_windows_.find(i); heard != heard_windows_.end())
        result.series.add(measure::merge(summed(heard->second, windows_in(window)), seen_[i]));
    }
    result.values = values_in(terms_.experiment, result.totals);
    line_.say("result " + to_line(result));
  }

  const LiveRunTerms& terms_;
  Prepared& prepared_;
  RealRuntime& runtime_;
  std::uint32_t number_;
  TimePoint start_;
  ProcessLine& line_;
  LiveWorld world_;
  measure::Recorder observations_;
  Duration lag_;

  Duration window_begin_{};
  Duration window_end_{};
  std::uint64_t window_count_ = 0;
  measure::Measures totals_;    // of this peer, in the measured time
  measure::Measures observed_;  // of all
  bool over_ = false;           // the measured time
  bool recovered_ = false;
  Duration settled_for_{};
  bool concluded_ = false;
  std::uint32_t heard_ = 0;
  measure::Measures gathered_;
  TimePoint gathering_until_;
  std::vector<measure::Window> series_;  // of this peer
  std::vector<measure::Measures> seen_;  // what was observed in each of its windows
  std::uint32_t next_window_ = 0;
  std::uint32_t open_questions_ = 0;
  std::map<std::uint32_t, measure::Measures> heard_windows_;
  bool told_ = false;

  Timer cues_;
  Timer windows_;
  Timer observer_;
  Timer settling_;
  Timer judge_;
  Timer questions_;
  Timer beats_;
  boost::asio::posix::stream_descriptor hung_up_;
};

/// What begin() needs of the line "begin START PORT PORT ...".
std::optional<LivePlace> place_in(std::string_view text, std::uint32_t number, std::uint64_t seed,
                                  std::uint32_t peers) {
  LivePlace place{.number = number, .seed = seed, .start = {}, .endpoints = {}};
  auto [word, rest] = split(text, ' ');
  if (word != "begin" || !rest) return std::nullopt;
  auto [start, ports] = split(*rest, ' ');
  const auto nanoseconds = parse_whole<std::int64_t>(start);
  if (!nanoseconds) return std::nullopt;
  place.start = TimePoint(Duration(*nanoseconds));
  while (ports) {
    const auto [port, others] = split(*ports, ' ');
    const auto number_of_port = parse_whole<std::uint16_t>(port);
    if (!number_of_port) return std::nullopt;
    place.endpoints.push_back(at_port(*number_of_port));
    ports = others;
  }
  return place.endpoints.size() == peers ? std::optional(std::move(place)) : std::nullopt;
}

}  // namespace

int play_live_part(const LiveRunTerms& terms, Prepared& prepared, Board& board, std::uint32_t number,
                   ProcessLine& line) {
  RealRuntime runtime({.log = Log(LogLevel::info, [](LogLevel, std::string_view said) {
                         fmt::print(stderr, "{}\n", said);
                       })});
  auto socket = UdpSocket::open(runtime, loopback);
  if (!socket) {
    line.say(fmt::format("failed {}", socket.error()));
    return 1;
  }
  line.say(fmt::format("port {}", (*socket)->local_endpoint().port));
  std::optional<std::string> told;
  while (!(told = line.next()))
    if (!line.listen(true)) return 0;  // the run has been given up
  auto place = place_in(*told, number, terms.seed, terms.plan.topology.peers);
  if (!place) {
    line.say("failed it has not understood when to begin");
    return 1;
  }
  const Part part(terms, prepared, board, runtime, *std::move(socket), *std::move(place), line);
  runtime.run();
  return 0;
}

}  // namespace tutti::lab
