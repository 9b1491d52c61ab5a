// The `tutti` command.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "applications/applications.hpp"
#include "demo/demo.hpp"
#include "lab/lab.hpp"
#include "net/net.hpp"
#include "tutti/lab/command.hpp"

namespace {

using namespace tutti;

constexpr std::uint32_t file_peers_max = 1'000;  // of a topology file: each is a process

int report(const tools::DemoOutcome& outcome, bool json) {
  json ? tools::print_json(outcome) : tools::print_table(outcome);
  return outcome.all_equal() ? 0 : 1;
}

/// Said before the demonstration, which would else be over when its picture cannot be kept.
std::string in_a_folder(const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  std::error_code ignored;
  if (folder.empty() || std::filesystem::is_directory(folder, ignored)) return {};
  return fmt::format("there is no folder '{}'", folder.string());
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a child that has died is noticed by the failing write
  CLI::App app("tutti: peer-to-peer applications, live and simulated", "tutti");
  app.set_version_flag("--version", std::string("tutti " TUTTI_VERSION));
  app.require_subcommand(0, 1);  // so that a wrong one is named

  auto* demo = app.add_subcommand(
      "demo", "rectangles in several processes, which stay bit-identical whatever happens");
  tools::DemoOptions options;
  double seconds = 20;
  std::uint32_t peers = 6;
  std::string topology_file;
  bool simulated = false;
  bool json = false;
  demo->add_option("--seconds", seconds, "how long it lasts")
      ->check(CLI::Range(5.0, 3600.0))
      ->capture_default_str();
  const auto* peers_given =
      demo->add_option("--peers", peers, "how many peers")->check(CLI::Range(2, 100))->capture_default_str();
  demo->add_option("--topology", topology_file,
                   "file with lines PEER,NEIGHBOUR (default: mostly indirect links)");
  demo->add_option("--seed", options.seed, "of the script, and of a simulated run")->capture_default_str();
  demo->add_option("--image", options.image, "PNG file that shows all windows side by side")
      ->capture_default_str()
      ->check(in_a_folder);
  demo->add_flag("--headless", options.headless,
                 "render in memory even if there is a display; a scripted hand presses the keys");
  demo->add_flag("--simulated", simulated, "in virtual time, in this process");
  demo->add_flag("--json", json, "print the outcome as JSON");

  auto* laboratory = app.add_subcommand("lab", "experiments: simulate, sweep, measure, report");
  const auto catalogue = tools::lab_catalogue();
  int lab_status = 0;
  lab::add_commands(*laboratory, catalogue, lab_status);
  int application_status = 0;
  tools::add_application_commands(app, application_status);
  int net_status = 0;
  tools::add_net_commands(app, net_status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (app.get_subcommands().empty()) {
    fmt::print(stderr, "{}", app.help());
    return 2;
  }
  if (laboratory->parsed()) return lab_status;
  if (app.got_subcommand("net")) return net_status;
  if (!demo->parsed()) return application_status;

  options.length = from_seconds(seconds);
  options.topology = tools::indirect_topology(peers);
  if (!topology_file.empty()) {
    auto topology = lab::read_topology(topology_file);
    if (topology && topology->peers > file_peers_max)
      topology = std::unexpected(lab::Mistakes{
          {.source = topology_file,
           .what = fmt::format("it has {} peers, {} are possible", topology->peers, file_peers_max)}});
    if (topology && peers_given->count() > 0 && topology->peers != peers)
      topology = std::unexpected(
          lab::Mistakes{{.source = topology_file,
                         .what = fmt::format("it has {} peers, --peers says {}", topology->peers, peers)}});
    if (!topology) {
      for (const auto& mistake : topology.error()) fmt::print(stderr, "{}\n", mistake.text());
      return 2;
    }
    options.topology = *std::move(topology);
  }
  if (simulated) return report(tools::run_simulated_demo(options), json);
  const auto outcome = tools::run_live_demo(options);
  if (!outcome) {
    fmt::print(stderr, "tutti demo: {}\n", outcome.error());
    return 1;
  }
  return report(*outcome, json);
}
