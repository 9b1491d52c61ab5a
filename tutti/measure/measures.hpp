// Measures: named numbers of one peer or of many, as a plain value that is merged, sent and written down.
//
// A counter merges by adding. A gauge is a number that stands somewhere at the end of a window; of many peers
// it is the distribution of where it stands, so the sum over all of them is as much at hand as the highest. A
// distribution merges as its sketch does. So merging is associative and commutative bit for bit, and whatever
// tree the measures of a network travel up, the root gets the same.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tutti/base/ids.hpp"
#include "tutti/base/time.hpp"
#include "tutti/measure/sketch.hpp"

namespace tutti::measure {

struct CounterValue {
  std::uint64_t count = 0;

  bool operator==(const CounterValue&) const = default;
};
struct GaugeValue {
  Sketch levels;  ///< one number a recorder

  bool operator==(const GaugeValue&) const = default;
};
struct DistributionValue {
  Sketch samples;

  bool operator==(const DistributionValue&) const = default;
};
using Value = std::variant<CounterValue, GaugeValue, DistributionValue>;
/// "counter", "gauge" or "distribution".
std::string_view kind_of(const Value& value);

struct Measure {
  std::string name;  ///< see valid_name()
  std::string unit;  ///< the same; empty for plain numbers
  Value value;

  bool operator==(const Measure&) const = default;
};

/// Measures of the same name but of other kinds or units are different ones: peers of another version are no
/// reason to add apples to seconds.
struct Measures {
  std::vector<Measure> all;  ///< ordered by name, kind and unit; no two alike

  bool operator==(const Measures&) const = default;

  /// The first of that name; null if there is none.
  [[nodiscard]] const Measure* find(std::string_view name) const;
  /// What the counter of that name has counted; 0 if there is none.
  [[nodiscard]] std::uint64_t count_of(std::string_view name) const;
};

/// What happened to both together.
[[nodiscard]] Measures merge(const Measures& a, const Measures& b);

/// What gauges of many peers, or of many windows, are as one: the sum of where they stood, divided by the
/// number of `windows`, which is above zero. So one cannot tell whether peers shared a recorder.
[[nodiscard]] Measures summed(Measures measures, std::uint64_t windows);

/// What happened to one peer, or to all that share a recorder, from begin to end.
struct Window {
  std::optional<PeerId> peer;  ///< nothing if it is of more than one
  Duration begin{};            ///< since the origin of the recorder's time, which means nothing elsewhere
  Duration end{};
  Measures measures;

  bool operator==(const Window&) const = default;
};

// Limits -------------------------------------------------------------------------------------------------

inline constexpr std::size_t name_bytes_max = 64;
inline constexpr std::size_t unit_bytes_max = 16;
/// Of one recorder.
inline constexpr std::size_t names_max = 65'536;
/// What fits a message, whatever is in the measures (see messages' own limits in codec.hpp and frame.hpp).
struct Bounds {
  std::size_t measures = 256;
  std::size_t buckets = 32'768;  ///< of all sketches together
};

/// Letters, digits, '.' and '_', a letter first, at most name_bytes_max: never to be quoted anywhere.
[[nodiscard]] bool valid_name(std::string_view name);
[[nodiscard]] bool valid_unit(std::string_view unit);

/// Whether measures keep to the limits and can have come from recorders: to be asked before anything is done
/// with what a neighbour sent, and before something is sent. What is read from a file need not fit a message,
/// and may be more. The error is a sentence.
[[nodiscard]] std::expected<void, std::string> check(const Measures& measures, Bounds bounds = {});

}  // namespace tutti::measure
