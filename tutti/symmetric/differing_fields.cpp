#include "tutti/symmetric/differing_fields.hpp"

#include <fmt/ranges.h>

namespace tutti::symmetric {

std::vector<ByteRange> differing_ranges(const memory::Image& one, const memory::Image& other) {
  std::vector<ByteRange> ranges;
  const auto add = [&](std::size_t begin, std::size_t end) {
    if (!ranges.empty() && ranges.back().end == begin)
      ranges.back().end = end;
    else if (ranges.size() < byte_ranges_max)
      ranges.push_back({begin, end});
  };
  for (const std::size_t index : memory::differing_pages(one, other)) {
    const ByteView mine = index < one.pages() ? one.page(index) : ByteView();
    const ByteView theirs = index < other.pages() ? other.page(index) : ByteView();
    const std::size_t page = index * memory::page_bytes;
    const std::size_t common = std::min(mine.size(), theirs.size());
    for (std::size_t i = 0; i < common; ++i)
      if (mine[i] != theirs[i]) add(page + i, page + i + 1);
    if (mine.size() != theirs.size()) add(page + common, page + std::max(mine.size(), theirs.size()));
  }
  return ranges;
}

std::string describe(const std::vector<ByteRange>& ranges) {
  std::vector<std::string> texts;
  for (const auto& [begin, end] : ranges)
    texts.push_back(end == begin + 1 ? fmt::format("{}", begin) : fmt::format("{}-{}", begin, end - 1));
  if (ranges.size() == byte_ranges_max) texts.emplace_back("maybe more");
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string describe_pages(const std::vector<std::uint32_t>& pages) {
  const auto shown = std::min(pages.size(), byte_ranges_max);
  return fmt::format("{}{}",
                     fmt::join(pages.begin(), pages.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                     shown < pages.size() ? ", more" : "");
}

void FieldComparison::add_bytes(std::string field, ByteView one, ByteView other) {
  constexpr std::size_t bytes_max = 16;
  const auto [mine, theirs] = std::ranges::mismatch(one, other);
  const auto first = static_cast<std::size_t>(mine - one.begin());
  std::size_t last = first;
  for (std::size_t i = first; i < std::min(one.size(), first + bytes_max); ++i)
    if (one[i] != other[i]) last = i;
  const auto text = [&](ByteView bytes) {
    return fmt::format("0x{} at its byte {}", to_hex(bytes.subspan(first, last + 1 - first)), first);
  };
  found_.push_back({std::move(field), text(one), text(other)});
}

}  // namespace tutti::symmetric
