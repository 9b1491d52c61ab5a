#include "tutti/symmetric/history_text.hpp"

#include <fmt/format.h>

#include "tutti/base/text.hpp"

namespace tutti::symmetric {

std::expected<HistoryKept, std::string> parse_history(std::string_view text) {
  if (text == "horizon") return HorizonHistory{};
  if (text == "full") return FullHistory{};
  const auto span = parse_duration(text);
  if (!span || *span <= Duration::zero())
    return std::unexpected(fmt::format("'{}' is neither horizon, nor full, nor a time such as 3600s", text));
  return RecentHistory{*span};
}

}  // namespace tutti::symmetric
