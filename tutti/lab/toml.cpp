#include "tutti/lab/toml.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tutti/base/nearest.hpp"
#include "tutti/lab/expression.hpp"
#include "tutti/lab/scenario.hpp"
#include "tutti/peer/command_value.hpp"

namespace tutti::lab {

Mistake TomlReport::mistake(const toml::source_region& place, std::string_view key, std::string what) const {
  if (const auto set = sources_.find(key); set != sources_.end()) return {set->second, 1, 1, std::move(what)};
  return {source_, std::max<std::uint32_t>(place.begin.line, 1),
          std::max<std::uint32_t>(place.begin.column, 1), std::move(what)};
}

void TomlReport::add(const toml::source_region& place, std::string_view key, std::string what) {
  add(mistake(place, key, std::move(what)));
}

void TomlReport::add(const toml::node& text, std::string_view key, Fault fault) {
  auto place = text.source();
  const auto* const value = text.as_string();
  const bool plain = value != nullptr && place.begin.line == place.end.line &&
                     place.end.column == place.begin.column + value->get().size() + 2;
  if (plain) place.begin.column += static_cast<toml::source_index>(fault.offset + 1);
  add(place, key, std::move(fault.what));
}

Mistakes TomlReport::finish() && {
  std::ranges::sort(mistakes_, {}, [](const Mistake& mistake) {
    return std::tie(mistake.source, mistake.line, mistake.column, mistake.what);
  });
  return std::move(mistakes_);
}

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or a time";
  }
}

std::string TomlTable::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const toml::node* TomlTable::take(std::string_view key) {
  known_.push_back(key);
  return table_.get(key);
}

void TomlTable::expect(const toml::node& node, std::string_view key, std::string_view needed) {
  add(node, key, fmt::format("{} is {}: {} is needed", key, kind_of(node), needed));
}

void TomlTable::refuse_whole(const toml::node& node, std::string_view key, std::int64_t least,
                             std::int64_t most) {
  const auto* const value = node.as_integer();
  if (value == nullptr) return expect(node, key, "a whole number");
  add(node, key, fmt::format("{} is {}: {} to {} is possible", key, value->get(), least, most));
}

bool TomlTable::take_text(std::string_view key, std::string& text, const TextCheck& check) {
  const auto* const node = take(key);
  if (node == nullptr) return false;
  const auto* const value = node->as_string();
  if (value == nullptr) {
    expect(*node, key, "a text in quotes");
  } else {
    text = value->get();
    if (check) check(text, *node, path_of(key));
  }
  return true;
}

bool TomlTable::take_number(std::string_view key, double& number, double least, double most) {
  const auto* const node = take(key);
  if (node == nullptr) return false;
  const auto value = node->is_number() ? node->value<double>() : std::nullopt;
  if (!value)
    expect(*node, key, "a number");
  else if (!(*value >= least && *value <= most))
    add(*node, key, fmt::format("{} is {}: {} to {} is possible", key, *value, least, most));
  else
    number = *value;
  return true;
}

bool TomlTable::take_all(std::string_view key, std::size_t most,
                         const std::function<void(const toml::node&)>& read) {
  const auto* const node = take(key);
  if (node == nullptr) return false;
  const auto* const array = node->as_array();
  if (array == nullptr)
    expect(*node, key, "an array such as [1, 2]");
  else if (array->size() > most)
    add(*node, key, fmt::format("{} holds {} values: {} are possible", key, array->size(), most));
  else
    for (const auto& each : *array) read(each);
  return true;
}

bool TomlTable::take_texts(std::string_view key, std::size_t most, std::vector<std::string>& texts,
                           const TextCheck& check) {
  return take_all(key, most, [&](const toml::node& each) {
    const auto* const value = each.as_string();
    if (value == nullptr) return expect(each, key, "a text in quotes");
    texts.push_back(value->get());
    if (check) check(texts.back(), each, path_of(key));
  });
}

bool TomlTable::take_tables(std::string_view key, std::size_t most,
                            const std::function<void(const toml::table&)>& read) {
  const auto* const node = take(key);
  if (node == nullptr) return false;
  if (const auto* const array = node->as_array(); array == nullptr || !array->is_homogeneous<toml::table>())
    expect(*node, key, fmt::format("a table [[{}]]", path_of(key)));
  else if (array->size() > most)
    add(*node, key, fmt::format("there are {} of {}: {} are possible", array->size(), path_of(key), most));
  else
    for (const auto& each : *array) read(*each.as_table());
  return true;
}

void TomlTable::need(std::string_view key, std::string_view example) {
  report_.add(table_.source(), path_, fmt::format("{} is needed, such as {}", path_of(key), example));
}

void TomlTable::finish() {
  for (const auto& [key, node] : table_) {
    const auto name = key.str();
    if (std::ranges::find(known_, name) != known_.end()) continue;
    const auto nearest = nearest_name(name.substr(0, name_bytes_max), known_);
    report_.add(key.source(), path_of(name),
                nearest ? fmt::format("there is no {}; did you mean '{}'?", quote(name), *nearest)
                        : fmt::format("there is no {}, only {}", quote(name), fmt::join(known_, ", ")));
  }
}

}  // namespace tutti::lab
