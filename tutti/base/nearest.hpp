// What a person who mistyped a name probably meant, for errors that end in "did you mean ...?".
//
// Near is what takes few insertions, deletions, replacements and swaps of adjacent characters (Damerau, "A
// technique for computer detection and correction of spelling errors", 1964), upper and lower case being the
// same: one for a short name, a third of the length for a long one.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace tutti {

/// The nearest of `names` to `word`, the first of equally near ones; nothing if none is near. Takes time and
/// memory in proportion to the product of the lengths, so bound both.
std::optional<std::string_view> nearest_name(std::string_view word, std::span<const std::string_view> names);

}  // namespace tutti
