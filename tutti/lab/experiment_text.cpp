#include "tutti/lab/experiment_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tutti/base/nearest.hpp"
#include "tutti/base/text.hpp"
#include "tutti/lab/cell_values.hpp"
#include "tutti/lab/expression.hpp"
#include "tutti/lab/scenario.hpp"
#include "tutti/lab/scenario_text.hpp"
#include "tutti/lab/settings.hpp"
#include "tutti/lab/text_file.hpp"
#include "tutti/lab/toml.hpp"
#include "tutti/lab/topology_text.hpp"
#include "tutti/measure/measures.hpp"
#include "tutti/peer/command_value.hpp"

namespace tutti::lab {
namespace {

template <typename T>
struct Word {
  std::string_view text;
  T value;
};
constexpr std::array betters{Word{"neither", Better::neither}, Word{"lower", Better::lower},
                             Word{"higher", Better::higher}};

class Reader {
 public:
  Reader(Experiment& experiment, TomlReport& report) : experiment_(experiment), report_(report) {}

  /// Axes come first: the texts are tried with their first values.
  void read(const toml::table& file) {
    TomlTable table(file, "", report_);
    note_places(file);
    const auto mistakes_before = report_.count();
    table.take_tables("axis", axes_max, [&](const toml::table& each) { read_axis(each); });
    check_cells(file);
    if (report_.count() == mistakes_before) first_ = first_values();

    if (!table.take_text("name", experiment_.name, name_check())) table.need("name", "name = \"gossip\"");
    table.take_text("title", experiment_.title);
    if (!table.take_text("stack", experiment_.stack, name_check()))
      table.need("stack", "stack = \"averaging\"");
    if (!table.take_text("duration", experiment_.duration, duration_check(true)))
      table.need("duration", "duration = \"600s\"");
    table.take_text("warm_up", experiment_.warm_up, duration_check(false));
    table.take_text("window", experiment_.window, duration_check(true));
    table.take_whole("repetitions", experiment_.repetitions, 1, repetitions_max);
    table.take_whole("seed", experiment_.seed, 0, INT64_MAX);
    table.take_text("fidelity", experiment_.fidelity, brace_check());
    table.take_text("network", experiment_.network, brace_check());
    table.take_whole("mesh", experiment_.mesh, 0, mesh_max);
    table.take_texts("scenario", scenario_texts_max, experiment_.scenario, line_check());
    std::vector<std::string> files;
    table.take_texts("scenario_files", scenario_texts_max, files);
    for (const auto& each : files) experiment_.scenario_files.push_back(in_folder(each));
    read_topology(table);
    read_nat(table);
    read_options(table);
    table.take_tables("measure", measure_specs_max, [&](const toml::table& each) { read_measure(each); });
    table.finish();
  }

 private:
  using TextCheck = TomlTable::TextCheck;

  /// Of what is planned later, cell by cell, and may turn out to be wrong then.
  void note_places(const toml::table& file) {
    for (const auto& [key, value] : file) {
      const std::string name(key.str());
      if (name == "axis" || name == "measure") continue;
      note_place(name, value);
      if (const auto* const table = value.as_table())
        for (const auto& [inner, field] : *table) note_place(fmt::format("{}.{}", name, inner.str()), field);
      if (const auto* const array = value.as_array())
        for (std::size_t i = 0; i < array->size(); ++i)
          note_place(fmt::format("{}.{}", name, i), (*array)[i]);
    }
  }
  void note_place(const std::string& key, const toml::node& node) {
    // What --set changes it changes as a whole.
    const auto outer = std::string_view(key).substr(0, key.rfind('.'));
    auto place = report_.mistake(node.source(), report_.is_set(key) ? std::string_view(key) : outer, {});
    experiment_.places[key] = {std::move(place.source), place.line, place.column};
  }

  std::filesystem::path in_folder(const std::string& file) const {
    return (experiment_.file.parent_path() / file).lexically_normal();
  }

  template <typename T, std::size_t count>
  void take_word(TomlTable& table, std::string_view key, const std::array<Word<T>, count>& words, T& value) {
    std::string text;
    table.take_text(key, text, [&](const std::string&, const toml::node& node, const std::string& path) {
      const auto* const word = std::ranges::find(words, text, &Word<T>::text);
      if (word != words.end()) {
        value = word->value;
        return;
      }
      std::vector<std::string_view> names;
      for (const auto& each : words) names.push_back(each.text);
      const auto nearest = nearest_name(std::string_view(text).substr(0, name_bytes_max), names);
      report_.add(node.source(), path,
                  nearest
                      ? fmt::format("there is no {} {}; did you mean '{}'?", key, quote(text), *nearest)
                      : fmt::format("there is no {} {}, only {}", key, quote(text), fmt::join(names, ", ")));
    });
  }

  // Checks of texts

  TextCheck name_check() {
    return [this](const std::string& text, const toml::node& node, const std::string& key) {
      const auto usual = [](char c) {
        return c == '-' || c == '_' || c == '.' || std::isalnum(static_cast<unsigned char>(c)) != 0;
      };
      if (text.empty() || text.size() > name_bytes_max || !std::ranges::all_of(text, usual))
        report_.add(node.source(), key,
                    fmt::format("{} is no name: letters, digits, '-', '.' and '_' are needed, at most {}",
                                quote(text), name_bytes_max));
    };
  }
  /// A name that expressions can use.
  TextCheck variable_check() {
    return [this](const std::string& text, const toml::node& node, const std::string& key) {
      if (!measure::valid_name(text))
        report_.add(node.source(), key,
                    fmt::format("{} is no name: letters, digits, '.' and '_' are needed, a letter first",
                                quote(text)));
    };
  }
  /// What the text is in the first cell; nothing if that cannot be said.
  std::optional<std::string> filled(const std::string& text, const toml::node& node, const std::string& key) {
    if (!first_) return std::nullopt;
    auto result = fill_in(text, first_->numbers, first_->words);
    if (result) return *std::move(result);
    report_.add(node, key, std::move(result.error()));
    return std::nullopt;
  }
  TextCheck brace_check() {
    return [this](const std::string& text, const toml::node& node, const std::string& key) {
      filled(text, node, key);
    };
  }
  TextCheck duration_check(bool above_zero) {
    return [this, above_zero](const std::string& text, const toml::node& node, const std::string& key) {
      const auto full = filled(text, node, key);
      if (!full) return;
      const auto duration = parse_duration(*full);
      if (!duration)
        report_.add(node.source(), key, duration.error());
      else if (above_zero && *duration == Duration())
        report_.add(node.source(), key, fmt::format("{} must be above zero", key));
    };
  }
  TextCheck line_check() {
    return [this](const std::string& text, const toml::node& node, const std::string& key) {
      const auto full = filled(text, node, key);
      if (!full) return;
      const auto line = without_comment(*full);
      if (line.empty()) return;
      auto part = read_part(line, "", 1);
      if (part) return;
      if (*full == text && line.data() == full->data())
        report_.add(node, key, std::move(part.error()));
      else
        report_.add(node.source(), key, std::move(part.error().what));
    };
  }
  std::optional<Expression> expression(const std::string& text, const toml::node& node,
                                       const std::string& key) {
    auto parsed = Expression::parse(text);
    if (parsed) return *std::move(parsed);
    report_.add(node, key, std::move(parsed.error()));
    return std::nullopt;
  }

  // Axes

  void read_axis(const toml::table& of) {
    const auto* const name = of.get_as<std::string>("name");
    TomlTable table(of, name != nullptr ? "axis." + name->get() : "axis", report_);
    Axis axis;
    if (!table.take_text("name", axis.name, variable_check())) table.need("name", "name = \"latency\"");
    table.take_text("title", axis.title);
    table.take_text("unit", axis.unit);
    const auto add = [&](const toml::node& value) { add_value(table, axis, value); };
    if (!table.take_all("values", cells_max, add)) table.need("values", "values = [1, 2, 5]");
    if (const auto* const values = of.get_as<toml::array>("values"); values != nullptr && values->empty())
      table.add(*values, "values", "the axis is empty: at least one value is needed");
    if (std::ranges::find(experiment_.axes, axis.name, &Axis::name) != experiment_.axes.end())
      report_.add(of.source(), "axis", fmt::format("there are two axes {}", quote(axis.name)));
    table.finish();
    experiment_.axes.push_back(std::move(axis));
  }

  void add_value(TomlTable& table, Axis& axis, const toml::node& node) {
    AxisValue value;
    const auto number = node.is_number() ? node.value<double>() : std::nullopt;
    if (number && std::isfinite(*number))
      value = *number;
    else if (const auto* const word = node.as_string();
             word != nullptr && !word->get().empty() && word->get().size() <= word_bytes_max)
      value = word->get();
    else
      return table.expect(node, "values",
                          fmt::format("a number, or a word of at most {} bytes,", word_bytes_max));
    if (!seen_[axis.name].insert(text_of(value)).second)
      return table.add(node, "values", fmt::format("the value {} is there twice", text_of(value)));
    axis.values.push_back(std::move(value));
  }

  void check_cells(const toml::table& file) {
    std::size_t cells = 1;
    for (const auto& axis : experiment_.axes) cells = std::min(cells * axis.values.size(), cells_max + 1);
    if (cells <= cells_max) return;
    report_.add(file.get("axis")->source(), "axis",
                fmt::format("there are more than {} combinations of the axes' values", cells_max));
  }

  [[nodiscard]] CellValues first_values() const {
    Cell cell;
    for (const auto& axis : experiment_.axes) cell.at.push_back(axis.values.front());
    return values_at(experiment_, cell);
  }

  // Tables

  void read_topology(TomlTable& table) {
    const auto* const node = table.take("topology");
    if (node == nullptr) return table.need("topology", "[topology] with kind = \"ring\" and peers = 100");
    if (!node->is_table()) return table.expect(*node, "topology", "a table [topology]");
    TomlTable inner(*node->as_table(), "topology", report_);
    const auto mistakes_before = report_.count();
    auto& spec = experiment_.topology;
    for (const auto key : topology_keys) take_field(inner, key, spec);
    inner.finish();
    if (report_.count() > mistakes_before) return;
    if (const auto fits = check(spec); !fits)
      report_.add(node->source(), source_of_topology(), "topology: " + fits.error());
  }
  /// Kinds and files are texts, the others are numbers; with braces, all may be texts.
  void take_field(TomlTable& table, std::string_view key, TopologySpec& spec) {
    const auto* const node = table.table().get(key);
    const auto* const text = node == nullptr ? nullptr : node->as_string();
    const bool braces = text != nullptr && text->get().find('{') != std::string::npos;
    if (key != "kind" && key != "file" && !braces) {
      if (key == "peers") table.take_whole(key, spec.peers, 1, topology_peers_max);
      if (key == "degree") table.take_whole(key, spec.degree, 1, topology_peers_max);
      if (key == "probability") table.take_number(key, spec.probability, 0, 1);
      return;
    }
    std::string written;
    table.take_text(key, written, [&](const std::string&, const toml::node& place, const std::string& path) {
      if (braces) experiment_.topology_texts[std::string(key)] = written;
      const auto full = braces ? filled(written, place, path) : written;
      if (!full) return;
      if (auto set = set_field(spec, key, *full, experiment_.file.parent_path()); !set)
        report_.add(place.source(), path, std::move(set.error()));
    });
  }
  /// A mistake of several keys together is put where the last change was made, if there was one.
  [[nodiscard]] std::string source_of_topology() const {
    for (const auto* key : {"topology.peers", "topology.degree", "topology.kind", "topology.probability"})
      if (report_.is_set(key)) return key;
    return "topology";
  }

  /// What the texts say is read cell by cell.
  void read_nat(TomlTable& table) {
    const auto* const node = table.take("nat");
    if (node == nullptr) return;
    if (!node->is_table()) return table.expect(*node, "nat", "a table [nat]");
    TomlTable inner(*node->as_table(), "nat", report_);
    for (const auto key : nat_keys) {
      std::string text;
      const auto* const value = inner.table().get(key);
      const auto* const whole = value == nullptr ? nullptr : value->as_integer();
      if (whole != nullptr && inner.take(key) != nullptr)
        text = fmt::format("{}", whole->get());
      else if (!inner.take_text(key, text, brace_check()))
        continue;
      experiment_.nat[std::string(key)] = std::move(text);
    }
    inner.finish();
  }

  void read_options(TomlTable& table) {
    const auto* const node = table.take("options");
    if (node == nullptr) return;
    if (!node->is_table()) return table.expect(*node, "options", "a table [options]");
    if (node->as_table()->size() > options_max)
      return table.add(*node, "options", fmt::format("more than {} options", options_max));
    for (const auto& [key, value] : *node->as_table()) {
      const auto path = fmt::format("options.{}", key.str());
      auto& option = experiment_.options[std::string(key.str())];
      if (const auto* const text = value.as_string())
        filled(option = text->get(), value, path);
      else if (const auto* const truth = value.as_boolean())
        option = truth->get() ? "true" : "false";
      else if (const auto* const whole = value.as_integer())
        option = fmt::format("{}", whole->get());
      else if (const auto* const real = value.as_floating_point())
        option = real_text(real->get());
      else
        report_.add(value.source(), path,
                    fmt::format("{} is {}: a text, a number, true or false is needed", path, kind_of(value)));
    }
  }

  void read_measure(const toml::table& of) {
    TomlTable table(of, "measure", report_);
    MeasureSpec measure;
    if (!table.take_text("name", measure.name, variable_check())) table.need("name", "name = \"delay\"");
    table.take_text("title", measure.title);
    table.take_text("unit", measure.unit);
    const auto value = [&](const std::string& text, const toml::node& node, const std::string& key) {
      expression(text, node, key);
    };
    if (!table.take_text("value", measure.value, value)) table.need("value", "value = \"flood.delay.p90\"");
    std::string peers;
    table.take_text(
        "per_peer", peers, [&](const std::string&, const toml::node& node, const std::string& key) {
          auto set = PeerSet::parse(peers);
          if (!set) return report_.add(node, key, std::move(set.error()));
          measure.per_peer = *std::move(set);
          auto place = report_.mistake(node.source(), key, {});
          experiment_.places[peer_series_key(measure)] = {std::move(place.source), place.line, place.column};
        });
    take_word(table, "better", betters, measure.better);
    table.take_tables("reference", references_max,
                      [&](const toml::table& each) { read_reference(each, measure); });
    table.take_text("bar", measure.bar,
                    [&](const std::string& text, const toml::node& node, const std::string& key) {
                      check_bar(measure, text, node, key);
                    });
    if (std::ranges::find(experiment_.measures, measure.name, &MeasureSpec::name) !=
        experiment_.measures.end())
      report_.add(of.source(), "measure", fmt::format("there are two measures {}", quote(measure.name)));
    table.finish();
    experiment_.measures.push_back(std::move(measure));
  }

  void check_bar(const MeasureSpec& measure, const std::string& text, const toml::node& node,
                 const std::string& key) {
    if (measure.better == Better::neither)
      report_.add(node.source(), key, "a bar needs better = \"lower\" or better = \"higher\"");
    const auto bar = expression(text, node, key);
    if (!bar) return;
    std::vector<std::string_view> names;
    for (const auto& reference : measure.references) names.push_back(reference.name);
    for (const auto& name : bar->names()) {
      if (std::ranges::find(names, name) != names.end()) continue;
      const auto nearest = nearest_name(std::string_view(name).substr(0, name_bytes_max), names);
      report_.add(node.source(), key,
                  nearest ? fmt::format("there is no reference {}; did you mean '{}'?", quote(name), *nearest)
                          : fmt::format("the measure has no reference {}", quote(name)));
    }
  }

  void read_reference(const toml::table& of, MeasureSpec& measure) {
    TomlTable table(of, "measure.reference", report_);
    Reference reference;
    if (!table.take_text("name", reference.name, variable_check())) table.need("name", "name = \"paper\"");
    table.take_text("title", reference.title);
    std::string file;
    const bool has_file = table.take_text("file", file);
    if (has_file) reference.file = in_folder(file);
    const bool has_column = table.take_text("column", reference.column);
    const bool has_function = table.take_text("function", reference.function);
    if (has_file == has_function || has_file != has_column)
      report_.add(of.source(), "measure.reference", "a reference needs either file and column, or function");
    if (std::ranges::find(measure.references, reference.name, &Reference::name) != measure.references.end())
      report_.add(of.source(), "measure.reference",
                  fmt::format("there are two references {}", quote(reference.name)));
    table.finish();
    measure.references.push_back(std::move(reference));
  }

  Experiment& experiment_;
  TomlReport& report_;
  std::optional<CellValues> first_;                    // of the first cell, if there is one
  std::map<std::string, std::set<std::string>> seen_;  // values of the axes
};

}  // namespace

Mistake Experiment::mistake(std::string_view key, std::string what) const {
  const auto place = places.find(key);
  if (place == places.end()) return {file.string(), 1, 1, std::move(what)};
  return {place->second.source, place->second.line, place->second.column, std::move(what)};
}

std::expected<Experiment, Mistakes> parse_experiment(std::string_view text, const std::filesystem::path& file,
                                                     const std::vector<Setting>& settings) {
  TomlReport report(file.string());
  const auto refuse = [&](std::string what) {
    return std::unexpected(Mistakes{{file.string(), 1, 1, std::move(what)}});
  };
  if (text.size() > experiment_bytes_max)
    return refuse(fmt::format("the experiment is too large: {} bytes, {} are possible", text.size(),
                              experiment_bytes_max));
  auto parsed = toml::parse(text, std::string_view());
  if (!parsed) {
    const auto& error = parsed.error();
    report.add(error.source(), "", std::string(error.description()));
    return std::unexpected(std::move(report).finish());
  }
  auto table = std::move(parsed).table();
  apply(settings, table, report);
  Experiment experiment;
  experiment.file = file;
  experiment.text = settings.empty() ? std::string(text) : changed_text(settings, table);
  Reader(experiment, report).read(table);
  if (auto mistakes = std::move(report).finish(); !mistakes.empty())
    return std::unexpected(std::move(mistakes));
  return experiment;
}

std::expected<Experiment, Mistakes> read_experiment(const std::filesystem::path& file,
                                                    const std::vector<Setting>& settings) {
  const auto text = read_text(file, experiment_bytes_max);
  if (!text) return std::unexpected(Mistakes{{file.string(), 1, 1, text.error()}});
  return parse_experiment(*text, file, settings);
}

}  // namespace tutti::lab
