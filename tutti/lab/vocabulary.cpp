#include "tutti/lab/vocabulary.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tutti/base/nearest.hpp"
#include "tutti/lab/stage.hpp"

namespace tutti::lab {
namespace {

std::string peers_there_are(std::uint32_t peers) {
  if (peers == 0) return "there are no peers";
  return peers == 1 ? "there is only peer 0"
                    : fmt::format("there are only {} peers, 0 to {}", peers, peers - 1);
}

std::string unknown_peerlet(std::string_view name, std::vector<std::string_view> names) {
  if (const auto nearest = nearest_name(name, names))
    return fmt::format("there is no peerlet '{}'; did you mean '{}'?", name, *nearest);
  if (names.empty()) return fmt::format("there is no peerlet '{}': none has commands", name);
  std::ranges::sort(names);
  const auto [first, last] = std::ranges::unique(names);
  names.erase(first, last);
  return fmt::format("there is no peerlet '{}', only {}", name, fmt::join(names, ", "));
}

std::string unknown_method(const Call& call, const std::vector<const CommandSignature*>& methods) {
  std::vector<std::string_view> names;
  std::vector<std::string> forms;
  for (const auto* method : methods) {
    names.push_back(method->name);
    forms.push_back(describe(*method));
  }
  if (const auto nearest = nearest_name(call.method, names)) {
    const auto place = std::ranges::find(names, *nearest) - names.begin();
    return fmt::format("there is no '{}'; did you mean '{}'?", call.method,
                       forms[static_cast<std::size_t>(place)]);
  }
  return fmt::format("there is no '{}': {} has {}", call.method, call.peerlet.empty() ? "Peer" : call.peerlet,
                     fmt::join(forms, ", "));
}

/// The first argument that is a peer which the experiment does not have.
std::optional<std::size_t> missing_peer(const CommandSignature& method, const Call& call,
                                        std::uint32_t peers) {
  for (std::size_t i = 0; i < call.values.size(); ++i)
    if (method.parameters[i] == detail::parameter<PeerNumber> &&
        std::get<std::int64_t>(call.values[i]) >= peers)
      return i;
  return std::nullopt;
}

}  // namespace

void Vocabulary::add(const Peer& peer) {
  for (const auto* type : peer.peerlet_types()) add(*type);
}

std::vector<const CommandSignature*> Vocabulary::methods_of(std::string_view peerlet) const {
  std::vector<const CommandSignature*> methods;
  if (peerlet.empty())
    for (const auto& built_in : built_in_calls()) methods.push_back(&built_in.signature);
  else
    for (const auto* type : types_)
      if (type->answers_to(peerlet))
        for (const auto& entry : type->commands) methods.push_back(&entry.signature);
  return methods;
}

std::optional<Fault> Vocabulary::fault_in(const Call& call, std::uint32_t peers) const {
  const auto fault = [](std::uint16_t column, std::string what) {
    return Fault{static_cast<std::size_t>(column) - 1, std::move(what)};
  };
  const auto methods = methods_of(call.peerlet);
  if (methods.empty()) {
    std::vector<std::string_view> names;
    for (const auto* type : types_)
      if (!type->commands.empty()) names.insert(names.end(), type->names.begin(), type->names.end());
    return fault(call.columns.peerlet, unknown_peerlet(call.peerlet, std::move(names)));
  }
  const auto found = std::ranges::find(methods, call.method, &CommandSignature::name);
  if (found == methods.end()) return fault(call.columns.method, unknown_method(call, methods));
  const auto& method = **found;
  const auto refused = [&](std::optional<std::size_t> index, std::string_view why) {
    return fault(index ? call.columns.value(*index) : call.columns.method,
                 fmt::format("{}: {}", describe(method), why));
  };
  if (const auto fits = method.check(call.values); !fits)
    return refused(fits.error().index, fits.error().what);
  if (const auto index = missing_peer(method, call, peers)) return refused(index, peers_there_are(peers));
  if (call.peerlet.empty() && call.method == "setDelay")
    if (const auto model = networks_.read(std::get<std::string>(call.values.front())); !model)
      return refused(0, model.error());
  if (check_event_ && call.peerlet.empty() && call.method == "submit")
    if (const auto event = check_event_(std::get<std::string>(call.values.front())); !event)
      return refused(0, event.error());
  return std::nullopt;
}

std::vector<std::string> Vocabulary::list() const {
  std::vector<std::string> calls;
  for (const auto& built_in : built_in_calls()) calls.push_back("Peer." + describe(built_in.signature));
  for (const auto* type : types_)
    for (const auto name : type->names)
      for (const auto& entry : type->commands)
        calls.push_back(fmt::format("Peer.{}.{}", name, describe(entry.signature)));
  return calls;
}

Mistakes check(const Scenario& scenario, const Vocabulary& vocabulary, std::uint32_t peers) {
  Mistakes mistakes;
  const auto add = [&](const ScenarioLine& line, std::size_t offset, std::string what) {
    Mistake mistake{scenario.source, line.number, static_cast<std::uint32_t>(offset + 1), std::move(what)};
    if (std::ranges::find(mistakes, mistake) == mistakes.end()) mistakes.push_back(std::move(mistake));
  };
  for (const auto& line : scenario.lines) {
    if (mistakes.size() >= mistakes_max) break;
    if (!line.peers.fits(peers))
      add(line, line.peers_column - 1u,
          fmt::format("there is no peer {}: {}", line.peers.last().value(), peers_there_are(peers)));
    else if (auto fault = vocabulary.fault_in(line.call, peers))
      add(line, fault->offset, std::move(fault->what));
  }
  return mistakes;
}

}  // namespace tutti::lab
