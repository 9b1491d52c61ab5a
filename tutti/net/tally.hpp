// What stands below a peer counts for itself, for it is older than the peer and its measures. This is how it
// shows its counts to whoever makes measures of them.
#pragma once

#include <cstdint>
#include <string_view>

namespace tutti {

/// Something counted from the beginning on. Both lie where they are for as long as whatever counts lives.
struct Tally {
  std::string_view name;
  const std::uint64_t* count = nullptr;
};

}  // namespace tutti
