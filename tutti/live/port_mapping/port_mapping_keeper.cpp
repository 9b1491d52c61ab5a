#include "tutti/live/port_mapping/port_mapping_keeper.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tutti {

PortMappingKeeper::PortMappingKeeper(Runtime& runtime, const Endpoint& local,
                                     std::vector<std::unique_ptr<PortMapper>> mappers,
                                     std::function<std::optional<Gateway>()> gateway)
    : runtime_(runtime),
      local_(local),
      mappers_(std::move(mappers)),
      find_gateway_(std::move(gateway)),
      timer_(runtime, [this] { timer_fired(); }) {
  timer_.arm({});
}

PortMappingKeeper::~PortMappingKeeper() {
  if (mapping_) mappers_[present_]->remove(*gateway_, *mapping_);
}

std::string PortMappingKeeper::describe() const {
  if (mapping_)
    return fmt::format("{} by {} for {} min{}", mapping_->external.text(), mappers_[present_]->protocol(),
                       std::chrono::ceil<std::chrono::minutes>(mapping_->lifetime).count(),
                       is_private(mapping_->external) ? "; the router is behind another NAT itself" : "");
  return decided_ ? "none: " + failures_ : "not known yet";
}

std::optional<std::string> PortMappingKeeper::obstacle() const {
  if (mappers_.empty()) return "nobody is asked";
  if (!gateway_) return "there is no router for IPv4";
  if (!is_private(gateway_->own)) return "there is no NAT at this machine's address";
  const bool anywhere = local_.address == Endpoint{}.address || local_.address == Endpoint::v4(0, 0).address;
  if (!anywhere && local_.address != gateway_->own.address)
    return "the socket is not at the address that the router knows";
  return std::nullopt;
}

void PortMappingKeeper::begin() {
  gateway_ = find_gateway_();
  present_ = 0;
  failures_.clear();
  if (auto why = obstacle()) {
    failures_ = *std::move(why);
    return decide({});  // until the network changes
  }
  ask();
}

void PortMappingKeeper::ask() {
  if (present_ == mappers_.size()) {
    timer_.arm(again_after);
    return decide({});
  }
  const PortMapping wanted{.internal_port = local_.port,
                           .external = told_.value_or(Endpoint::v4(0, local_.port)),
                           .lifetime = lifetime};
  mappers_[present_]->ask(*gateway_, wanted,
                          [this, question = ++questions_](std::expected<PortMapping, std::string> result) {
                            if (question == questions_) answered(std::move(result));
                          });
}

void PortMappingKeeper::answered(std::expected<PortMapping, std::string> result) {
  if (!result) return refused(result.error());
  const auto& external = result->external;
  if (external.port == 0 || !external.is_v4() || external.address == Endpoint::v4(0, 0).address ||
      result->lifetime <= Duration::zero())
    return refused("its answer makes no sense");
  result->lifetime = std::clamp(result->lifetime, lifetime_min, lifetime_max);
  mapping_until_ = runtime_.now() + result->lifetime;
  timer_.arm(result->lifetime / 2);
  decide(*result);
}

void PortMappingKeeper::refused(const std::string& why) {
  if (mapping_) {
    timer_.arm(std::max((mapping_until_ - runtime_.now()) / 2, renewal_pause_min));
    return;
  }
  failures_ += fmt::format("{}{}: {}", failures_.empty() ? "" : ", ", mappers_[present_]->protocol(), why);
  ++present_;
  ask();
}

void PortMappingKeeper::timer_fired() {
  if (mapping_ && runtime_.now() < mapping_until_) return ask();
  mapping_.reset();
  begin();
}

void PortMappingKeeper::decide(const std::optional<PortMapping>& mapping) {
  const auto before = std::exchange(told_, mapping ? std::optional(mapping->external) : std::nullopt);
  mapping_ = mapping;
  if (std::exchange(decided_, true) && before == told_) return;
  if (!mappers_.empty()) runtime_.log()(LogLevel::info, "port mapping: {}", describe());
  if (listener_) listener_(told_);
}

void PortMappingKeeper::network_changed() {
  ++questions_;
  // Another router may have the same address as the last one had.
  mapping_.reset();
  timer_.arm({});
}

}  // namespace tutti
