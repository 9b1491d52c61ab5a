// What is known of an experiment's cells from elsewhere: CSV with a head line. Lines that begin with # and
// empty ones are skipped; fields are trimmed and not quoted.
//
//   # figure 7 of the paper
//   latency,rate,time_travel_percent
//   5,5,0.0
#pragma once

#include <string_view>

#include "tutti/lab/experiment.hpp"

namespace tutti::lab {

inline constexpr std::size_t reference_bytes_max = std::size_t{64} << 20;

/// As read_reference, from text that is called `source`.
std::expected<std::vector<std::optional<double>>, Mistakes> parse_reference(std::string_view text,
                                                                            const std::string& source,
                                                                            const Experiment& experiment,
                                                                            const Reference& reference);

}  // namespace tutti::lab
