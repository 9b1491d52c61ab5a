#include "tutti/lab/catalogue.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tutti/base/nearest.hpp"

namespace tutti::lab {
namespace {

std::string unknown(std::string_view kind, std::string_view name,
                    const std::vector<std::string_view>& known) {
  if (const auto nearest = nearest_name(name, known))
    return fmt::format("there is no {} '{}'; did you mean '{}'?", kind, name, *nearest);
  return fmt::format("there is no {} '{}': there are {}", kind, name, fmt::join(known, ", "));
}

}  // namespace

std::expected<void, std::string> Stack::submit(Peer&, std::string_view) {
  return std::unexpected("this stack has no events to submit");
}

std::expected<const StackType*, std::string> Catalogue::stack(std::string_view name) const {
  const auto found = std::ranges::find(stacks_, name, &StackType::name);
  if (found != stacks_.end()) return &*found;
  std::vector<std::string_view> known;
  for (const auto& type : stacks_) known.emplace_back(type.name);
  return std::unexpected(unknown("stack", name, known));
}

std::expected<ReferenceFunction, std::string> Catalogue::reference(std::string_view name) const {
  const auto found = references_.find(std::string(name));
  if (found != references_.end()) return found->second;
  std::vector<std::string_view> known;
  for (const auto& [key, function] : references_) known.emplace_back(key);
  return std::unexpected(unknown("reference", name, known));
}

}  // namespace tutti::lab
