// Which pages of a memory may have been written: three ways to know, which all lead to the same images.
//
//   kernel      Linux 6.7 and later write-protects the pages and lifts the protection of each at its first
//               write, without a word to us (userfaultfd, write-protect-async); PAGEMAP_SCAN then tells which
//               and protects them again. Catches every write; about 1 us for each page written.
//   marks       whoever writes says so. That is what the arena's containers do; a tenth of the kernel's cost.
//   comparison  nobody knows: every page may have been written, and its bytes are compared with the older
//               image's. Always right, and reads everything.
//
// SIGSEGV handlers are not among them: five times slower than userfaultfd, and a handler is the process's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "tutti/memory/image.hpp"

namespace tutti::memory {

enum class Tracking : std::uint8_t { kernel, marks, comparison };

/// One byte for each page: whether it may have been written.
using Written = std::span<std::uint8_t>;

class PageTracker {
 public:
  PageTracker() = default;
  PageTracker(const PageTracker&) = delete;
  PageTracker& operator=(const PageTracker&) = delete;
  virtual ~PageTracker() = default;

  /// Forgets all writes so far to the first `pages`. Before the first call nothing is known.
  virtual void rearm(std::size_t pages) = 0;
  /// Sets written[i] to 1 if page i may have been written since it was rearmed, and to 0 if not.
  virtual void look(Written written) = 0;
};

/// Of `pages` pages that begin at `memory`, which is page-aligned, anonymous and private, and stays mapped as
/// long as the tracker lives. Nothing if the kernel cannot do it, or will not for this process.
[[nodiscard]] std::unique_ptr<PageTracker> track_by_kernel(std::byte* memory, std::size_t pages);

/// `marks` has a byte for each page, which its owner sets to 1 on a write.
[[nodiscard]] std::unique_ptr<PageTracker> track_by_marks(Written marks);

/// Whether this machine's kernel tracks pages.
[[nodiscard]] bool kernel_tracks_pages();

}  // namespace tutti::memory
