#include "document.hpp"

#include <charconv>
#include <fstream>
#include <optional>

#include "tutti/base/text.hpp"

namespace tutti::protocol_test {
namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> cells;
  auto rest = split(row, '|').second;  // a row begins and ends with a bar
  while (rest) {
    const auto [cell, others] = split(*rest, '|');
    if (others) cells.push_back(trimmed(cell));
    rest = others;
  }
  return cells;
}

std::optional<std::vector<Field>> fields_of(const std::string& cell) {
  std::vector<Field> fields;
  if (cell.empty()) return fields;
  for (const auto& part : parts_of(cell)) {
    const auto [name, type] = split(part, ':');
    if (!type) return std::nullopt;
    fields.push_back({trimmed(name), trimmed(*type)});
  }
  return fields;
}

std::optional<std::uint16_t> id_of(const std::string& cell) {
  if (!cell.starts_with("0x")) return std::nullopt;
  std::uint16_t id = 0;
  const auto [end, error] = std::from_chars(cell.data() + 2, cell.data() + cell.size(), id, 16);
  if (error != std::errc{} || end != cell.data() + cell.size()) return std::nullopt;
  return id;
}

}  // namespace

std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size()) depth += (list[i] == '(') - (list[i] == ')');
    if (i < list.size() && (list[i] != ',' || depth > 0)) continue;
    parts.push_back(trimmed(list.substr(begin, i - begin)));
    begin = i + 1;
  }
  return parts;
}

std::expected<Document, std::string> Document::read(const std::filesystem::path& file) {
  std::ifstream input(file);
  if (!input) return std::unexpected(file.string() + " cannot be read");
  Document document;
  std::string heading;  // of the first column of the table one is in
  for (std::string line; std::getline(input, line);) {
    if (!line.starts_with('|')) {
      heading.clear();
      continue;
    }
    const auto cells = cells_of(line);
    if (cells.empty() || cells[0] == "---") continue;
    if (heading.empty()) {
      heading = cells[0];
    } else if (heading == "structure" && cells.size() == 2) {
      const auto fields = fields_of(cells[1]);
      if (!fields) return std::unexpected("these are no fields: " + line);
      document.fields[cells[0]] = *fields;
    } else if (heading == "id" && cells.size() == 4) {
      const auto id = id_of(cells[0]);
      const auto fields = fields_of(cells[3]);
      if (!id || !fields) return std::unexpected("this is no message: " + line);
      const auto ways = parts_of(cells[2]);
      document.messages[*id] = {cells[1], {ways.begin(), ways.end()}};
      document.fields[cells[1]] = *fields;
    }
  }
  return document;
}

}  // namespace tutti::protocol_test
