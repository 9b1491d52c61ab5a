// A decoder that knows MessagePack's specification and the document, and nothing of tutti.
#pragma once

#include <cstdint>
#include <expected>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "document.hpp"

namespace tutti::protocol_test {

using Raw = std::span<const std::uint8_t>;

/// One MessagePack value of the kinds that the protocol uses. It points into the bytes it was read from.
struct Value {
  enum class Kind : std::uint8_t { natural, negative, real, boolean, text, bytes, list, nothing };

  Kind kind{};
  std::uint64_t natural = 0;  ///< of an integer that is not negative
  std::int64_t negative = 0;  ///< of one that is
  double real = 0;
  Raw content;                  ///< of text and bytes
  std::vector<Value> elements;  ///< of a list
  Raw raw;                      ///< as it was written
  std::string type;             ///< by the document, once decoded
  const Document* document = nullptr;

  /// A field of a structure or message, by the document's name for it. Ends the test if there is none.
  [[nodiscard]] const Value& operator[](std::string_view field) const;
  [[nodiscard]] std::int64_t whole() const {
    return kind == Kind::negative ? negative : static_cast<std::int64_t>(natural);
  }
  [[nodiscard]] std::string text() const { return {content.begin(), content.end()}; }
};

/// Exactly one value of a type that the document describes. The error says what is wrong, and where.
std::expected<Value, std::string> decode_plainly(const Document& document, const std::string& type,
                                                 Raw bytes);

}  // namespace tutti::protocol_test
