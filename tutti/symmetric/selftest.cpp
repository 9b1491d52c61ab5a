#include "tutti/symmetric/selftest.hpp"

#include <array>

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

std::string describe(const SelfTestFault& fault) {
  std::string text = fmt::format("at tick {}: {}", fault.tick.value(), fault.what);
  const auto list = [&](std::string_view title, const std::vector<std::string>& items) {
    if (!items.empty()) text += fmt::format("\n  {}: {}", title, fmt::join(items, ", "));
  };
  list("fields that differ", fault.fields);
  std::vector<std::string> ranges;
  for (const auto& [begin, end] : fault.bytes)
    ranges.push_back(end == begin + 1 ? fmt::format("{}", begin) : fmt::format("{}-{}", begin, end - 1));
  if (fault.bytes.size() == byte_ranges_max) ranges.emplace_back("maybe more");
  list("bytes of the state that differ", ranges);
  std::vector<std::string> pages;
  for (const auto page : fault.pages) {
    if (pages.size() == byte_ranges_max) {
      pages.emplace_back("more");
      break;
    }
    pages.push_back(fmt::format("{}", page));
  }
  list("in its pages", pages);
  return text;
}

[[gnu::noinline]] void scribble_on_stack(std::uint8_t value) {
  std::array<volatile std::uint8_t, std::size_t{64} * 1024> rubbish;
  for (auto& byte : rubbish) byte = value;
}

}  // namespace tutti::symmetric
