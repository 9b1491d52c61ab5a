// Measures for programs and for people: the basic statistics of each, as rows of CSV or as JSON. A series is
// any number of windows, of one peer or of many; each row or object says of whom and from when to when.
#pragma once

#include <span>
#include <string>

#include "tutti/measure/measures.hpp"

namespace tutti::measure {

/// The numbers that are written of a measure. A counter has only `sum`; without samples there is nothing but
/// zeros. Percentiles are within Sketch::relative_error.
struct Statistics {
  std::uint64_t count = 0;  ///< samples of a distribution, recorders behind a gauge
  double sum = 0;
  double mean = 0;
  double min = 0;
  double median = 0;
  double p90 = 0;
  double p99 = 0;
  double max = 0;
};
[[nodiscard]] Statistics statistics_of(const Value& value);

/// A head line and one row a measure; numbers a counter does not have are left empty. Times in seconds.
[[nodiscard]] std::string to_csv(const Measures& measures);
[[nodiscard]] std::string to_csv(std::span<const Window> series);

/// An array of objects, one a measure; of a series an array of objects with `begin`, `end` (seconds), `peer`
/// (null if it is of many) and `measures`.
[[nodiscard]] std::string to_json(const Measures& measures);
[[nodiscard]] std::string to_json(std::span<const Window> series);

}  // namespace tutti::measure
