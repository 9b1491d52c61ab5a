#include "tutti/lab/stage.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include "tutti/base/text.hpp"

namespace tutti {

using namespace lab;

std::expected<PeerNumber, std::string> CommandArgument<PeerNumber>::read(std::int64_t written) {
  if (written >= 0 && written < peers_max) return PeerNumber(static_cast<std::uint32_t>(written));
  return std::unexpected(fmt::format("{} is no peer: 0 to {} is possible", written, peers_max - 1));
}

std::expected<Group, std::string> CommandArgument<Group>::read(std::int64_t written) {
  if (written >= 0 && written < peers_max) return Group(static_cast<std::uint32_t>(written));
  return std::unexpected(fmt::format("{} is no group: 0 to {} is possible", written, peers_max - 1));
}

std::expected<Loss, std::string> CommandArgument<Loss>::read(const std::string& written) {
  if (const auto share = parse_share(written)) return Loss{*share};
  return std::unexpected(fmt::format("{} is no loss: 0% to 100% is needed", quote(written)));
}

std::expected<ClockDrift, std::string> CommandArgument<ClockDrift>::read(double written) {
  if (std::abs(written) <= 100'000) return ClockDrift{written};
  return std::unexpected(fmt::format("{} is no drift: -100000 to 100000 ppm is possible", written));
}

std::expected<ClockStep, std::string> CommandArgument<ClockStep>::read(double written) {
  if (std::abs(written) <= in_seconds(scenario_time_max)) return ClockStep{from_seconds(written)};
  return std::unexpected(fmt::format("{} is more than 100 years", written));
}

namespace lab {
namespace {

template <FixedText name, auto method>
struct BuiltIn;
template <FixedText name, typename... A, Stage::Outcome (Stage::*method)(PeerNumber, A...)>
struct BuiltIn<name, method> {
  using Parameters = detail::Parameters<std::remove_cvref_t<A>...>;

  static Stage::Outcome call(Stage& stage, PeerNumber peer, std::span<const CommandValue> values) {
    const auto arguments = detail::read_arguments<std::remove_cvref_t<A>...>(values);
    if (!arguments) return std::unexpected(arguments.error().what);
    return std::apply([&](const auto&... argument) { return (stage.*method)(peer, argument...); },
                      *arguments);
  }

  static constexpr BuiltInCall entry{{name.view(), Parameters::list, &Parameters::check}, &call};
};

constexpr std::array table{BuiltIn<"start", &Stage::start>::entry,
                           BuiltIn<"stop", &Stage::stop>::entry,
                           BuiltIn<"kill", &Stage::kill>::entry,
                           BuiltIn<"setDropMessages", &Stage::set_drop_messages>::entry,
                           BuiltIn<"cut", &Stage::cut>::entry,
                           BuiltIn<"heal", &Stage::heal>::entry,
                           BuiltIn<"cutLink", &Stage::cut_link>::entry,
                           BuiltIn<"healLink", &Stage::heal_link>::entry,
                           BuiltIn<"partition", &Stage::partition>::entry,
                           BuiltIn<"setDelay", &Stage::set_delay>::entry,
                           BuiltIn<"setLoss", &Stage::set_loss>::entry,
                           BuiltIn<"setClockDrift", &Stage::set_clock_drift>::entry,
                           BuiltIn<"stepClock", &Stage::step_clock>::entry,
                           BuiltIn<"submit", &Stage::submit>::entry};

}  // namespace

std::span<const BuiltInCall> built_in_calls() {
  return table;
}

Stage::Outcome perform(Stage& stage, PeerNumber peer, const Call& call) {
  if (!call.peerlet.empty()) return stage.call(peer, call.peerlet, call.method, call.values);
  const auto* const found = std::ranges::find(
      table, call.method, [](const BuiltInCall& built_in) { return built_in.signature.name; });
  if (found == table.end()) return std::unexpected(fmt::format("there is no {}", quote(call.method)));
  return found->call(stage, peer, call.values);
}

}  // namespace lab
}  // namespace tutti
