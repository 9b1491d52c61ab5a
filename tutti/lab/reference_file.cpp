#include "tutti/lab/reference_file.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tutti/base/nearest.hpp"
#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"
#include "tutti/lab/scenario.hpp"
#include "tutti/lab/text_file.hpp"
#include "tutti/peer/command_value.hpp"

namespace tutti::lab {
namespace {

constexpr std::size_t columns_max = 256;

struct CsvField {
  std::string_view text;
  std::uint32_t column = 1;
};

std::vector<CsvField> fields_of(std::string_view line) {
  std::vector<CsvField> fields;
  for (std::optional<std::string_view> rest = line; rest && fields.size() <= columns_max;) {
    auto [text, others] = split(*rest, ',');
    rest = others;
    const auto begin = std::min(text.find_first_not_of(" \t\r"), text.size());
    text.remove_prefix(begin);
    const auto column = static_cast<std::uint32_t>(text.data() - line.data() + 1);
    fields.push_back({text.substr(0, text.find_last_not_of(" \t\r") + 1), column});
  }
  return fields;
}

/// A value as text_of writes it, so that 5 and 5.0 are the same.
std::string normal_form(std::string_view text) {
  const auto number = parse_real(text);
  return number ? text_of(*number) : std::string(text);
}

class ReferenceReader {
 public:
  using Result = std::expected<std::vector<std::optional<double>>, Mistakes>;

  ReferenceReader(const std::string& source, const Experiment& experiment, const Reference& reference)
      : source_(source), experiment_(experiment), reference_(reference) {
    for (const auto& cell : cells_of(experiment)) {
      std::vector<std::string> key;
      for (const auto& value : cell.at) key.push_back(normal_form(text_of(value)));
      cells_.emplace(std::move(key), cells_.size());
    }
    values_.resize(cells_.size());
    lines_.resize(cells_.size());
  }

  Result read(std::string_view text) && {
    bool head = false;
    for (std::optional<std::string_view> rest = text; rest && mistakes_.size() < mistakes_max;) {
      const auto [line, others] = split(*rest, '\n');
      rest = others;
      ++line_;
      const auto content = line.find_first_not_of(" \t\r");
      if (content == std::string_view::npos || line[content] == '#') continue;
      if (head)
        read_row(fields_of(line));
      else if (!read_head(fields_of(line)))
        break;
      head = true;
    }
    if (line_ > 0 && !head && mistakes_.empty()) add(1, "there is no head line with the columns' names");
    if (!mistakes_.empty()) return std::unexpected(std::move(mistakes_));
    return std::move(values_);
  }

 private:
  void add(std::uint32_t column, std::string what) {
    if (mistakes_.size() < mistakes_max) mistakes_.push_back({source_, line_, column, std::move(what)});
  }

  bool read_head(const std::vector<CsvField>& fields) {
    if (fields.size() > columns_max) add(1, fmt::format("more than {} columns", columns_max));
    std::vector<std::string_view> names;
    for (const auto& field : fields) {
      if (std::ranges::find(names, field.text) != names.end())
        add(field.column, fmt::format("there are two columns {}", quote(field.text)));
      names.push_back(field.text.substr(0, name_bytes_max));
    }
    const auto place_of = [&](const std::string& name) {
      const auto found = std::ranges::find(fields, name, &CsvField::text);
      if (found == fields.end()) {
        const auto nearest = nearest_name(std::string_view(name).substr(0, name_bytes_max), names);
        add(1, nearest ? fmt::format("there is no column {}; did you mean '{}'?", quote(name), *nearest)
                       : fmt::format("there is no column {}", quote(name)));
      }
      return static_cast<std::size_t>(found - fields.begin());
    };
    columns_ = fields.size();
    for (const auto& axis : experiment_.axes) axis_places_.push_back(place_of(axis.name));
    place_ = place_of(reference_.column);
    return mistakes_.empty();
  }

  void read_row(const std::vector<CsvField>& fields) {
    if (fields.size() != columns_)
      return add(1, fmt::format("there are {} fields, but {} columns", fields.size(), columns_));
    std::vector<std::string> key;
    for (const auto place : axis_places_) key.push_back(normal_form(fields[place].text));
    const auto cell = cells_.find(key);
    const auto& field = fields[place_];
    const auto value = parse_real(field.text);
    if (!value && !field.text.empty())
      return add(field.column, fmt::format("{} is no number", quote(field.text)));
    if (cell == cells_.end()) return;  // of a wider sweep
    auto& line = lines_[cell->second];
    if (line != 0)
      return add(1, key.empty() ? fmt::format("line {} is the only row there can be: there are no axes", line)
                                : fmt::format("line {} has the same values of {}", line, axis_names()));
    line = line_;
    values_[cell->second] = value;
  }

  [[nodiscard]] std::string axis_names() const {
    std::vector<std::string_view> names;
    for (const auto& axis : experiment_.axes) names.push_back(axis.name);
    return fmt::format("{}", fmt::join(names, ", "));
  }

  const std::string& source_;
  const Experiment& experiment_;
  const Reference& reference_;
  std::map<std::vector<std::string>, std::size_t> cells_;
  std::vector<std::optional<double>> values_;
  std::vector<std::uint32_t> lines_;  // where each value comes from; 0 if nobody has said
  std::size_t columns_ = 0;
  std::vector<std::size_t> axis_places_;
  std::size_t place_ = 0;
  std::uint32_t line_ = 0;
  Mistakes mistakes_;
};

}  // namespace

std::expected<std::vector<std::optional<double>>, Mistakes> parse_reference(std::string_view text,
                                                                            const std::string& source,
                                                                            const Experiment& experiment,
                                                                            const Reference& reference) {
  return ReferenceReader(source, experiment, reference).read(text);
}

std::expected<std::vector<std::optional<double>>, Mistakes> read_reference(const Experiment& experiment,
                                                                           const Reference& reference) {
  require(!reference.file.empty(), "a reference that is a function has no file");
  const auto text = read_text(reference.file, reference_bytes_max);
  if (!text) return std::unexpected(Mistakes{{reference.file.string(), 1, 1, text.error()}});
  return parse_reference(*text, reference.file.string(), experiment, reference);
}

}  // namespace tutti::lab
