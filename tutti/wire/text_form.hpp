// What a message or an event says, for a person to read: `Turn{1, 0}`.
//
// The kind is the type's own name, the fields are found as the codec finds them and have no names. Text is
// quoted and whatever is not ASCII escaped, bytes are hexadecimal, numbers and enums are decimal, nothing is
// `-`. A variant is its alternative. However much there is to say, no more than `text_form_bytes_max` bytes
// of it are said, and then "...".
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <variant>

#include <boost/pfr/core.hpp>
#include <fmt/format.h>

#include "tutti/wire/codec.hpp"

namespace tutti {

inline constexpr std::size_t text_form_bytes_max = 400;

/// The name of a type without the namespaces and classes around it, as its author wrote it.
template <typename T>
[[nodiscard]] consteval std::string_view brief_type_name() {
  // g++:   ... brief_type_name() [with T = Rectangle::Turn; std::string_view = ...]
  // clang: ... brief_type_name() [T = Rectangle::Turn]
  std::string_view name = std::source_location::current().function_name();
  name.remove_prefix(name.find("T = ") + 4);
  name = name.substr(0, name.find_first_of(";]"));
  std::size_t begin = 0;
  std::size_t end = name.size();
  int depth = 0;  // of template arguments, which may have colons too
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<' && depth++ == 0) end = i;
    if (name[i] == '>') --depth;
    if (name[i] == ':' && depth == 0) {
      begin = i + 1;
      end = name.size();
    }
  }
  return name.substr(begin, end - begin);
}

/// Writes a text of limited length.
class TextForm {
 public:
  explicit TextForm(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Whether what is added now would be cut away.
  [[nodiscard]] bool full() const { return text_.size() > bytes_max_; }
  void add(std::string_view piece);
  void add_quoted(std::string_view text);
  void add_hex(ByteView bytes);
  /// The text, with three dots where it was cut.
  [[nodiscard]] std::string finish() &&;

 private:
  std::size_t bytes_max_;
  std::string text_;
};

namespace wire {

template <typename T>
void add_text(TextForm& form, const T& value);

template <typename Range>
void add_elements(TextForm& form, const Range& range) {
  std::string_view before;
  for (const auto& element : range) {
    if (form.full()) return;
    form.add(before);
    add_text(form, element);
    before = ", ";
  }
}

template <typename T>
void add_text(TextForm& form, const T& value) {
  if (form.full()) return;
  if constexpr (std::same_as<T, bool>) {
    form.add(value ? "true" : "false");
  } else if constexpr (std::is_arithmetic_v<T>) {
    // Small integers are numbers here, never letters.
    if constexpr (std::integral<T>)
      form.add(fmt::format("{}", +value));
    else
      form.add(fmt::format("{}", value));
  } else if constexpr (std::is_enum_v<T>) {
    form.add(fmt::format("{}", +static_cast<std::underlying_type_t<T>>(value)));
  } else if constexpr (is_strong<T>) {
    add_text(form, value.value());
  } else if constexpr (is_duration<T>) {
    add_text(form, value.count());
  } else if constexpr (std::same_as<T, std::string>) {
    form.add_quoted(value);
  } else if constexpr (std::same_as<T, PeerId>) {
    form.add(value.brief());
  } else if constexpr (std::same_as<T, Bytes> || is_byte_array<T>) {
    form.add_hex(value);
  } else if constexpr (is_vector<T> || is_array<T>) {
    form.add("[");
    add_elements(form, value);
    form.add("]");
  } else if constexpr (is_optional<T>) {
    if (value)
      add_text(form, *value);
    else
      form.add("-");
  } else if constexpr (is_variant<T>) {
    std::visit([&](const auto& alternative) { add_text(form, alternative); }, value);
  } else if constexpr (std::is_aggregate_v<T>) {
    form.add(brief_type_name<T>());
    form.add("{");
    std::string_view before;
    boost::pfr::for_each_field(value, [&](const auto& field) {
      form.add(before);
      add_text(form, field);
      before = ", ";
    });
    form.add("}");
  } else {
    form.add(brief_type_name<T>());  // what writes itself keeps its fields to itself
  }
}

}  // namespace wire

/// `value` is anything that travels (codec.hpp).
template <typename T>
[[nodiscard]] std::string text_form(const T& value, std::size_t bytes_max = text_form_bytes_max) {
  TextForm form(bytes_max);
  wire::add_text(form, value);
  return std::move(form).finish();
}

}  // namespace tutti
