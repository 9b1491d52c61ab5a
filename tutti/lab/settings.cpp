#include "tutti/lab/settings.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include <fmt/format.h>

#include "tutti/base/nearest.hpp"
#include "tutti/base/text.hpp"
#include "tutti/lab/scenario.hpp"
#include "tutti/peer/command_value.hpp"

namespace tutti::lab {
namespace {

enum class Form : std::uint8_t { text, whole, real, texts, line };
struct Settable {
  std::string_view key;
  Form form;
};
constexpr std::array settables{
    Settable{"name", Form::text},
    Settable{"title", Form::text},
    Settable{"stack", Form::text},
    Settable{"fidelity", Form::text},
    Settable{"network", Form::text},
    Settable{"mesh", Form::whole},
    Settable{"duration", Form::text},
    Settable{"warm_up", Form::text},
    Settable{"window", Form::text},
    Settable{"repetitions", Form::whole},
    Settable{"seed", Form::whole},
    Settable{"scenario", Form::line},
    Settable{"scenario_files", Form::texts},
    Settable{"topology.kind", Form::text},
    Settable{"topology.file", Form::text},
    Settable{"topology.peers", Form::whole},
    Settable{"topology.degree", Form::whole},
    Settable{"topology.probability", Form::real},
    Settable{"nat.kinds", Form::text},
    Settable{"nat.house", Form::text},
    Settable{"nat.carrier_grade", Form::text},
    Settable{"nat.carrier_kind", Form::text},
    Settable{"nat.mapping_lifetime", Form::text},
    Settable{"nat.hairpinning", Form::text},
    Settable{"nat.rendezvous", Form::text},
};

std::string unknown(std::string_view what, std::string_view name,
                    const std::vector<std::string_view>& known) {
  const auto nearest = nearest_name(name.substr(0, name_bytes_max), known);
  return nearest ? fmt::format("there is no {}{}; did you mean '{}'?", what, quote(name), *nearest)
                 : fmt::format("there is no {}{}", what, quote(name));
}

/// Calls `read` for each part between commas.
template <typename Read>
void for_parts(std::string_view text, Read read) {
  for (std::optional<std::string_view> rest = text; rest;) {
    const auto [part, others] = split(*rest, ',');
    read(part);
    rest = others;
  }
}

class Changer {
 public:
  Changer(toml::table& table, TomlReport& report) : table_(table), report_(report) {}

  void change(const Setting& setting) {
    source_ = fmt::format("--set {}={}", setting.key, setting.value);
    const auto [first, second] = split(setting.key, '.');
    if (first == "axis" && second) return change_axis(*second, setting.value);
    if (first == "options" && second && !second->empty())
      return put(first, *second, toml::value<std::string>(setting.value));
    const auto* const known = std::ranges::find(settables, setting.key, &Settable::key);
    if (known == settables.end()) {
      std::vector<std::string_view> names;
      for (const auto& each : settables) names.push_back(each.key);
      return refuse(unknown("", setting.key, names));
    }
    const auto table = second ? first : std::string_view();
    change_known(table, second.value_or(first), known->form, setting.value);
  }

 private:
  void refuse(std::string what) { report_.add({source_, 1, 1, std::move(what)}); }

  /// `within` is a table's name, or empty.
  template <typename Value>
  void put(std::string_view within, std::string_view key, Value value) {
    auto* table = &table_;
    if (!within.empty()) {
      auto* const node = table_.get(within);
      table = node == nullptr ? nullptr : node->as_table();
      if (node == nullptr) table = table_.insert(within, toml::table()).first->second.as_table();
      if (table == nullptr) return refuse(fmt::format("{} is no table in the file", within));
    }
    table->insert_or_assign(key, std::move(value));
    report_.set_source(within.empty() ? std::string(key) : fmt::format("{}.{}", within, key), source_);
  }

  void change_known(std::string_view within, std::string_view key, Form form, const std::string& text) {
    toml::array texts;
    switch (form) {
      case Form::text:
        return put(within, key, toml::value<std::string>(text));
      case Form::line:
        texts.push_back(text);
        return put(within, key, std::move(texts));
      case Form::texts:
        for_parts(text, [&](std::string_view part) { texts.push_back(std::string(part)); });
        return put(within, key, std::move(texts));
      case Form::whole:
        if (const auto number = parse_whole<std::int64_t>(text)) return put(within, key, *number);
        if (text.find('{') != std::string::npos) return put(within, key, toml::value<std::string>(text));
        return refuse(fmt::format("{} is no whole number", quote(text)));
      case Form::real:
        if (const auto number = parse_real(text)) return put(within, key, *number);
        if (text.find('{') != std::string::npos) return put(within, key, toml::value<std::string>(text));
        return refuse(fmt::format("{} is no number", quote(text)));
    }
  }

  void change_axis(std::string_view name, std::string_view text) {
    std::vector<std::string_view> names;
    if (auto* const axes = table_.get_as<toml::array>("axis"))
      for (auto& each : *axes) {
        auto* const axis = each.as_table();
        const auto* const its_name = axis == nullptr ? nullptr : axis->get_as<std::string>("name");
        if (its_name == nullptr) continue;
        names.push_back(its_name->get());
        if (its_name->get() != name) continue;
        toml::array values;
        for_parts(text, [&](std::string_view part) {
          if (const auto number = parse_real(part))
            values.push_back(*number);
          else
            values.push_back(std::string(part));
        });
        axis->insert_or_assign("values", std::move(values));
        report_.set_source(fmt::format("axis.{}.values", name), source_);
        return;
      }
    refuse(unknown("axis ", name, names));
  }

  toml::table& table_;
  TomlReport& report_;
  std::string source_;  // of the present setting
};

}  // namespace

void apply(const std::vector<Setting>& settings, toml::table& table, TomlReport& report) {
  Changer changer(table, report);
  for (const auto& setting : settings) changer.change(setting);
}

std::string changed_text(const std::vector<Setting>& settings, const toml::table& table) {
  std::ostringstream out;
  for (const auto& setting : settings) {
    auto note = fmt::format("--set {}={}", setting.key, setting.value);
    for (auto& c : note)
      if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';  // which no comment may hold
    out << "# " << note << '\n';
  }
  out << table << '\n';
  return std::move(out).str();
}

}  // namespace tutti::lab
