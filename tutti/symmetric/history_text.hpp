// How people write what is kept of a session's past: on command lines and in experiments.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "tutti/symmetric/history.hpp"

namespace tutti::symmetric {

/// Reads "horizon", "full", or a time that is not zero, such as "3600s": a RecentHistory. The error is a
/// sentence.
std::expected<HistoryKept, std::string> parse_history(std::string_view text);

}  // namespace tutti::symmetric
