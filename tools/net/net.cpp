#include "net/net.hpp"

#include <cstdio>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "tutti/live/net_doctor.hpp"

namespace tutti::tools {
namespace {

/// Before the ticket is printed: as long as a router needs that does not answer to anything.
constexpr Duration patience_with_router = std::chrono::seconds(6);

struct DoctorArguments {
  std::string listen = "[::]:0";
  std::string ticket;
  std::string name = "somebody";
  double seconds = 20;
  bool no_port_mapping = false;
};

std::expected<NetDoctorOptions, std::string> read(const DoctorArguments& arguments) {
  NetDoctorOptions options{
      .name = arguments.name,
      .log = Log(LogLevel::info, [](LogLevel, std::string_view line) { fmt::print(stderr, "{}\n", line); })};
  const auto listen = Endpoint::parse(arguments.listen);
  if (!listen) return std::unexpected("--listen: " + listen.error());
  options.listen = *listen;
  if (arguments.no_port_mapping) options.port_mappers.clear();
  if (!arguments.ticket.empty()) {
    const auto ticket = arguments.ticket.starts_with("tutti:") ? Ticket::parse(arguments.ticket)
                                                               : Ticket::load(arguments.ticket);
    if (!ticket) return std::unexpected("--ticket: " + ticket.error());
    options.ticket = *ticket;
  }
  return options;
}

int examine(const DoctorArguments& arguments) {
  const auto options = read(arguments);
  auto doctor = options ? NetDoctor::open(*options) : std::unexpected(options.error());
  if (!doctor) {
    fmt::print(stderr, "tutti net doctor: {}\n", doctor.error());
    return 2;
  }
  if (!options->ticket) {
    (*doctor)->wait_for_port_mapping(patience_with_router);
    fmt::print("meanwhile others run: tutti net doctor --ticket {}\n\n", (*doctor)->ticket().text());
  }
  std::fflush(stdout);
  (*doctor)->run_for(from_seconds(arguments.seconds));
  fmt::print("{}", (*doctor)->report());
  return (*doctor)->reached() ? 0 : 1;
}

}  // namespace

void add_net_commands(CLI::App& app, int& status) {
  auto* net = app.add_subcommand("net", "this machine's network");
  net->require_subcommand(1);
  auto* doctor = net->add_subcommand(
      "doctor", "where others see this machine, what NAT it is behind, who is reached how; it takes two");
  auto arguments = std::make_shared<DoctorArguments>();
  doctor->add_option("--listen", arguments->listen, "ADDRESS:PORT; port 0 takes any")->capture_default_str();
  doctor->add_option(
      "--ticket", arguments->ticket,
      "what the first one's doctor has printed, or a file with it; without one this is the first");
  doctor->add_flag("--no-port-mapping", arguments->no_port_mapping,
                   "do not ask the router for a port mapping");
  doctor->add_option("--name", arguments->name, "what others see")->capture_default_str();
  doctor->add_option("--seconds", arguments->seconds, "how long it takes")
      ->check(CLI::Range(1.0, 3600.0))
      ->capture_default_str();
  doctor->callback([arguments, &status] { status = examine(*arguments); });
}

}  // namespace tutti::tools
