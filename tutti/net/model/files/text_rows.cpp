#include "tutti/net/model/files/text_rows.hpp"

#include <fmt/format.h>

#include "tutti/base/text.hpp"

namespace tutti {
namespace {

constexpr std::string_view white_space = " \t";

/// Without white space at its ends; `column` follows its beginning.
std::string_view trimmed(std::string_view text, std::uint32_t& column) {
  const auto begin = std::min(text.find_first_not_of(white_space), text.size());
  column += static_cast<std::uint32_t>(begin);
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(white_space) + 1);
}

std::vector<TextCell> cells_of(std::string_view line, std::uint32_t number, CellSeparator separator) {
  std::vector<TextCell> cells;
  const std::string_view separators = separator == CellSeparator::comma ? "," : white_space;
  for (std::size_t begin = 0; begin <= line.size() && cells.size() <= cells_max;) {
    const std::size_t end = std::min(line.find_first_of(separators, begin), line.size());
    auto column = static_cast<std::uint32_t>(begin + 1);
    const auto text = trimmed(line.substr(begin, end - begin), column);
    if (separator == CellSeparator::comma || !text.empty()) cells.push_back({text, {number, column}});
    begin = end + 1;
  }
  return cells;
}

}  // namespace

TextRows::TextRows(std::string name, std::string_view text, CellSeparator separator)
    : name_(std::move(name)), rest_(text), separator_(separator) {}

std::expected<std::vector<TextCell>, std::string> TextRows::next() {
  while (!rest_.empty()) {
    const auto end = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++place_.line;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#') || line.find_first_not_of(white_space) == std::string_view::npos) continue;
    if (const auto quote = line.find('"'); quote != std::string_view::npos)
      return error({place_.line, static_cast<std::uint32_t>(quote + 1)}, "quoted cells are not understood");
    auto cells = cells_of(line, place_.line, separator_);
    if (cells.size() > cells_max)
      return error(cells.back().place, fmt::format("more than {} cells in one row", cells_max));
    return cells;
  }
  ++place_.line;
  return {};
}

std::unexpected<std::string> TextRows::error(TextPlace place, std::string_view what) const {
  return std::unexpected(fmt::format("{}:{}:{}: {}", name_, place.line, place.column, what));
}

std::expected<double, std::string> TextRows::number(const TextCell& cell) const {
  const auto value = parse_real(cell.text);
  if (!value) return error(cell.place, fmt::format("'{}' is no number", quotable(cell.text)));
  return *value;
}

std::expected<double, std::string> TextRows::amount(const TextCell& cell) const {
  auto value = number(cell);
  if (value && *value < 0) return error(cell.place, fmt::format("'{}' is below zero", quotable(cell.text)));
  return value;
}

std::string_view quotable(std::string_view text) {
  return text.substr(0, 40);
}

}  // namespace tutti
