#include "tutti/play/options.hpp"

#include <cstdio>
#include <vector>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "tutti/base/text.hpp"
#include "tutti/live/address.hpp"
#include "tutti/live/bootstrap/irc.hpp"
#include "tutti/live/bootstrap/lan.hpp"
#include "tutti/live/bootstrap/remembered_peers.hpp"
#include "tutti/live/bootstrap/seed_list.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/play/timeline_bar.hpp"
#include "tutti/symmetric/history_text.hpp"

namespace tutti::play {
namespace {

/// Turns a reader of ours into CLI11's kind: it throws what we return, and reports it with the option's name.
template <typename Read>
auto reads(std::string option, Read read) {
  return [option = std::move(option), read](const std::string& text) {
    if (const auto error = read(text)) throw CLI::ValidationError(option, *error);
  };
}

template <typename Value, typename Target>
std::optional<std::string> store(std::expected<Value, std::string> value, Target& target) {
  if (!value) return value.error();
  target = *std::move(value);
  return std::nullopt;
}

Log log_to_stderr(LogLevel least, const std::string& name) {
  // A logger of this process's own, not spdlog's global one: two peers in one process share nothing.
  auto logger =
      std::make_shared<spdlog::logger>(name, std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_level(spdlog::level::trace);
  logger->set_pattern("%H:%M:%S.%e %n %^%l%$ %v");
  return Log(least, [logger](LogLevel level, std::string_view line) {
    static constexpr std::array levels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                       spdlog::level::err};
    logger->log(levels[static_cast<std::size_t>(level)], line);
  });
}

/// The ways to find peers that nobody has named (docs/bootstrapping.md).
void add_bootstraps(CLI::App& app, std::vector<BootstrapOpener>& bootstraps) {
  app.add_option_function<std::vector<std::string>>(
         "--seeds",
         [&](const std::vector<std::string>& files) {
           for (const auto& file : files) bootstraps.push_back(seed_list(file));
         },
         "try the peers in this list, [ID@]HOST:PORT a line; several are possible")
      ->type_name("FILE");
  app.add_option_function<std::string>(
         "--remember", [&](const std::string& file) { bootstraps.push_back(remembered_peers(file)); },
         "remember in this file which peers there were, and try them at the next start")
      ->type_name("FILE");
  app.add_flag_callback(
      "--lan", [&] { bootstraps.push_back(lan()); },
      "find the session's peers on the local network, and be found there");
  app.add_option_function<std::vector<std::string>>(
         "--irc",
         [&](const std::vector<std::string>& urls) {
           for (const auto& url : urls) {
             const auto place = IrcPlace::parse(url);
             if (!place) throw CLI::ValidationError("--irc", place.error());
             bootstraps.push_back(irc(*place));
           }
         },
         "meet the session's peers in this channel, irc://HOST[:PORT]/#CHANNEL, or irc+tls:// with TLS and "
         "perhaps FINGERPRINT@ before the host; several are possible")
      ->type_name("URL");
}

}  // namespace

std::expected<PlayOptions, int> parse_play_options(int argc, char** argv, std::string_view name,
                                                   const std::vector<OwnOption>& own) {
  PlayOptions options;
  options.live.listen = Endpoint{};
  options.screen.title = std::string(name);
  options.screen.height += timeline_bar_height;  // the view keeps the whole default canvas
  LogLevel level = LogLevel::info;

  CLI::App app(fmt::format("{}: everybody who is linked, directly or not, shares one state", name),
               std::string(name));
  app.add_option_function<std::string>(
         "--listen",
         reads("--listen",
               [&](const std::string& text) { return store(Endpoint::parse(text), options.live.listen); }),
         "where others reach this peer, IP:PORT; port 0 takes any (default [::]:0)")
      ->type_name("IP:PORT");
  app.add_option_function<std::vector<std::string>>(
         "--link",
         [&](const std::vector<std::string>& texts) {
           for (const auto& text : texts) {
             const auto target = resolve_target(text);
             if (!target) throw CLI::ValidationError("--link", target.error());
             options.live.links.push_back(*target);
           }
         },
         "a peer to be linked with; several are possible; with ID@ before it, nobody else will do")
      ->type_name("[ID@]HOST:PORT");
  app.add_option("--new-session", options.new_ticket,
                 "open a session for friends only, and keep its ticket in this new file")
      ->type_name("FILE");
  app.add_option_function<std::string>("--ticket",
                                       reads("--ticket",
                                             [&](const std::string& text) -> std::optional<std::string> {
                                               auto ticket = text.starts_with("tutti:") ? Ticket::parse(text)
                                                                                        : Ticket::load(text);
                                               if (!ticket) return ticket.error();
                                               options.live.ticket = *std::move(ticket);
                                               return std::nullopt;
                                             }),
                                       "take part in the session of this ticket, or of the one in this file")
      ->type_name("TICKET|FILE")
      ->excludes("--new-session");
  app.add_flag("--qr", options.show_qr, "show the ticket as a QR code on standard error");
  add_bootstraps(app, options.live.bootstraps);
  app.add_flag_callback(
      "--no-port-mapping", [&] { options.live.port_mappers.clear(); },
      "do not ask the router to let the session's other peers in (docs/links.md)");
  app.add_flag_callback(
      "--no-relay", [&] { options.live.relay = false; },
      "do not pass on between others who do not reach each other");
  app.add_flag("--signed", options.live.sign,
               "everything is signed by whoever says it, for all peers of a session or for none; with "
               "--new-session, FILE.watch is a second ticket, for those who are to watch and not to play")
      ->excludes("--ticket");
  app.add_flag("--watch", options.live.watch, "watch, and do nothing");
  app.add_option("--name", options.live.name, "what this peer calls itself");
  app.add_option(
      "--identity", options.live.identity_file,
      "file with this peer's private key, made if it is missing (default: a new identity each time, or "
      "beside the file of --store)");
  app.add_option_function<std::string>("--deadline",
                                       reads("--deadline",
                                             [&](const std::string& text) {
                                               return store(symmetric::parse_deadline(text),
                                                            options.live.deadline);
                                             }),
                                       "how far ahead events are stamped: a time such as 120ms, or the share "
                                       "of arrivals that is to be in time, "
                                       "by measured path delays, such as 95% (default 100%)")
      ->type_name("TIME|SHARE");
  app.add_option_function<std::string>("--history",
                                       reads("--history",
                                             [&](const std::string& text) {
                                               return store(symmetric::parse_history(text),
                                                            options.live.history.kept);
                                             }),
                                       "how much of the past is kept: horizon, full, or a time such as 3600s "
                                       "(default: horizon, what others "
                                       "may still change)")
      ->type_name("full|horizon|TIME");
  std::string patience;
  auto* lockstep = app.add_flag("--lockstep{10s}", patience,
                                "run no tick before all events for it are here, instead of rolling back; who "
                                "is silent is waited for up to 10 s, or --lockstep=TIME; for all peers of a "
                                "session or for none");
  app.add_option_function<std::string>("--delay-model",
                                       reads("--delay-model",
                                             [&](const std::string& text) {
                                               return store(parse_network_model(text),
                                                            options.live.network_model);
                                             }),
                                       "slow this peer's packets down: constant:50ms, uniform:10ms-30ms or "
                                       "normal:50ms,10ms, then perhaps +loss:1%")
      ->type_name("MODEL");
  app.add_flag("--headless", options.screen.headless, "render in memory, without a window");
  app.add_option("--image", options.image, "keep the last picture in this PNG file")->type_name("FILE");
  app.add_option("--tick-log", options.tick_log, "write the moment and number of each tick to this file")
      ->type_name("FILE");
  app.add_option("--store", options.live.store,
                 "keep the session in this file, before anything is shown, and go on from what is in it")
      ->type_name("FILE");
  app.add_option("--record", options.live.record, "keep the session in this replay file")->type_name("FILE");
  auto* replay = app.add_option("--replay", options.replay.file, "play this replay file, without a network")
                     ->type_name("FILE");
  app.add_option_function<std::int64_t>(
         "--to", [&](const std::int64_t& tick) { options.replay.to = symmetric::Tick(tick); },
         "of a replay: stand at this tick")
      ->type_name("TICK")
      ->check(CLI::NonNegativeNumber)
      ->needs(replay);
  app.add_flag("--verify", options.replay.verify, "of a replay: compare its states with the recorded ones")
      ->needs(replay);
  app.add_flag("--print", options.replay.print, "of a replay: print its events")->needs(replay);
  auto* self_test = app.add_flag("--self-test", options.self_test,
                                 "test whether the application is deterministic, with random events or "
                                 "those of a replay");
  app.add_option(
         "--ticks", options.self_test_ticks,
         fmt::format("of a self-test: how many (default: {}, or all of a replay)", self_test_ticks_default))
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->needs(self_test);
  app.add_option("--reports", options.reports,
                 "folder for what is found out about a divergence (default: here)");
  app.add_option_function<std::string>("--seconds",
                                       reads("--seconds",
                                             [&](const std::string& text) -> std::optional<std::string> {
                                               if (!parse_real(text))
                                                 return fmt::format("'{}' is no number of seconds", text);
                                               return store(parse_duration(text + "s"), options.run_for);
                                             }),
                                       "end by itself after so long")
      ->type_name("NUMBER");
  app.add_option("--window", "X,Y: where the window is put")
      ->type_name("X,Y")
      ->each([&](const std::string& text) {
        const auto [x, y] = split(text, ',');
        const auto left = parse_real(x);
        const auto top = y ? parse_real(*y) : std::nullopt;
        if (!left || !top) throw CLI::ValidationError("--window", fmt::format("'{}' is not X,Y", text));
        options.screen.x = static_cast<int>(*left);
        options.screen.y = static_cast<int>(*top);
      });
  app.add_flag("--mute", options.mute, "play no tones; a headless application plays none anyway");
  app.add_flag("--control", options.control,
               "obey commands on standard input and answer on standard output, for scripts (docs/play.md)");
  app.add_flag_callback("--verbose", [&] { level = LogLevel::debug; }, "say more");
  app.add_flag_callback("--quiet", [&] { level = LogLevel::error; }, "say less");
  for (const auto& option : own)
    app.add_option_function<std::string>(
           option.name,
           reads(option.name,
                 [&option](const std::string& text) -> std::optional<std::string> {
                   const auto taken = option.read(text);
                   return taken ? std::nullopt : std::optional(taken.error());
                 }),
           option.help)
        ->type_name(option.value)
        ->group(std::string(name));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return std::unexpected(app.exit(error) == 0 ? 0 : 2);
  }
  if (*lockstep) {
    const auto parsed = symmetric::parse_lockstep(patience);
    if (!parsed) {
      fmt::print(stderr, "--lockstep: {}\n", parsed.error());
      return std::unexpected(2);
    }
    options.live.lockstep = *parsed;
  }
  if (options.show_qr && options.new_ticket.empty() && !options.live.ticket) {
    fmt::print(stderr, "--qr: there is no ticket without --new-session or --ticket\n");
    return std::unexpected(2);
  }
  options.live.log = log_to_stderr(level, options.live.name);
  if (options.screen.title == name) options.screen.title = fmt::format("{}: {}", name, options.live.name);
  return options;
}

}  // namespace tutti::play
