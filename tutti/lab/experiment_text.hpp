// Reading an experiment from text instead of from a file: for who has no file, and for hostile bytes.
#pragma once

#include <string_view>

#include "tutti/lab/experiment.hpp"

namespace tutti::lab {

/// Under which Experiment::places has where a measure says which peers have series of their own.
inline std::string peer_series_key(const MeasureSpec& measure) {
  return "measure." + measure.name + ".per_peer";
}

inline constexpr std::size_t experiment_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t axes_max = 16;
inline constexpr std::size_t measure_specs_max = 64;
inline constexpr std::size_t references_max = 8;  ///< of one measure
inline constexpr std::uint32_t mesh_max = 64;
inline constexpr std::size_t options_max = 256;
inline constexpr std::size_t scenario_texts_max = 10'000;  ///< lines within the experiment, and files
inline constexpr std::size_t word_bytes_max = 256;         ///< of an axis' value
inline constexpr std::uint32_t repetitions_max = 10'000;

/// As read_experiment; `file` is only a name. No file is opened.
std::expected<Experiment, Mistakes> parse_experiment(std::string_view text, const std::filesystem::path& file,
                                                     const std::vector<Setting>& settings = {});

}  // namespace tutti::lab
