#include "tutti/memory/page_tracker.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tutti/base/require.hpp"

namespace tutti::memory {
namespace {

// What Debian 12's headers, of Linux 6.1, do not know yet: see linux/userfaultfd.h and linux/fs.h of 6.7.
constexpr std::uint64_t feature_wp_unpopulated = 1 << 13;
constexpr std::uint64_t feature_wp_async = 1 << 15;
constexpr std::uint64_t page_is_written = 1 << 1;
constexpr std::uint64_t scan_wp_matching = 1 << 0;
constexpr std::uint64_t scan_check_wp_async = 1 << 1;

struct PageRange {  // struct page_region
  std::uint64_t start, end, categories;
};
struct ScanArguments {  // struct pm_scan_arg
  std::uint64_t size, flags, start, end, walk_end, ranges, ranges_count, pages_max;
  std::uint64_t category_inverted, category_mask, category_any, return_mask;
};
constexpr unsigned long pagemap_scan = _IOWR('f', 16, ScanArguments);

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

class KernelTracker final : public PageTracker {
 public:
  KernelTracker(std::byte* memory, std::size_t pages)
      : begin_(address_of(memory)),
        end_(begin_ + pages * page_bytes),
        faults_(static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY))),
        pagemap_(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)) {}

  /// Whether it does: nothing else may be called if not.
  [[nodiscard]] bool set_up() {
    if (!faults_.is_open() || !pagemap_.is_open()) return false;
    uffdio_api api{};
    api.api = UFFD_API;
    api.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP | feature_wp_unpopulated | feature_wp_async;
    if (::ioctl(faults_.number(), UFFDIO_API, &api) != 0) return false;
    uffdio_register range{};
    range.range = {.start = begin_, .len = end_ - begin_};
    range.mode = UFFDIO_REGISTER_MODE_WP;
    if (::ioctl(faults_.number(), UFFDIO_REGISTER, &range) != 0) return false;
    // Small, so that the attempt costs nothing: a kernel before 6.7 has the one and not the other.
    return scan(begin_ + page_bytes, 0, [](std::size_t, std::size_t) {});
  }

  void rearm(std::size_t pages) override {
    const bool done = scan(begin_ + pages * page_bytes, scan_wp_matching, [](std::size_t, std::size_t) {});
    require(done, "a kernel that tracks pages goes on to");
  }
  void look(Written written) override {
    std::ranges::fill(written, std::uint8_t{0});
    const bool done =
        scan(begin_ + written.size() * page_bytes, 0, [&](std::size_t first, std::size_t count) {
          std::ranges::fill(written.subspan(first, count), std::uint8_t{1});
        });
    require(done, "a kernel that tracks pages goes on to");
  }

 private:
  // Calls found(first page, count) for each range of written pages before `end`.
  template <typename Found>
  bool scan(std::uint64_t end, std::uint64_t flags, Found found) {
    require(end <= end_, "pages are tracked only where they are");
    for (std::uint64_t start = begin_; start < end;) {
      ScanArguments arguments{};
      arguments.size = sizeof arguments;
      arguments.flags = flags | scan_check_wp_async;
      arguments.start = start;
      arguments.end = end;
      arguments.ranges = address_of(ranges_.data());
      arguments.ranges_count = ranges_.size();
      arguments.category_mask = page_is_written;
      arguments.return_mask = page_is_written;
      const int count = ::ioctl(pagemap_.number(), pagemap_scan, &arguments);
      if (count < 0 || arguments.walk_end <= start) return false;
      for (const auto& range : std::span(ranges_).first(static_cast<std::size_t>(count)))
        found((range.start - begin_) / page_bytes, (range.end - range.start) / page_bytes);
      start = arguments.walk_end;
    }
    return true;
  }

  std::uint64_t begin_;
  std::uint64_t end_;
  Descriptor faults_;
  Descriptor pagemap_;
  std::array<PageRange, 512> ranges_;
};

class MarkTracker final : public PageTracker {
 public:
  explicit MarkTracker(Written marks) : marks_(marks) {}
  void rearm(std::size_t pages) override { std::ranges::fill(marks_.first(pages), std::uint8_t{0}); }
  void look(Written written) override { std::ranges::copy(marks_.first(written.size()), written.begin()); }

 private:
  Written marks_;
};

}  // namespace

std::unique_ptr<PageTracker> track_by_kernel(std::byte* memory, std::size_t pages) {
  auto tracker = std::make_unique<KernelTracker>(memory, pages);
  if (!tracker->set_up()) return nullptr;
  return tracker;
}

std::unique_ptr<PageTracker> track_by_marks(Written marks) {
  return std::make_unique<MarkTracker>(marks);
}

bool kernel_tracks_pages() {
  void* const page = ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return false;
  const bool tracks = track_by_kernel(static_cast<std::byte*>(page), 1) != nullptr;
  ::munmap(page, page_bytes);
  return tracks;
}

}  // namespace tutti::memory
