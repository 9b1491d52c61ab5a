#include "tutti/symmetric/divergence_text.hpp"

#include "tutti/symmetric/image.hpp"

namespace tutti::symmetric {

std::string pages_text(const StateDifference& difference) {
  const auto& ours = difference.ours;
  auto text =
      fmt::format("pages of {} bytes that differ: {} of {}, number {}\n", memory::page_bytes,
                  difference.pages.size(), difference.pages_compared, describe_pages(difference.pages));
  if (difference.their_bytes != ours.bytes())
    text +=
        fmt::format("  the state here has {} bytes, the other {}\n", ours.bytes(), difference.their_bytes);
  const auto pages = memory::pages_of(std::max<std::uint64_t>(ours.bytes(), difference.their_bytes));
  if (difference.pages_compared < pages)
    text += fmt::format("  the other {} pages are not compared\n", pages - difference.pages_compared);
  if (const auto missing = difference.pages_missing(); missing > 0)
    text += fmt::format("  the other peer has not shown {} of them: what differs in these is left out\n",
                        missing);
  if (difference.pages_compared < pages) return text;
  const auto ranges = differing_ranges(ours, image_of(difference.their_state()));
  if (!ranges.empty()) text += fmt::format("bytes of the state that differ: {}\n", describe(ranges));
  return text;
}

std::string field_text(const FieldDifference& field) {
  if (field.one.empty() && field.other.empty()) return field.field;
  return fmt::format("{}: {} here, {} there", field.field, field.one, field.other);
}

}  // namespace tutti::symmetric
