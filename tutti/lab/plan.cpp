#include <set>

#include <fmt/format.h>

#include "tutti/base/text.hpp"
#include "tutti/lab/cell_values.hpp"
#include "tutti/lab/experiment_text.hpp"
#include "tutti/lab/expression.hpp"
#include "tutti/lab/scenario.hpp"
#include "tutti/lab/scenario_text.hpp"
#include "tutti/lab/text_file.hpp"
#include "tutti/lab/time_series.hpp"
#include "tutti/lab/topology_text.hpp"

namespace tutti::lab {
namespace {

/// A mapping that lives so long is kept by a link, which says something every five seconds (QuicOptions).
constexpr Duration kept_mapping = std::chrono::seconds(10);

class Planner {
 public:
  Planner(const Experiment& experiment, const Cell& cell)
      : experiment_(experiment), values_(values_at(experiment, cell)) {
    plan_.cell = cell;
    plan_.networks = NetworkReader(experiment.file.parent_path(), experiment.network_words);
    plan_.numbers = values_.numbers;
    for (std::size_t i = 0; i < cell.at.size(); ++i)
      where_ +=
          fmt::format("{}{}={}", i == 0 ? " where " : ", ", experiment.axes[i].name, text_of(cell.at[i]));
  }

  std::expected<Plan, Mistakes> plan(std::uint64_t seed) && {
    for (const auto& [key, text] : experiment_.options) plan_.options[key] = filled("options." + key, text);
    plan_network();
    plan_fidelity();
    plan_.mesh = experiment_.mesh;
    plan_.duration = duration("duration", experiment_.duration, true);
    plan_.warm_up = duration("warm_up", experiment_.warm_up, false);
    plan_.window = duration("window", experiment_.window, true);
    for (const auto& file : experiment_.scenario_files) read_scenario(file);
    for (std::size_t i = 0; i < experiment_.scenario.size(); ++i) add_line(i);
    plan_topology(seed);
    plan_nats(seed);
    plan_peer_series();
    if (!mistakes_.empty()) return std::unexpected(std::move(mistakes_));
    return std::move(plan_);
  }

 private:
  /// A mistake in what the experiment says of `key` in this cell.
  void add(std::string_view key, std::string_view what) {
    const auto name = key.starts_with("scenario.") ? std::string_view("scenario") : key;
    add(experiment_.mistake(key, fmt::format("{}{}: {}", name, where_, what)));
  }
  void add(Mistake mistake) {
    if (mistakes_.size() < mistakes_max) mistakes_.push_back(std::move(mistake));
  }

  std::string filled(std::string_view key, std::string_view text) {
    auto result = fill_in(text, values_.numbers, values_.words);
    if (result) return *std::move(result);
    add(key, result.error().what);
    return {};
  }

  void plan_network() {
    const auto mistakes_before = mistakes_.size();
    const auto text = filled("network", experiment_.network);
    if (mistakes_.size() > mistakes_before) return;
    plan_.network = plan_.networks.in_folder(text);
    if (auto model = plan_.networks.read(text))
      plan_.model = *std::move(model);
    else
      add("network", model.error());
  }

  void plan_fidelity() {
    const auto mistakes_before = mistakes_.size();
    const auto text = filled("fidelity", experiment_.fidelity);
    if (mistakes_.size() > mistakes_before) return;
    if (text == "packet")
      plan_.fidelity = Fidelity::packet;
    else if (text != "message")
      add("fidelity", fmt::format("there is no fidelity {}, only message and packet", quote(text)));
  }

  /// Once the peers are known.
  void plan_nats(std::uint64_t seed) {
    if (!mistakes_.empty()) return;
    NatSpec spec;
    for (const auto& [name, text] : experiment_.nat) {
      const auto key = "nat." + name;
      const auto mistakes_before = mistakes_.size();
      const auto full = filled(key, text);
      if (mistakes_.size() > mistakes_before) continue;
      if (const auto set = set_field(spec, name, full); !set) add(key, set.error());
    }
    const auto peers = plan_.topology.peers;
    if (spec.rendezvous && !spec.rendezvous->fits(peers))
      add("nat.rendezvous", fmt::format("there are only {} peers", peers));
    if (plan_.fidelity == Fidelity::message && spec.mapping_lifetime && *spec.mapping_lifetime < kept_mapping)
      add("nat.mapping_lifetime",
          fmt::format("with messages, links keep every mapping: below {} only packets show "
                      "what happens",
                      duration_text(kept_mapping)));
    if (!mistakes_.empty()) return;
    plan_.nats = make_nats(spec, peers, seed);
    add_rendezvous(spec, plan_.topology);
  }

  void plan_topology(std::uint64_t seed) {
    auto spec = experiment_.topology;
    const auto mistakes_before = mistakes_.size();
    for (const auto& [name, text] : experiment_.topology_texts) {
      const auto key = "topology." + name;
      const auto full = filled(key, text);
      if (mistakes_.size() > mistakes_before) return;
      if (const auto set = set_field(spec, name, full, experiment_.file.parent_path()); !set)
        return add(key, set.error());
    }
    if (const auto fits = check(spec); !fits) return add("topology", fits.error());
    if (spec.kind == TopologySpec::Kind::file) return read_topology_file(spec);
    if (auto topology = make_topology(spec, seed))
      plan_.topology = *std::move(topology);
    else
      add("topology", topology.error());
  }
  void read_topology_file(const TopologySpec& spec) {
    auto topology = read_topology(spec.file, spec.peers > 0 ? std::optional(spec.peers) : std::nullopt);
    if (topology)
      plan_.topology = *std::move(topology);
    else
      for (auto& mistake : topology.error()) add(std::move(mistake));
  }

  /// Once the peers are known, and the windows.
  void plan_peer_series() {
    if (!mistakes_.empty()) return;
    const auto peers = plan_.topology.peers;
    const auto windows =
        static_cast<std::uint64_t>((plan_.duration + plan_.window - Duration(1)) / plan_.window);
    std::set<std::uint32_t> watched;
    std::uint64_t points = 0;
    for (const auto& measure : experiment_.measures) {
      if (!measure.per_peer) continue;
      const auto count = measure.per_peer->count(peers);
      const auto refuse = [&](std::string_view why) { add(peer_series_key(measure), why); };
      if (!measure.per_peer->fits(peers))
        return refuse(
            fmt::format("there is no peer {}, only {} peers", measure.per_peer->last().value(), peers));
      if (count > watched_peers_max)
        return refuse(fmt::format("{} peers are too many for series of their own: {} are possible", count,
                                  watched_peers_max));
      points += count * windows;
      if (points > peer_points_max)
        return refuse(
            fmt::format("series of single peers have {} points, {} are possible: fewer peers or a "
                        "longer window is needed",
                        points, peer_points_max));
      for (std::uint32_t i = 0; i < count; ++i) watched.insert(measure.per_peer->at(i).value());
    }
    plan_.watched.assign(watched.begin(), watched.end());
  }

  Duration duration(std::string_view key, std::string_view text, bool above_zero) {
    const auto mistakes_before = mistakes_.size();
    const auto full = filled(key, text);
    if (mistakes_.size() > mistakes_before) return {};
    const auto parsed = parse_duration(full);
    if (!parsed)
      add(key, parsed.error());
    else if (above_zero && *parsed == Duration())
      add(key, "it must be above zero");
    return parsed.value_or(Duration());
  }

  void read_scenario(const std::filesystem::path& file) {
    const auto text = read_text(file, scenario_bytes_max);
    if (!text) return add({file.string(), 1, 1, text.error()});
    std::uint32_t number = 0;
    for (std::optional<std::string_view> rest = *text; rest && mistakes_.size() < mistakes_max;) {
      const auto [line, others] = split(*rest, '\n');
      rest = others;
      ++number;
      const auto content = without_comment(line);
      if (content.empty()) continue;
      if (plan_.scenario.size() == scenario_lines_max)
        return add({file.string(), number, 1, fmt::format("more than {} lines", scenario_lines_max)});
      if (auto part = read_part(line, file.string(), number)) {
        plan_.parts.push_back(*std::move(part));
        plan_.scenario.emplace_back(content);
      } else {
        add({file.string(), number, static_cast<std::uint32_t>(part.error().offset + 1),
             std::move(part.error().what)});
      }
    }
  }

  void add_line(std::size_t index) {
    const auto key = fmt::format("scenario.{}", index);
    const auto full = filled(key, experiment_.scenario[index]);
    const auto content = without_comment(full);
    if (content.empty()) return;
    const auto place = experiment_.mistake(key, {});
    const auto source =
        fmt::format("{}:{}:{}: scenario '{}'", place.source, place.line, place.column, content);
    auto part = read_part(content, source, 1);
    if (!part) return add(key, part.error().what);
    plan_.parts.push_back(*std::move(part));
    plan_.scenario.emplace_back(content);
  }

  const Experiment& experiment_;
  CellValues values_;
  std::string where_;
  Plan plan_;
  Mistakes mistakes_;
};

}  // namespace

bool has_introductions(const Plan& plan) {
  return plan.fidelity == Fidelity::packet || plan.mesh > 0 || !plan.nats.nats.empty();
}

std::expected<Plan, Mistakes> plan_of(const Experiment& experiment, const Cell& cell, std::uint64_t seed) {
  return Planner(experiment, cell).plan(seed);
}

}  // namespace tutti::lab
