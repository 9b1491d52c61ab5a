#include "tutti/live/surroundings.hpp"

#include <utility>

#include "tutti/live/interfaces.hpp"

namespace tutti {
namespace {

std::vector<std::unique_ptr<PortMapper>> open_all(RealRuntime& runtime,
                                                  const std::vector<PortMapperOpener>& openers) {
  std::vector<std::unique_ptr<PortMapper>> mappers;
  for (const auto& open : openers) mappers.push_back(open(runtime));
  return mappers;
}

}  // namespace

Surroundings::Surroundings(RealRuntime& runtime, const Endpoint& local,
                           const std::vector<PortMapperOpener>& mappers)
    : runtime_(runtime), local_(local), port_mapping_(runtime, local, open_all(runtime, mappers)) {}

std::vector<Endpoint> Surroundings::internal() const {
  return reachable_endpoints(local_);
}

std::vector<Endpoint> Surroundings::mapped() const {
  const auto external = port_mapping_.external();
  return external ? std::vector{*external} : std::vector<Endpoint>{};
}

IntroductionOptions Surroundings::introductions() const {
  return {.internal = [this] { return internal(); }, .mapped = [this] { return mapped(); }};
}

void Surroundings::watch(LinkManager& links, Introductions& introductions) {
  auto watch = NetworkWatch::open(runtime_, [this, &links, &introductions](std::string_view what) {
    runtime_.log()(LogLevel::info, "{}", what);
    links.network_changed();
    introductions.network_changed();
    port_mapping_.network_changed();
  });
  if (watch)
    watch_ = *std::move(watch);
  else
    runtime_.log()(LogLevel::warning, "{}", watch.error());
}

}  // namespace tutti
