// What came out of an experiment, and its three forms: JSON and CSV for programs, one HTML page for people.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tutti/lab/experiment.hpp"
#include "tutti/measure/measures.hpp"

namespace tutti::lab {

/// One repetition of one cell.
struct RunResult {
  std::uint32_t cell = 0;
  std::uint32_t repetition = 0;
  std::uint64_t seed = 0;
  std::uint64_t trace = 0;               ///< of the simulation
  std::uint64_t events = 0;              ///< that happened in it
  double seconds = 0;                    ///< it took
  std::map<std::string, double> values;  ///< by the measure's name; what could not be measured is missing
  std::vector<measure::Window> series;   ///< one a window of the measured time
  measure::Measures totals;              ///< of the measured time
  std::vector<std::string> complaints;   ///< calls of the scenario that failed
  std::optional<std::string> failure;    ///< why there is no result: "signal 11", ...
};

/// A peer or a link that came or went, for the drawing of the network.
struct Change {
  double seconds = 0;
  std::uint32_t peer = 0;
  std::string what;
};

struct Results {
  Experiment experiment;
  std::string started;  ///< UTC, as 2026-01-02T03:04:05Z
  double seconds = 0;   ///< the sweep took
  bool live = false;
  std::vector<RunResult> runs;  ///< in any order
  std::map<std::string, std::vector<std::optional<double>>>
      references;               ///< "measure.reference" -> one a cell
  Topology network;             ///< of the first cell
  std::vector<Change> changes;  ///< in its first run
};

/// Average, least and greatest over a cell's repetitions.
struct CellValue {
  std::uint32_t count = 0;
  double average = 0;
  double least = 0;
  double greatest = 0;
};
/// One for each cell; count 0 where nothing was measured.
std::vector<CellValue> values_of(const Results& results, const MeasureSpec& measure);
/// Whether each cell meets the measure's bar; nothing where that cannot be said.
std::vector<std::optional<bool>> holds(const Results& results, const MeasureSpec& measure);

/// See web/README.md for the format.
std::string to_json(const Results& results);
/// One row a cell and measure: the axes, the measure, count, average, least, greatest, each reference, holds.
std::string to_csv(const Results& results);
/// One row a run: the axes, repetition, seed, trace, events, seconds, each measure, failure.
std::string runs_to_csv(const Results& results);
/// The page of web/ with the results in it. The error says that the page is not to be found, or no such page.
std::expected<std::string, std::string> to_html(const std::filesystem::path& page, const std::string& json);
/// A table for the terminal: cells with the measure's average, references and whether it holds.
std::string to_table(const Results& results);

/// A run as one line of JSON, and back, so that an interrupted sweep goes on. Hostile bytes give an error.
std::string to_line(const RunResult& run);
std::expected<RunResult, std::string> from_line(std::string_view line);

}  // namespace tutti::lab
