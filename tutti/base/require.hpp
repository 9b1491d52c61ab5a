// Assertions for what cannot happen. They stay on in release builds: a peer that has lost its own invariants
// must stop before it spreads wrong state. Never use them on data that came from a network or a user.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace tutti {

/// Aborts with `what` and the caller's place unless `condition` holds. `what` states the rule that was
/// broken.
constexpr void require(bool condition, const char* what,
                       std::source_location where = std::source_location::current()) {
  if (condition) [[likely]]
    return;
  std::fprintf(stderr, "%s:%u: %s: broken rule: %s\n", where.file_name(), where.line(), where.function_name(),
               what);
  std::abort();
}

}  // namespace tutti
