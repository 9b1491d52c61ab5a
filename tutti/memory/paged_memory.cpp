#include "tutti/memory/paged_memory.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <sys/mman.h>

#include "tutti/base/require.hpp"

namespace tutti::memory {
namespace {

// The kernel is worth asking while fewer than one in this many pages are written between two images...
constexpr std::size_t worthwhile_share = 4;
// ...and is asked again after so many intervals, twice as many each time it was in vain.
constexpr int rest_min = 4;
constexpr int rest_max = 256;

std::byte* map(std::size_t bytes) {
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(memory != MAP_FAILED, "there is address space for the state");
  // A page written is a page kept: huge ones would make every snapshot huge.
  ::madvise(memory, bytes, MADV_NOHUGEPAGE);
  return static_cast<std::byte*>(memory);
}

}  // namespace

PagedMemory::PagedMemory(Image::Pool pool, std::size_t bytes_max, bool marked,
                         const PagedMemoryOptions& options)
    : pool_(std::move(pool)),
      bytes_max_(std::max<std::size_t>(pages_of(bytes_max), 1) * page_bytes),
      plain_copy_pages_max_(pages_of(options.plain_copy_bytes_max)),
      bytes_around_(options.pages_around * page_bytes),
      data_(map(bytes_max_ + 2 * bytes_around_) + bytes_around_),
      rest_(rest_min) {
  require(pool_->block_bytes() == page_bytes, "a paged memory's images have blocks of a page");
  if (marked) marks_.resize(pages_of(bytes_max_), 1);
  const bool large = bytes_max_ > options.plain_copy_bytes_max;
  const auto may_be = [&](Tracking tracking) { return options.tracking.value_or(tracking) == tracking; };
  if (large && may_be(Tracking::kernel)) tracker_ = track_by_kernel(data_, pages_of(bytes_max_));
  if (tracker_) {
    tracking_ = Tracking::kernel;
  } else if (large && marked && may_be(Tracking::marks)) {
    tracker_ = track_by_marks(marks_);
    tracking_ = Tracking::marks;
  }
  require(!large || !options.tracking || *options.tracking == tracking_, "pages are tracked as asked");
}

PagedMemory::~PagedMemory() {
  tracker_.reset();
  ::munmap(data_ - bytes_around_, bytes_max_ + 2 * bytes_around_);
}

void PagedMemory::find_written(std::size_t pages) {
  written_.resize(pages);
  if (!armed_) {
    std::ranges::fill(written_, std::uint8_t{1});
    return;
  }
  tracker_->look(written_);
}

void PagedMemory::judge_tracking() {
  if (!armed_ || tracking_ != Tracking::kernel) return;  // marks have been paid for already
  const auto count = static_cast<std::size_t>(std::ranges::count(written_, std::uint8_t{1}));
  if (count * worthwhile_share > written_.size()) {
    resting_ = rest_;
    rest_ = std::min(2 * rest_, rest_max);
  } else {
    rest_ = rest_min;
  }
}

void PagedMemory::begin_interval(std::size_t pages) {
  armed_ = tracker_ != nullptr && pages > plain_copy_pages_max_ && resting_ == 0;
  if (armed_) tracker_->rearm(pages);
  if (resting_ > 0) --resting_;
}

Image PagedMemory::image(std::size_t bytes) {
  require(bytes <= bytes_max_, "an image is of bytes that the memory has");
  const std::size_t pages = pages_of(bytes);
  find_written(pages);
  judge_tracking();
  std::vector<Image::Block> blocks(pages);
  const auto old = base_.blocks();
  for (std::size_t i = 0; i < pages; ++i) {
    const std::byte* const page = data_ + i * page_bytes;
    if (i < old.size() && (written_[i] == 0 || std::memcmp(pool_->content(old[i]), page, page_bytes) == 0)) {
      pool_->hold(old[i]);
      blocks[i] = old[i];
    } else {
      blocks[i] = pool_->make(page);
    }
  }
  base_ = Image(pool_, std::move(blocks), bytes);
  begin_interval(pages);
  return base_;
}

void PagedMemory::restore(const Image& image, std::size_t bytes_in_use) {
  require(image.bytes() <= bytes_max_, "a memory goes back to an image that fits");
  require(image.bytes() == 0 || image.pool() == pool_, "a memory goes back to images of its own pool");
  const std::size_t pages = image.pages();
  const std::size_t pages_before = pages_of(bytes_in_use);
  find_written(std::max(pages, pages_before));
  const auto wanted = image.blocks();
  // Not the constant: compilers replace a copy of a known length by an instruction that is slower here.
  const std::size_t block_bytes = pool_->block_bytes();
  const auto old = base_.blocks();
  for (std::size_t i = 0; i < pages; ++i)
    if (written_[i] != 0 || i >= old.size() || old[i] != wanted[i])
      std::memcpy(data_ + i * page_bytes, pool_->content(wanted[i]), block_bytes);
  if (pages < pages_before) std::memset(data_ + pages * page_bytes, 0, (pages_before - pages) * page_bytes);
  base_ = image;
  begin_interval(pages);
}

}  // namespace tutti::memory
