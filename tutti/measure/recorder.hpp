// A recorder: the named cells behind counters, gauges and distributions.
//
//   Recorder recorder(runtime.now(), peer_id);
//   Counter rounds = recorder.counter("gossip.rounds");
//   Distribution delay = recorder.distribution("gossip.delay", "seconds");
//   rounds.add();  delay.add(0.012);
//   Window window = recorder.take(runtime.now());     // what happened since the last take()
//
// There is one for each peer, or one for all peers of a simulation's thread: then it holds what they did
// together, and a million peers cost no more than one. Names are looked up once, at init(); counting touches
// one cell. Single-threaded, as a peer is; another thread is given Measures.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tutti/measure/handles.hpp"
#include "tutti/measure/measures.hpp"

namespace tutti::measure {

class Recorder {
 public:
  /// `peer` is who is measured; nothing if it is more than one.
  explicit Recorder(TimePoint begin, std::optional<PeerId> peer = std::nullopt)
      : peer_(peer), begin_(begin) {}
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Asking twice for a name gives the same cell. It is a caller's mistake to ask for it with another kind or
  /// unit, for a name that valid_name() refuses, or for more than names_max.
  /// More than fit a message (Bounds) cannot be gathered over a network.
  Counter counter(std::string_view name, std::string_view unit = {});
  Gauge gauge(std::string_view name, std::string_view unit = {});
  Distribution distribution(std::string_view name, std::string_view unit = {});

  /// What happened since `begin` or the last take(), and begins the next window. For one owner: a window is
  /// handed out once.
  Window take(TimePoint now);
  /// What has happened in all windows, the present one too.
  [[nodiscard]] Measures totals() const;

 private:
  struct Count {
    std::uint64_t window = 0;
    std::uint64_t past = 0;  // of the windows before
  };
  struct Level {
    double now = 0;
  };
  struct Spread {
    Sketch window;
    Sketch past;
  };
  struct Entry {
    std::string unit;
    std::variant<Count, Level, Spread> cell;
  };

  template <typename T>
  T& cell_of(std::string_view name, std::string_view unit);

  std::optional<PeerId> peer_;
  TimePoint begin_;
  std::map<std::string, Entry, std::less<>> entries_;  // handles point into them
};

/// A way to a recorder, or to none: then what it gives counts into nothing.
class Meter {
 public:
  Meter() = default;
  explicit Meter(Recorder* recorder) : recorder_(recorder) {}

  Counter counter(std::string_view name, std::string_view unit = {}) const {
    return recorder_ == nullptr ? Counter{} : recorder_->counter(name, unit);
  }
  Gauge gauge(std::string_view name, std::string_view unit = {}) const {
    return recorder_ == nullptr ? Gauge{} : recorder_->gauge(name, unit);
  }
  Distribution distribution(std::string_view name, std::string_view unit = {}) const {
    return recorder_ == nullptr ? Distribution{} : recorder_->distribution(name, unit);
  }
  [[nodiscard]] Recorder* recorder() const { return recorder_; }

 private:
  Recorder* recorder_ = nullptr;
};

}  // namespace tutti::measure
