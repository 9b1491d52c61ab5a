// Readers of measured networks, one for each format that is in use in public data sets. They take a file's
// text and its name, which they put ahead of every error together with line and column, and trust nothing in
// it.
//
//   coordinates   "id x y h height", one node a line: SimGrid's *.syscoord (King, Meridian, Harvard). One-way
//                 milliseconds by the format's definition.
//   matrix        a square of numbers, white space between them: the slices of NetLatency-Data
//   regions       CSV: a square with the nodes' names in the first row and the first column, in the same
//   order pairs         CSV: columns from, to, avg_UNIT and, all or none, min_UNIT, max_UNIT, mdev_UNIT; one
//   pair of nodes
//                 a line, in any order: wondernetwork.com
//   losses        a square of probabilities
//
// Delays in matrix, regions and pairs are round trips unless options say otherwise, and the models' are
// one-way: a way takes half the round trip, since nobody knows how unequal the two ways were.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/net/model/measured.hpp"

namespace tutti {

/// Files longer than this are refused; the largest public one has 17 MB.
constexpr std::size_t network_file_bytes_max = 64 * 1024 * 1024;

/// What to do about delays that are missing: 0, or an empty cell of CSV, or a pair that is not listed.
enum class MissingDelays {
  fail,    ///< an error that names the first one
  median,  ///< the median of all that are there
  detour,  ///< the way back if that is known, else the shortest way over one other node by what is known
           ///< there or back, else an error
};

struct DelayFileOptions {
  /// What a number of 1 means. It must be given for matrix and regions, whose files do not say; pairs say it
  /// themselves, and contradicting them is an error.
  std::optional<Duration> unit{};
  MissingDelays missing = MissingDelays::fail;
  bool one_way = false;    ///< the numbers are no round trips
  bool symmetric = false;  ///< an error if there and back differ
};

enum class LossUnit { probability, percent };

std::expected<std::vector<NetworkCoordinate>, std::string> read_coordinates(std::string name,
                                                                            std::string_view text);
std::expected<DelayMatrix, std::string> read_delay_matrix(std::string name, std::string_view text,
                                                          const DelayFileOptions& options);
std::expected<DelayMatrix, std::string> read_delay_regions(std::string name, std::string_view text,
                                                           const DelayFileOptions& options);
std::expected<DelayMatrix, std::string> read_delay_pairs(std::string name, std::string_view text,
                                                         const DelayFileOptions& options);
std::expected<LossMatrix, std::string> read_loss_matrix(std::string name, std::string_view text,
                                                        LossUnit unit);

/// The whole file.
std::expected<std::string, std::string> read_network_file(const std::string& path);
/// The files in a folder, ordered as people count (slice_2 ahead of slice_10); or the file itself. At most
/// network_slices_max.
std::expected<std::vector<std::string>, std::string> network_files(const std::string& path);
constexpr std::size_t network_slices_max = 4096;
/// Limit of the delays in all slices together: 128 MiB of memory.
constexpr std::size_t network_delays_max = std::size_t{1} << 24;

}  // namespace tutti
