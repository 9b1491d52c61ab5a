// An experiment: what runs, on which network, how often, and what is measured. A TOML file:
//
//   name = "symmetric-figure7"
//   title = "Ticks travelled back"
//   stack = "rectangle"                      # what each peer is made of: see catalogue.hpp
//   duration = "600s"                        # measured, after the warm-up
//   warm_up = "60s"
//   repetitions = 5
//   seed = 1
//   fidelity = "message"                     # or "packet": see simulated_network.hpp
//   network = "normal:{latency}ms,{latency / 5}ms"
//   mesh = 3                                 # direct links that each peer looks for itself
//   scenario = ["ramp every=476ms", "poisson rate={rate}/min call='Peer.submit(\"turn\")' from=60s"]
//   scenario_files = ["churn.scenario"]
//
//   [topology]
//   kind = "file"                            # file, line, ring, full, random, small_world, preferential
//   file = "topology.csv"
//
//   [nat]                                    # see nat_spec.hpp
//   kinds = "port-restricted:60%,symmetric:20%"
//   rendezvous = "0-1"
//
//   [options]                                # of the stack
//   deadline = "{5 * latency * multiplier}ms"
//
//   [[axis]]                                 # what is swept: every combination is a cell
//   name = "latency"
//   unit = "ms"
//   values = [5, 25, 50]
//   [[axis]]
//   name = "rate"
//   values = [25, 50]
//   [[axis]]
//   name = "multiplier"
//   values = [5, 2, 1]
//
//   [[measure]]
//   name = "time_travel"
//   unit = "%"
//   value = "100 * replica.ticks_travelled_back / replica.ticks"
//   per_peer = "0-3"                         # whose time series stand beside the network's
//   better = "lower"
//   bar = "1.25 * floor + 0.1"               # at most; at least where higher is better
//   [[measure.reference]]
//   name = "paper"
//   file = "figure7.csv"                     # columns named as the axes, and `column`
//   column = "time_travel_percent"
//   [[measure.reference]]
//   name = "floor"
//   function = "flooding_floor"              # of the catalogue
//
// In the network, the fidelity, the NATs, the scenario's lines, the options, the topology and the durations,
// whatever stands in braces is an expression over the axes' values (expression.hpp). File names are relative
// to the experiment's file, those of network models too. A line of the scenario is a call, or a generator if
// it begins with a letter; so is one of a scenario file, where braces mean nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tutti/base/time.hpp"
#include "tutti/lab/generators.hpp"
#include "tutti/lab/mistake.hpp"
#include "tutti/lab/nat_spec.hpp"
#include "tutti/lab/network_reader.hpp"
#include "tutti/lab/scenario.hpp"
#include "tutti/lab/topology.hpp"

namespace tutti::lab {

/// A value of an axis: a number, or a word.
using AxisValue = std::variant<double, std::string>;
/// As it stands in texts and tables: the shortest form of a number that reads back the same.
std::string text_of(const AxisValue& value);

struct Axis {
  std::string name;
  std::string title;
  std::string unit;
  std::vector<AxisValue> values;
};

/// What a measure is compared with.
struct Reference {
  std::string name;
  std::string title;
  std::filesystem::path file;  ///< CSV with a head line; or empty, and
  std::string column;
  std::string function;  ///< the name of a function of the catalogue
};

enum class Better : std::uint8_t { neither, lower, higher };

struct MeasureSpec {
  std::string name;
  std::string title;
  std::string unit;
  std::string value;                  ///< an expression over what the peers' recorders have counted
  std::optional<PeerSet> per_peer{};  ///< who has a time series of its own besides
  Better better = Better::neither;
  std::string bar;  ///< an expression over the references; empty if there is none
  std::vector<Reference> references;
};

/// What is simulated of the network: simulated_network.hpp.
enum class Fidelity : std::uint8_t { message, packet };

/// Where something stands: in a file, or on the command line.
struct Place {
  std::string source;
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

struct Experiment {
  std::filesystem::path file;
  std::string text;  ///< the file as it was read, changes by --set applied and noted
  std::string name;
  std::string title;
  std::string stack;
  std::map<std::string, std::string> options;         ///< of the stack
  TopologySpec topology;                              ///< of the first cell
  std::map<std::string, std::string> topology_texts;  ///< its keys that have braces, with these
  std::string fidelity = "message";
  std::string network = "constant:10ms";
  std::vector<NetworkWord> network_words;  ///< of the program's own, that models may use: the catalogue's
  std::map<std::string, std::string> nat;  ///< what [nat] says; nothing without one
  std::uint32_t mesh = 0;                  ///< MeshOptions::wanted
  std::vector<std::string> scenario;       ///< lines of scenarios and of generators
  std::vector<std::filesystem::path> scenario_files;
  std::vector<Axis> axes;
  std::uint32_t repetitions = 1;
  std::uint64_t seed = 1;
  std::string duration;
  std::string warm_up = "0s";
  std::string window = "1s";  ///< of the time series
  std::vector<MeasureSpec> measures;
  std::map<std::string, Place, std::less<>> places;  ///< where keys stand, such as "options.deadline"

  /// A mistake in what stands at `key`; at the file's beginning if the file does not have that.
  [[nodiscard]] Mistake mistake(std::string_view key, std::string what) const;
};

/// A change on the command line: "network=constant:20ms", "axis.latency=5,50", "topology.peers=100",
/// "options.deadline=1s". Everything but the axes' names and the measures can be changed.
struct Setting {
  std::string key;
  std::string value;
};

/// Reads an experiment and applies `settings`. All mistakes, with line and column where TOML knows them:
/// unknown keys (with the nearest known one), wrong types, empty axes, limits.
std::expected<Experiment, Mistakes> read_experiment(const std::filesystem::path& file,
                                                    const std::vector<Setting>& settings = {});

/// One combination of the axes' values.
struct Cell {
  std::uint32_t index = 0;
  std::vector<AxisValue> at;  ///< one for each axis
};
/// All combinations, the last axis changing fastest. At most cells_max, as read_experiment has checked.
inline constexpr std::size_t cells_max = 100'000;
std::vector<Cell> cells_of(const Experiment& experiment);

/// A line of a scenario or a generator, read.
struct ScenarioPart {
  std::string source;      ///< a file's name, or what else tells people where it stands
  std::uint32_t line = 1;  ///< in its source
  std::variant<Scenario, Generator> content;
};

/// One cell with every brace filled in and every file read.
struct Plan {
  Cell cell;
  std::map<std::string, double> numbers;  ///< the axes that are numbers, by name
  std::map<std::string, std::string> options;
  Topology topology;  ///< with the links to the rendezvous
  Fidelity fidelity{};
  NatLayout nats;
  std::uint32_t mesh = 0;
  std::string network;
  NetworkModelPtr model;               ///< what `network` says
  NetworkReader networks;              ///< reads those that the scenario names
  std::vector<std::string> scenario;   ///< lines of scenarios and generators; files first
  std::vector<ScenarioPart> parts;     ///< what each of these lines says
  std::vector<std::uint32_t> watched;  ///< peers with a time series of their own, in ascending order
  Duration duration{};
  Duration warm_up{};
  Duration window{};
};
/// Whether peers are brought together by others: what some do is seen by others then, and there is one shard.
bool has_introductions(const Plan& plan);
/// The topology and the NATs are drawn with `seed`, where they are random. All mistakes.
std::expected<Plan, Mistakes> plan_of(const Experiment& experiment, const Cell& cell, std::uint64_t seed);

/// The seed of one repetition of one cell: a function of the experiment's seed and both numbers.
std::uint64_t seed_of(const Experiment& experiment, std::uint32_t cell, std::uint32_t repetition);

/// What a reference file says for each cell; nothing where it has no such row. All mistakes, with lines.
std::expected<std::vector<std::optional<double>>, Mistakes> read_reference(const Experiment& experiment,
                                                                           const Reference& reference);

}  // namespace tutti::lab
