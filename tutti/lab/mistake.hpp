// What is wrong with something that a person wrote, and where.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tutti::lab {

/// A mistake in a piece of text.
struct Fault {
  std::size_t offset = 0;  ///< the byte where it is, from 0
  std::string what;        ///< a sentence that says what was expected

  bool operator==(const Fault&) const = default;
};

/// A mistake in a file, or in another text with a name.
struct Mistake {
  std::string source;        ///< the file's name as the user gave it, or whatever tells people where to look
  std::uint32_t line = 1;    ///< from 1
  std::uint32_t column = 1;  ///< in bytes, from 1
  std::string what;

  bool operator==(const Mistake&) const = default;

  /// "churn.scenario:3:8: ...", as compilers write it and editors understand it.
  [[nodiscard]] std::string text() const;
};

using Mistakes = std::vector<Mistake>;

/// Who reports mistakes gives up after this many: the rest is seldom worth reading.
inline constexpr std::size_t mistakes_max = 50;

}  // namespace tutti::lab
