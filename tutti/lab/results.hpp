// What came out of an experiment, and its forms: JSON and CSV for programs, one HTML page and a table for
// people, and lines that an interrupted sweep reads back.
//
// A number that is not finite is no result: it counts as not measured, and none is ever written. Runs of
// cells that the experiment does not have are passed over. Bytes in texts that are no UTF-8 are replaced
// where JSON is written.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/lab/experiment.hpp"
#include "tutti/lab/time_series.hpp"
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
  TimeSeries series;                     ///< of the measured time
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

/// The runs of each cell, in the order of their repetitions. They point into the results.
std::vector<std::vector<const RunResult*>> runs_by_cell(const Results& results);
/// What a measure is compared with in a cell, if that is known.
std::optional<double> reference_at(const Results& results, const MeasureSpec& measure,
                                   const Reference& reference, std::size_t cell);

/// Average, least and greatest over a cell's repetitions.
struct CellValue {
  std::uint32_t count = 0;
  double average = 0;
  double least = 0;
  double greatest = 0;
};
/// One for each cell; count 0 where nothing was measured.
std::vector<CellValue> values_of(const Results& results, const MeasureSpec& measure);
/// Whether the average of each cell meets the measure's bar: an expression over the names of the measure's
/// references, at most which it is, or at least where higher is better. Nothing where that cannot be said:
/// there is no bar, it says nothing here, or nothing was measured.
std::vector<std::optional<bool>> holds(const Results& results, const MeasureSpec& measure);

// So that the results of thousands of cells still open in a browser:
/// Only the first cells that were run have time series (of their first repetition that has any, time counted
/// in seconds from the first window's begin) and distributions (of all repetitions together).
inline constexpr std::size_t detailed_cells_max = 40;
/// Of all series together; those that would exceed it are left out.
inline constexpr std::size_t series_points_max = 250'000;
/// The first distributions are shown.
inline constexpr std::size_t shown_distributions_max = 10'000;
/// A network with more peers or links is left out; of more changes the first are kept.
inline constexpr std::size_t shown_peers_max = 20'000;
inline constexpr std::size_t shown_links_max = 200'000;
inline constexpr std::size_t shown_changes_max = 100'000;
/// Longer texts are cut.
inline constexpr std::size_t shown_text_bytes_max = 1'000'000;

/// See web/README.md for the format. A seed above 2^53 is a text, as RFC 7493 (I-JSON), section 2.2, asks.
std::string to_json(const Results& results);
/// One row a cell and measure: the axes, the measure, count, average, least, greatest, each reference, holds.
/// Nothing stands where there is no value. Each reference of any measure has a column; `holds` is yes or no.
/// Texts are quoted as RFC 4180 says; lines end with a newline.
std::string to_csv(const Results& results);
/// One row a run: the axes, repetition, seed, trace (16 hexadecimal digits), events, seconds, each measure,
/// failure.
std::string runs_to_csv(const Results& results);
/// One row a cell, peer, measure of each peer and window: the axes, peer, measure, seconds since the first
/// window's begin, value. Nothing stands where nothing was measured.
std::string peers_to_csv(const Results& results);
/// The page of web/ with the results in it: `json` is what to_json gave, or any other JSON. The error says
/// that the page is not to be found, or no such page.
std::expected<std::string, std::string> to_html(const std::filesystem::path& page, const std::string& json);
/// For the terminal: a table a measure with the average, the range, the references and the verdict of each
/// cell; what failed; and a last line "N of M cells hold", where a cell holds if it meets every bar that can
/// be judged in it.
std::string to_table(const Results& results);

/// Of a line, with all that is in it; bounds what a hostile one costs, at some twenty times its length.
inline constexpr std::size_t run_line_bytes_max = std::size_t{64} << 20;

/// A run as one line of JSON without its newline, and back, so that an interrupted sweep goes on. All numbers
/// survive bit for bit, for a series has only so many digits. Of the complaints the first mistakes_max are
/// kept, and a time series that makes the line too long is left out. Hostile bytes give an error, as does a
/// run whose measures do not pass measure::check(): it is to be run again.
std::string to_line(const RunResult& run);
std::expected<RunResult, std::string> from_line(std::string_view line);

}  // namespace tutti::lab
