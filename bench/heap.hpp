// What this process has on its heap, and what of its memory the machine has given it pages for. A block that
// is allocated and not yet used costs the first and not the second.
#pragma once

#include <cstddef>
#include <fstream>

#include <malloc.h>
#include <unistd.h>

namespace tutti::bench {

/// Of all the heap's blocks that are in use.
inline std::size_t heap_bytes() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// Of the whole process. What the heap has no use for is returned to the machine first, so that what is
/// allocated afterwards shows as growth.
inline std::size_t resident_bytes() {
  ::malloc_trim(0);
  std::size_t all_pages = 0, resident_pages = 0;
  std::ifstream("/proc/self/statm") >> all_pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace tutti::bench
