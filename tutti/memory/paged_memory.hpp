// A memory of which images are taken often, and which often goes back to one.
//
// It knows which image it held last and which of its pages may have been written since (page_tracker.hpp). So
// an image shares all other pages with that one, and going back copies only what differs.
//
// To know costs too: about as much for each page written as copying three or four pages. So a small memory is
// copied whole, and a larger one that turns out to be written all over is treated as if nothing were known
// for a while, until it is tried again. Nothing of that shows in the images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tutti/memory/image.hpp"
#include "tutti/memory/page_tracker.hpp"

namespace tutti::memory {

/// Up to this many bytes are copied whole.
inline constexpr std::size_t plain_copy_bytes_max = 256 * 1024;

struct PagedMemoryOptions {
  /// How to know what was written; nothing takes the first of kernel, marks (if somebody marks) and
  /// comparison that there is.
  std::optional<Tracking> tracking{};
  /// Memory in use up to this many bytes is copied whole, whatever the tracking.
  std::size_t plain_copy_bytes_max = memory::plain_copy_bytes_max;
  /// Address space that is left out before it and behind it: for who wants two memories not to lie a round
  /// number of bytes apart, whether systems put them side by side or at round addresses.
  std::size_t pages_around = 0;
};

/// Address space for `bytes_max` bytes, zero at first and used as they are written. Only the pages in use are
/// looked at; those behind are zero.
class PagedMemory {
 public:
  /// `pool` makes blocks of page_bytes. `marked`: whoever writes also sets marks(). A way to track that is
  /// asked for and not available is the caller's mistake.
  PagedMemory(Image::Pool pool, std::size_t bytes_max, bool marked, const PagedMemoryOptions& options = {});
  PagedMemory(const PagedMemory&) = delete;
  PagedMemory& operator=(const PagedMemory&) = delete;
  ~PagedMemory();

  [[nodiscard]] std::byte* data() { return data_; }
  [[nodiscard]] const std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }
  /// A byte for each page, to be set to 1 on a write; empty unless the memory is marked.
  [[nodiscard]] Written marks() { return marks_; }
  [[nodiscard]] const Image::Pool& pool() const { return pool_; }
  [[nodiscard]] Tracking tracking() const { return tracking_; }
  /// Whether images of that many bytes copy or compare every page, as a rule.
  [[nodiscard]] bool looks_at_everything(std::size_t bytes) const {
    return tracker_ == nullptr || pages_of(bytes) <= plain_copy_pages_max_ || resting_ > 0;
  }

  /// Of the first `bytes`; what follows is zero.
  [[nodiscard]] Image image(std::size_t bytes);
  /// Makes the first image.bytes() those of `image` and everything after them zero. At most `bytes_in_use`
  /// are not zero before. `image` fits into bytes_max().
  void restore(const Image& image, std::size_t bytes_in_use);

 private:
  void find_written(std::size_t pages);
  void judge_tracking();
  void begin_interval(std::size_t pages);

  Image::Pool pool_;
  std::size_t bytes_max_;
  std::size_t plain_copy_pages_max_;
  std::size_t bytes_around_;
  std::byte* data_;
  std::vector<std::uint8_t> marks_;
  Tracking tracking_ = Tracking::comparison;
  std::unique_ptr<PageTracker> tracker_;  // nothing for comparison
  Image base_;                            // what the memory held when the interval began
  std::vector<std::uint8_t> written_;     // since then, of the pages in use
  bool armed_ = false;                    // whether the tracker has followed this interval
  int resting_ = 0;                       // intervals before it is tried again
  int rest_;                              // how many they are next time
};

}  // namespace tutti::memory
