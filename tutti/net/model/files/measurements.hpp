// What a reader of delays has found before it is a DelayMatrix: some are missing, and each knows where in the
// file it stands. completed() checks what concerns the whole and fills the holes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tutti/net/model/files/readers.hpp"
#include "tutti/net/model/files/text_rows.hpp"

namespace tutti {

struct Measurement {
  std::optional<Duration> mean;  ///< one way
  DelaySpread spread{};          ///< where the file has spreads
  TextPlace place{};             ///< of a missing pair: where the file ends
};

struct Measurements {
  std::size_t rows = 0;
  std::vector<Measurement> of;  ///< rows * rows of them, row by row
  bool has_spread = false;
  std::vector<std::string> names;

  [[nodiscard]] const Measurement& at(std::size_t source, std::size_t target) const {
    return of[source * rows + target];
  }
};

/// One way in the file's unit: half if it holds round trips, whole nanoseconds; an error beyond
/// network_delay_max.
std::expected<Duration, std::string> one_way(const TextRows& rows, const TextCell& cell, Duration unit,
                                             const DelayFileOptions& options);

/// `rows` has read the file, and writes the errors.
std::expected<DelayMatrix, std::string> completed(Measurements measurements, const TextRows& rows,
                                                  const DelayFileOptions& options);

}  // namespace tutti
