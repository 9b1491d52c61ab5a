#include "tutti/lab/command.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <set>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tutti/base/text.hpp"
#include "tutti/lab/cell_choice.hpp"
#include "tutti/lab/live_run.hpp"
#include "tutti/lab/preparation.hpp"
#include "tutti/lab/results.hpp"
#include "tutti/lab/simulated_run.hpp"
#include "tutti/lab/sweep.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::lab {
namespace {

constexpr int mistaken = 2;
constexpr int interrupted = 130;

struct RunArguments {
  std::filesystem::path file;
  std::vector<std::string> settings;
  std::filesystem::path directory;
  std::optional<std::uint64_t> seed;
  std::optional<unsigned> threads;
  unsigned shards = 1;
  bool wire = false;
  bool json = false;
  bool fresh = false;
  bool live = false;
  std::vector<std::string> only;
  std::string run_longest;
};

int report(const Mistakes& mistakes) {
  for (const auto& mistake : mistakes) fmt::print(stderr, "{}\n", mistake.text());
  return mistaken;
}
int report(std::string_view mistake) {
  fmt::print(stderr, "tutti lab: {}\n", mistake);
  return mistaken;
}

std::expected<Experiment, Mistakes> read(const RunArguments& arguments, const Catalogue& catalogue) {
  std::vector<Setting> settings;
  Mistakes mistakes;
  for (const auto& text : arguments.settings) {
    const auto equals = text.find('=');
    if (equals == std::string::npos)
      mistakes.push_back({.source = "--set", .what = fmt::format("'{}' is not KEY=VALUE", text)});
    else
      settings.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  if (arguments.seed) settings.push_back({"seed", std::to_string(*arguments.seed)});
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  auto experiment = read_experiment(arguments.file, settings);
  if (experiment) experiment->network_words = catalogue.networks();
  return experiment;
}

/// Of every cell, so that a sweep of hours does not end in a mistake.
Mistakes check_all(const Experiment& experiment, const Catalogue& catalogue, bool live,
                   const RunOptions& options) {
  Mistakes mistakes;
  std::set<std::string> said;
  for (const auto& cell : cells_of(experiment)) {
    const auto seed = seed_of(experiment, cell.index, 0);
    const auto plan = plan_of(experiment, cell, seed);
    auto found = plan ? check_cell(experiment, *plan, catalogue, seed) : plan.error();
    if (plan)
      std::ranges::move(live ? check_live(experiment, *plan) : check_simulated(experiment, *plan, options),
                        std::back_inserter(found));
    for (const auto& mistake : found)
      if (mistakes.size() < mistakes_max && said.insert(mistake.text()).second) mistakes.push_back(mistake);
    if (mistakes.size() >= mistakes_max) break;
  }
  return mistakes;
}

/// One line on a terminal, a line now and then elsewhere.
class ProgressLine {
 public:
  void show(const Progress& progress) {
    if (!terminal_ && progress.done < progress.all && progress.elapsed < next_) return;
    next_ = progress.elapsed + std::chrono::seconds(10);
    const auto fresh = progress.done - progress.resumed;
    std::string left;
    if (fresh > 0 && progress.done < progress.all) {
      const double seconds = in_seconds(progress.elapsed) / static_cast<double>(fresh) *
                             static_cast<double>(progress.all - progress.done);
      left = fmt::format(", about {:.0f} s left", seconds);
    }
    if (progress.left && progress.done < progress.all)
      left = *progress.left > Duration::zero()
                 ? fmt::format(", about {:.0f} s left", in_seconds(*progress.left))
                 : ", gathering";
    // Whoever waits wants to know for what: perhaps it hangs.
    if (!progress.left && progress.slowest && progress.slowest->second > std::chrono::seconds(30))
      left += fmt::format(", cell {}, repetition {} since {:.0f} s", progress.slowest->first.cell,
                          progress.slowest->first.repetition, in_seconds(progress.slowest->second));
    fmt::print(stderr, "{}{} of {} runs{}{}{}", terminal_ ? "\r\033[K" : "", progress.done, progress.all,
               progress.resumed > 0 ? fmt::format(", {} from before", progress.resumed) : "",
               progress.failed > 0 ? fmt::format(", {} failed", progress.failed) : "", left);
    if (!terminal_ || progress.done == progress.all) fmt::print(stderr, "\n");
    std::fflush(stderr);
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  Duration next_{};
};

/// Functions are asked only about the cells that are meant: they may take their time.
std::expected<void, std::string> compute_references(Results& results, const Catalogue& catalogue,
                                                    const std::set<std::uint32_t>& only, unsigned threads) {
  for (const auto& measure : results.experiment.measures)
    for (const auto& reference : measure.references) {
      auto& values = results.references[measure.name + "." + reference.name];
      if (reference.function.empty()) {
        auto read = read_reference(results.experiment, reference);
        if (!read) return std::unexpected(read.error().front().text());
        values = *std::move(read);
        continue;
      }
      const auto function = catalogue.reference(reference.function);
      if (!function) return std::unexpected(function.error());
      const auto cells = cells_of(results.experiment);
      values.resize(cells.size());
      std::atomic<std::size_t> next = 0;
      const auto work = [&] {
        for (std::size_t i = next++; i < cells.size(); i = next++) {
          if (!only.empty() && !only.contains(cells[i].index)) continue;
          const auto seed = seed_of(results.experiment, cells[i].index, 0);
          if (const auto plan = plan_of(results.experiment, cells[i], seed))
            values[i] = (*function)(*plan, seed);
        }
      };
      std::vector<std::jthread> others;
      for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
      work();
    }
  return {};
}

/// The page that reports are made from: installed beside the program, built with it, or installed with the
/// libraries that it is made of.
std::filesystem::path report_page(const Catalogue& catalogue) {
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const auto& place : {program / "../share/tutti/report.html", program / "../web/report.html",
                            catalogue.share() / "report.html"})
    if (std::filesystem::exists(place)) return place;
  return std::filesystem::path(TUTTI_SHARE) / "report.html";
}

std::expected<void, std::string> write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return std::unexpected(fmt::format("cannot write {}", path.string()));
  return {};
}

std::expected<void, std::string> write_all(const Results& results, const Catalogue& catalogue,
                                           const std::filesystem::path& directory) {
  const auto json = to_json(results);
  for (const auto& [name, text] : {std::pair{"results.json", json}, std::pair{"results.csv", to_csv(results)},
                                   std::pair{"runs.csv", runs_to_csv(results)}})
    if (auto written = write_file(directory / name, text); !written) return written;
  if (std::ranges::any_of(results.experiment.measures,
                          [](const auto& one) { return one.per_peer.has_value(); }))
    if (auto written = write_file(directory / "peers.csv", peers_to_csv(results)); !written) return written;
  const auto html = to_html(report_page(catalogue), json);
  if (!html) {
    fmt::print(stderr, "no report.html: {}\n", html.error());
    return {};
  }
  return write_file(directory / "report.html", *html);
}

/// The network of the first run, for the drawing.
void draw_network(Results& results, const Catalogue& catalogue) {
  const auto cells = cells_of(results.experiment);
  const auto seed = seed_of(results.experiment, 0, 0);
  const auto plan = plan_of(results.experiment, cells.front(), seed);
  constexpr std::uint32_t drawn_peers_max = 2000;
  if (!plan || plan->topology.peers > drawn_peers_max) return;
  results.network = plan->topology;
  results.changes = changes_of(results.experiment, *plan, catalogue, seed);
}

/// So many live runs at a time that the processes of all do not wait for the cores much.
unsigned live_runs_at_a_time(const Experiment& experiment, unsigned threads) {
  constexpr unsigned processes_per_core = 4;
  unsigned peers = 1;
  for (const auto& cell : cells_of(experiment))
    if (const auto plan = plan_of(experiment, cell, 0)) peers = std::max(peers, plan->topology.peers);
  const auto cores = std::max(1u, std::thread::hardware_concurrency());
  return std::clamp(processes_per_core * cores / peers, 1u, threads);
}

int run(const RunArguments& arguments, const Catalogue& catalogue) {
  const auto ranks = MpiRanks::join();
  if (!ranks) return report(ranks.error());
  // Every rank finds the same mistakes: the first tells them.
  const bool quiet = *ranks && !(*ranks)->first();
  const auto refuse = [&](const auto& mistakes) { return quiet ? mistaken : report(mistakes); };
  const auto experiment = read(arguments, catalogue);
  if (!experiment) return refuse(experiment.error());
  std::optional<Duration> run_longest;
  if (!arguments.run_longest.empty()) {
    const auto longest = parse_duration(arguments.run_longest);
    if (!longest) return refuse(fmt::format("--run-longest: {}", longest.error()));
    run_longest = *longest;
  }
  const auto only = cells_meant(*experiment, arguments.only);
  if (!only) return refuse(only.error());
  if (arguments.live && (arguments.wire || arguments.shards > 1))
    return refuse("--live takes neither --wire nor --shards: they are about simulations");
  if (const auto type = catalogue.stack(experiment->stack); type && arguments.shards > (*type)->shards_max)
    return refuse(
        fmt::format("the stack {} takes at most {} shards", experiment->stack, (*type)->shards_max));
  const RunOptions how{.shards = arguments.shards, .wire = arguments.wire, .log = {}};
  if (const auto mistakes = check_all(*experiment, catalogue, arguments.live, how); !mistakes.empty())
    return refuse(mistakes);
  const auto directory =
      arguments.directory.empty()
          ? std::filesystem::path("results") / (experiment->name + (arguments.live ? "-live" : ""))
          : arguments.directory;

  Results results;
  results.experiment = *experiment;
  results.live = arguments.live;
  results.started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  // mpirun starts as many ranks as there are to be runs at a time.
  const unsigned cores = *ranks ? 1 : std::max(1u, std::thread::hardware_concurrency());
  const unsigned threads = arguments.threads.value_or(cores);
  ProgressLine line;
  const TimePoint begin = real_now();
  const SweepOptions options{
      .directory = directory,
      .processes = arguments.live ? live_runs_at_a_time(*experiment, threads) : threads,
      .run = how,
      .live = arguments.live,
      .only = *only,
      .run_longest = run_longest,
      .fresh = arguments.fresh,
      .others = ranks->get()};
  if (quiet) {
    serve_sweep(*experiment, catalogue, options, **ranks);
    return 0;
  }
  auto outcome =
      sweep(*experiment, catalogue, options, [&](const Progress& progress) { line.show(progress); });
  if (!outcome) return report(outcome.error());
  if (auto computed = compute_references(results, catalogue, *only, threads); !computed)
    return report(computed.error());
  results.seconds = in_seconds(real_now() - begin);
  results.runs = std::move(outcome->runs);
  if (!outcome->interrupted) draw_network(results, catalogue);
  if (auto written = write_all(results, catalogue, directory); !written) return report(written.error());
  if (arguments.json)
    fmt::print("{}\n", to_json(results));
  else
    fmt::print("{}", to_table(results));
  std::fflush(stdout);
  for (const auto& failed : results.runs)
    if (failed.failure)
      fmt::print(stderr, "cell {}, repetition {}, seed {}: {}\n", failed.cell, failed.repetition, failed.seed,
                 *failed.failure);
  if (outcome->interrupted) {
    fmt::print(stderr, "{}interrupted: the same command goes on with what is left\n",
               ::isatty(STDERR_FILENO) != 0 ? "\n" : "");
    return interrupted;
  }
  fmt::print(stderr, "written to {}\n", directory.string());
  bool good = std::ranges::none_of(results.runs, [](const auto& one) { return one.failure.has_value(); });
  for (const auto& measure : experiment->measures)
    for (const auto& held : holds(results, measure)) good = good && held.value_or(true);
  return good ? 0 : 1;
}

int list(const Catalogue& catalogue, const std::filesystem::path& directory) {
  fmt::print("stacks:\n");
  for (const auto& type : catalogue.stacks()) {
    fmt::print("  {:<16} {}\n", type.name, type.description);
    for (const auto& option : type.options)
      fmt::print("    {:<14} {} (default: {})\n", option.name, option.description, option.fallback);
    Vocabulary vocabulary;
    for (const auto* peerlet : type.peerlets) vocabulary.add(*peerlet);
    for (const auto& call : vocabulary.list()) fmt::print("    {}\n", call);
  }
  if (!catalogue.references().empty()) fmt::print("reference functions:\n");
  for (const auto& [name, function] : catalogue.references()) fmt::print("  {}\n", name);
  if (!catalogue.networks().empty()) fmt::print("network models of this program's own:\n");
  for (const auto& word : catalogue.networks()) fmt::print("  {:<16} {}\n", word.name, word.form);
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::recursive_directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error))
    if (at->path().extension() == ".toml") files.push_back(at->path());
  std::ranges::sort(files);
  if (!files.empty()) fmt::print("experiments in {}:\n", directory.string());
  for (const auto& file : files) {
    const auto experiment = read_experiment(file);
    if (!experiment)
      fmt::print("  {}: {}\n", file.string(), experiment.error().front().text());
    else
      fmt::print("  {:<40} {}\n", file.string(), experiment->title);
  }
  return 0;
}

int show(const RunArguments& arguments, const Catalogue& catalogue) {
  const auto experiment = read(arguments, catalogue);
  if (!experiment) return report(experiment.error());
  const auto cells = cells_of(*experiment);
  fmt::print("{}: {}\nstack {}, {} cells, {} repetitions, seed {}\n", experiment->name, experiment->title,
             experiment->stack, cells.size(), experiment->repetitions, experiment->seed);
  for (const auto& axis : experiment->axes) {
    fmt::print("axis {}:", axis.name);
    for (const auto& value : axis.values) fmt::print(" {}", text_of(value));
    fmt::print(" {}\n", axis.unit);
  }
  for (const auto& measure : experiment->measures)
    fmt::print("measure {} = {}{}\n", measure.name, measure.value,
               measure.bar.empty() ? "" : fmt::format("  (bar: {})", measure.bar));
  if (const auto plan = plan_of(*experiment, cells.front(), seed_of(*experiment, 0, 0))) {
    fmt::print("the first cell: {} peers, {} links, network {}, {} + {} s\n", plan->topology.peers,
               plan->topology.links.size(), plan->network, in_seconds(plan->warm_up),
               in_seconds(plan->duration));
    for (const auto& [name, value] : plan->options) fmt::print("  {} = {}\n", name, value);
    for (const auto& line : plan->scenario) fmt::print("  {}\n", line);
  }
  const auto mistakes = check_all(*experiment, catalogue, false, {});
  return mistakes.empty() ? 0 : report(mistakes);
}

}  // namespace

void add_commands(CLI::App& app, const Catalogue& catalogue, int& status) {
  app.require_subcommand(1);
  const auto arguments = std::make_shared<RunArguments>();
  auto* running = app.add_subcommand("run", "run an experiment, and write tables and a report");
  running->add_option("FILE", arguments->file, "the experiment (TOML)")->required()->check(CLI::ExistingFile);
  running->add_option("--set", arguments->settings, "KEY=VALUE: change a value of the file (several)");
  running->add_option("--only", arguments->only,
                      "AXIS=VALUE,...: only the cells with these values (several)");
  running->add_option("--out", arguments->directory, "where results go (default: results/NAME)");
  running->add_flag("--live", arguments->live, "with a process for each peer and real sockets, in real time");
  running
      ->add_option("--threads", arguments->threads,
                   "runs at a time, at most (default: one a core; one with mpirun)")
      ->check(CLI::Range(1, 1024));
  running->add_option("--run-longest", arguments->run_longest,
                      "TIME, such as 600s: a run that takes longer is ended and has failed");
  running->add_option("--shards", arguments->shards, "threads of each simulation")
      ->check(CLI::Range(1u, Simulator::shards_max))
      ->capture_default_str();
  running->add_option("--seed", arguments->seed, "instead of the file's");
  running->add_flag("--wire", arguments->wire, "encode and decode every message: must change no result");
  running->add_flag("--fresh", arguments->fresh, "begin anew instead of going on with an interrupted sweep");
  running->add_flag("--json", arguments->json, "print the results as JSON");
  running->callback([arguments, &catalogue, &status] { status = run(*arguments, catalogue); });

  auto* showing = app.add_subcommand("show", "show what an experiment would run, and what is wrong with it");
  showing->add_option("FILE", arguments->file, "the experiment (TOML)")->required()->check(CLI::ExistingFile);
  showing->add_option("--set", arguments->settings, "KEY=VALUE: change a value of the file (several)");
  showing->callback([arguments, &catalogue, &status] { status = show(*arguments, catalogue); });

  auto* listing =
      app.add_subcommand("list", "list what experiments can name, and the experiments of a folder");
  const auto directory = std::make_shared<std::filesystem::path>("experiments");
  listing->add_option("DIR", *directory, "the folder")->capture_default_str();
  listing->callback([directory, &catalogue, &status] { status = list(catalogue, *directory); });
}

int command(int argc, char** argv, const Catalogue& catalogue) {
  CLI::App app("experiments with peers, simulated and live");
  int status = 0;
  add_commands(app, catalogue, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : mistaken;
  }
  return status;
}

}  // namespace tutti::lab
