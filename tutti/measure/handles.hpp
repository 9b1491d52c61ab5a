// What one counts with: handles of one pointer, kept as members by whoever has something to count.
//
// A handle that nobody has connected counts into nothing, at the price of one comparison. So a peerlet's
// members need no optional around them before init(), and a peer that nobody measures needs no recorder, not
// even a shared one that throws everything away.
//
// A handle counts for as long as its recorder lives, and on its recorder's thread.
#pragma once

#include <cstdint>

#include "tutti/measure/sketch.hpp"

namespace tutti::measure {

class Recorder;

/// How often something happened, or how much of something there was in all.
class Counter {
 public:
  Counter() = default;
  void add(std::uint64_t more = 1) {
    if (cell_ != nullptr) *cell_ += more;
  }

 private:
  friend Recorder;
  explicit Counter(std::uint64_t& cell) : cell_(&cell) {}

  std::uint64_t* cell_ = nullptr;
};

/// Where a number stands; at 0 until it is set. Peers that share a recorder share its gauges: they add what
/// they gain and lose, so that the gauge is their sum, and never set.
class Gauge {
 public:
  Gauge() = default;
  void set(double level) {
    if (cell_ != nullptr) *cell_ = level;
  }
  void add(double change) {
    if (cell_ != nullptr) *cell_ += change;
  }

 private:
  friend Recorder;
  explicit Gauge(double& cell) : cell_(&cell) {}

  double* cell_ = nullptr;
};

/// How numbers spread: delays, sizes, lengths.
class Distribution {
 public:
  Distribution() = default;
  /// NaN is not counted.
  void add(double sample) {
    if (cell_ != nullptr) cell_->add(sample);
  }

 private:
  friend Recorder;
  explicit Distribution(Sketch& cell) : cell_(&cell) {}

  Sketch* cell_ = nullptr;
};

}  // namespace tutti::measure
