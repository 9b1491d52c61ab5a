#include "tutti/symmetric/lockstep.hpp"

#include <fmt/format.h>

#include "tutti/base/text.hpp"

namespace tutti::symmetric {

std::expected<std::optional<Lockstep>, std::string> parse_lockstep(std::string_view text) {
  if (text == "no") return std::nullopt;
  const auto patience = parse_duration(text);
  if (!patience || *patience <= Duration::zero())
    return std::unexpected(
        fmt::format("'{}' is no patience: how long others are waited for, such as 10s, or no", text));
  return Lockstep{*patience};
}

std::string network_of(std::string application, const std::optional<Lockstep>& lockstep) {
  if (lockstep) application += " in lockstep";
  return application;
}

}  // namespace tutti::symmetric
