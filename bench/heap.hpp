// What this process has on its heap.
#pragma once

#include <cstddef>

#include <malloc.h>

namespace tutti::bench {

/// Of all the heap's blocks that are in use.
inline std::size_t heap_bytes() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace tutti::bench
