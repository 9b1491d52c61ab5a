// Tables as text: one row a line, its cells separated by white space or commas, comments from '#' at the
// beginning of a line. Every cell knows its place, so that an error can say where in which file it is:
// `king.syscoord:7:12: 'h' is no number`.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/net/model/measured.hpp"

namespace tutti {

/// Where in a file, both counted from 1; a column is a byte.
struct TextPlace {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

struct TextCell {
  std::string_view text;
  TextPlace place;
};

enum class CellSeparator { white_space, comma };

/// Cells of one row: as many as the largest network has rows, and the row's name.
constexpr std::size_t cells_max = measured_rows_max + 1;

/// Reads row after row of a text that outlives it.
class TextRows {
 public:
  /// `name` is the file's, for errors.
  TextRows(std::string name, std::string_view text, CellSeparator separator);

  /// The next row that is neither empty nor a comment, valid until the next call; no cells at the end. A row
  /// with more than cells_max cells is an error, and so is a quotation mark, which separates cells of another
  /// kind of file.
  std::expected<std::vector<TextCell>, std::string> next();

  /// Where the row began that came last; at the end, the end of the text.
  [[nodiscard]] TextPlace place() const { return place_; }

  /// `what`, with the file and the place ahead of it.
  [[nodiscard]] std::unexpected<std::string> error(TextPlace place, std::string_view what) const;

  /// A number that is not negative, in the cell `cell`.
  [[nodiscard]] std::expected<double, std::string> amount(const TextCell& cell) const;
  [[nodiscard]] std::expected<double, std::string> number(const TextCell& cell) const;

 private:
  std::string name_;
  std::string_view rest_;
  CellSeparator separator_;
  TextPlace place_{.line = 0, .column = 1};
};

/// The longest text that is quoted in an error.
std::string_view quotable(std::string_view text);

}  // namespace tutti
