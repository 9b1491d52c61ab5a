#include "tutti/net/model/files/readers.hpp"

#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "tutti/base/text.hpp"
#include "tutti/net/model/files/measurements.hpp"

namespace tutti {
namespace {

using Row = std::expected<std::vector<TextCell>, std::string>;

/// A square of cells with a number in each, and `cells_ahead` of them; `use(row, column, cell)` may refuse
/// one. `rows` stands ahead of the first row of the square. Returns how many rows there are.
template <typename Use>
std::expected<std::size_t, std::string> read_square(TextRows& rows, std::size_t cells_ahead, Use use) {
  std::size_t size = 0;
  std::size_t count = 0;
  for (;; ++count) {
    const Row row = rows.next();
    if (!row) return std::unexpected(row.error());
    if (row->empty()) break;
    const std::size_t cells = row->size() - std::min(cells_ahead, row->size());
    if (count == 0) size = cells;
    if (cells == 0 || size > measured_rows_max)
      return rows.error(row->back().place, fmt::format("1 to {} numbers are possible", measured_rows_max));
    if (cells != size)
      return rows.error(row->back().place,
                        fmt::format("{} numbers in this row, {} in the first", cells, size));
    if (count == size)
      return rows.error(row->front().place, fmt::format("more rows than the {} numbers in each", size));
    for (std::size_t column = 0; column < row->size(); ++column)
      if (auto used = use(count, column, (*row)[column]); !used) return std::unexpected(used.error());
  }
  if (count != size || count == 0)
    return rows.error(rows.place(), fmt::format("{} rows of {} numbers: a square is needed", count, size));
  return size;
}

using Used = std::expected<void, std::string>;

std::expected<Measurement, std::string> measure(const TextRows& rows, const TextCell& cell, Duration unit,
                                                const DelayFileOptions& options) {
  Measurement measurement{.mean = {}, .spread = {}, .place = cell.place};
  if (cell.text.empty()) return measurement;
  const auto delay = one_way(rows, cell, unit, options);
  if (!delay) return std::unexpected(delay.error());
  if (*delay > Duration::zero()) measurement.mean = *delay;
  return measurement;
}

std::expected<Duration, std::string> unit_of(const TextRows& rows, const DelayFileOptions& options) {
  if (options.unit) return *options.unit;
  return rows.error({}, "the file does not say the unit of its numbers: it must be given, such as unit=ms");
}

/// One pair of a list of pairs.
struct Pair {
  std::uint32_t source;
  std::uint32_t target;
  Measurement measurement;
};

/// Which column of a list of pairs holds what.
struct PairColumns {
  std::size_t count = 0;
  std::optional<std::size_t> from, to, average, least, greatest, deviation;
  Duration unit{};
};

/// "avg_ms" as the unit that its end names, if it begins with `stem`.
std::optional<Duration> unit_in(std::string_view column, std::string_view stem) {
  if (!column.starts_with(stem)) return {};
  column.remove_prefix(stem.size());
  if (column == "_s") return std::chrono::seconds(1);
  if (column == "_ms") return std::chrono::milliseconds(1);
  if (column == "_us") return std::chrono::microseconds(1);
  return {};
}

std::expected<PairColumns, std::string> pair_columns(const TextRows& rows,
                                                     const std::vector<TextCell>& header,
                                                     const DelayFileOptions& options) {
  PairColumns columns{.count = header.size(),
                      .from = {},
                      .to = {},
                      .average = {},
                      .least = {},
                      .greatest = {},
                      .deviation = {},
                      .unit = {}};
  std::optional<Duration> unit = options.unit;
  const std::array<std::pair<std::string_view, std::optional<std::size_t>*>, 4> amounts{
      {{"avg", &columns.average},
       {"min", &columns.least},
       {"max", &columns.greatest},
       {"mdev", &columns.deviation}}};
  for (std::size_t i = 0; i < header.size(); ++i) {
    std::optional<std::size_t>* place = nullptr;
    if (header[i].text == "from") place = &columns.from;
    if (header[i].text == "to") place = &columns.to;
    for (const auto& [stem, amount] : amounts) {
      const auto its_unit = unit_in(header[i].text, stem);
      if (!its_unit) continue;
      if (unit && *unit != *its_unit)
        return rows.error(header[i].place,
                          fmt::format("'{}' has another unit than was given or than the columns before",
                                      quotable(header[i].text)));
      unit = its_unit;
      place = amount;
    }
    if (place == nullptr) continue;
    if (*place)
      return rows.error(header[i].place, fmt::format("'{}' a second time", quotable(header[i].text)));
    *place = i;
  }
  if (!columns.from || !columns.to || !columns.average)
    return rows.error(rows.place(), "columns from, to and avg_ms (or avg_s, avg_us) are needed");
  const int spreads =
      columns.least.has_value() + columns.greatest.has_value() + columns.deviation.has_value();
  if (spreads != 0 && spreads != 3)
    return rows.error(rows.place(), "columns min, max and mdev are needed, or none of them");
  columns.unit = *unit;
  return columns;
}

/// Least, greatest and deviation of a pair whose average is `mean`.
std::expected<DelaySpread, std::string> read_spread(const TextRows& rows, const std::vector<TextCell>& row,
                                                    const PairColumns& columns, Duration mean,
                                                    const DelayFileOptions& options) {
  const auto least = one_way(rows, row[*columns.least], columns.unit, options);
  if (!least) return std::unexpected(least.error());
  const auto greatest = one_way(rows, row[*columns.greatest], columns.unit, options);
  if (!greatest) return std::unexpected(greatest.error());
  const auto deviation = one_way(rows, row[*columns.deviation], columns.unit, options);
  if (!deviation) return std::unexpected(deviation.error());
  if (*least > mean) return rows.error(row[*columns.least].place, "the least is above the average");
  if (*greatest < mean) return rows.error(row[*columns.greatest].place, "the greatest is below the average");
  return DelaySpread{.least = *least, .greatest = *greatest, .deviation = *deviation};
}

/// The nodes of a list of pairs, numbered in the order in which they are first named.
class Names {
 public:
  std::expected<std::uint32_t, std::string> number_of(const TextRows& rows, const TextCell& cell) {
    if (cell.text.empty()) return rows.error(cell.place, "a name is needed");
    const auto [found, added] = numbers_.try_emplace(cell.text, static_cast<std::uint32_t>(names_.size()));
    if (!added) return found->second;
    if (names_.size() == measured_rows_max)
      return rows.error(cell.place, fmt::format("more than {} names", measured_rows_max));
    names_.emplace_back(cell.text);
    return found->second;
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::map<std::string_view, std::uint32_t> numbers_;
  std::vector<std::string> names_;
};

}  // namespace

std::expected<std::vector<NetworkCoordinate>, std::string> read_coordinates(std::string name,
                                                                            std::string_view text) {
  TextRows rows(std::move(name), text, CellSeparator::white_space);
  std::vector<NetworkCoordinate> coordinates;
  for (;;) {
    const Row row = rows.next();
    if (!row) return std::unexpected(row.error());
    if (row->empty()) break;
    const auto& cells = *row;
    if (cells.size() != 5 || cells[3].text != "h")
      return rows.error(rows.place(), "'id x y h height' is needed");
    if (coordinates.size() == measured_rows_max)
      return rows.error(rows.place(), fmt::format("more than {} nodes", measured_rows_max));
    if (cells[0].text != fmt::format("{}", coordinates.size()))
      return rows.error(cells[0].place, fmt::format("'{}' is not the next id, {}", quotable(cells[0].text),
                                                    coordinates.size()));
    const auto x = rows.number(cells[1]);
    if (!x) return std::unexpected(x.error());
    const auto y = rows.number(cells[2]);
    if (!y) return std::unexpected(y.error());
    const auto height = rows.amount(cells[4]);
    if (!height) return std::unexpected(height.error());
    for (const std::size_t cell : {1u, 2u, 4u})
      if (std::abs(*parse_real(cells[cell].text)) > coordinate_ms_max)
        return rows.error(cells[cell].place,
                          fmt::format("'{}' is beyond {} ms", quotable(cells[cell].text), coordinate_ms_max));
    coordinates.push_back({*x, *y, *height});
  }
  if (coordinates.empty()) return rows.error(rows.place(), "no coordinates");
  return coordinates;
}

std::expected<DelayMatrix, std::string> read_delay_matrix(std::string name, std::string_view text,
                                                          const DelayFileOptions& options) {
  TextRows rows(std::move(name), text, CellSeparator::white_space);
  const auto unit = unit_of(rows, options);
  if (!unit) return std::unexpected(unit.error());
  Measurements found;
  const auto size = read_square(rows, 0, [&](std::size_t, std::size_t, const TextCell& cell) -> Used {
    auto measurement = measure(rows, cell, *unit, options);
    if (!measurement) return std::unexpected(measurement.error());
    found.of.push_back(*std::move(measurement));
    return {};
  });
  if (!size) return std::unexpected(size.error());
  found.rows = *size;
  return completed(std::move(found), rows, options);
}

std::expected<DelayMatrix, std::string> read_delay_regions(std::string name, std::string_view text,
                                                           const DelayFileOptions& options) {
  TextRows rows(std::move(name), text, CellSeparator::comma);
  const auto unit = unit_of(rows, options);
  if (!unit) return std::unexpected(unit.error());
  const Row header = rows.next();
  if (!header) return std::unexpected(header.error());
  if (header->size() < 3)
    return rows.error(rows.place(), "a first row with the names of the nodes is needed");
  Measurements found;
  for (std::size_t i = 1; i < header->size(); ++i) found.names.emplace_back((*header)[i].text);
  const auto size =
      read_square(rows, 1, [&](std::size_t row, std::size_t column, const TextCell& cell) -> Used {
        if (column == 0) {
          if (row < found.names.size() && cell.text == found.names[row]) return {};
          return rows.error(cell.place,
                            fmt::format("'{}' is not the name in that column", quotable(cell.text)));
        }
        auto measurement = measure(rows, cell, *unit, options);
        if (!measurement) return std::unexpected(measurement.error());
        found.of.push_back(*std::move(measurement));
        return {};
      });
  if (!size) return std::unexpected(size.error());
  if (*size != found.names.size())
    return rows.error(rows.place(), fmt::format("{} names for {} rows", found.names.size(), *size));
  found.rows = *size;
  return completed(std::move(found), rows, options);
}

std::expected<DelayMatrix, std::string> read_delay_pairs(std::string name, std::string_view text,
                                                         const DelayFileOptions& options) {
  TextRows rows(std::move(name), text, CellSeparator::comma);
  const Row header = rows.next();
  if (!header) return std::unexpected(header.error());
  const auto columns = pair_columns(rows, *header, options);
  if (!columns) return std::unexpected(columns.error());
  Names names;
  std::vector<Pair> pairs;
  for (;;) {
    const Row row = rows.next();
    if (!row) return std::unexpected(row.error());
    if (row->empty()) break;
    if (row->size() != columns->count)
      return rows.error(row->back().place,
                        fmt::format("{} cells, {} in the first row", row->size(), columns->count));
    const auto source = names.number_of(rows, (*row)[*columns->from]);
    if (!source) return std::unexpected(source.error());
    const auto target = names.number_of(rows, (*row)[*columns->to]);
    if (!target) return std::unexpected(target.error());
    auto measurement = measure(rows, (*row)[*columns->average], columns->unit, options);
    if (!measurement) return std::unexpected(measurement.error());
    if (measurement->mean && columns->least) {
      const auto spread = read_spread(rows, *row, *columns, *measurement->mean, options);
      if (!spread) return std::unexpected(spread.error());
      measurement->spread = *spread;
    }
    pairs.push_back({*source, *target, *measurement});
  }

  Measurements found;
  found.names = names.take();
  found.rows = found.names.size();
  found.has_spread = columns->least.has_value();
  found.of.resize(found.rows * found.rows, {.mean = {}, .spread = {}, .place = rows.place()});
  std::vector<bool> listed(found.of.size());
  for (const auto& pair : pairs) {
    const std::size_t place = std::size_t{pair.source} * found.rows + pair.target;
    if (listed[place]) return rows.error(pair.measurement.place, "this pair a second time");
    listed[place] = true;
    found.of[place] = pair.measurement;
  }
  return completed(std::move(found), rows, options);
}

std::expected<LossMatrix, std::string> read_loss_matrix(std::string name, std::string_view text,
                                                        LossUnit unit) {
  TextRows rows(std::move(name), text, CellSeparator::white_space);
  LossMatrix matrix;
  const double whole = unit == LossUnit::percent ? 100 : 1;
  const auto size = read_square(rows, 0, [&](std::size_t, std::size_t, const TextCell& cell) -> Used {
    const auto loss = rows.amount(cell);
    if (!loss) return std::unexpected(loss.error());
    if (*loss > whole)
      return rows.error(cell.place, fmt::format("'{}' is above {}", quotable(cell.text), whole));
    matrix.probability.push_back(*loss / whole);
    return {};
  });
  if (!size) return std::unexpected(size.error());
  matrix.rows = *size;
  return matrix;
}

}  // namespace tutti
