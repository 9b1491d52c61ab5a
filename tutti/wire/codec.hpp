// Plain aggregates to bytes and back, without macros or generated code.
//
// Fields are found by reflection (Boost.PFR) and written as MessagePack (MsgPuck), so that any language can
// read a capture. An aggregate is an array of its fields in order. Decoding is lenient in one way only:
// missing trailing fields keep their defaults and surplus trailing fields are skipped, so that older and
// newer peers understand each other. Everything else that is unexpected is an error. What a byte string can
// cost is bounded: by its own size, by `elements_max`, and in depth by the type that is decoded (and
// `depth_max` for what is skipped).
//
// Encoded as: integers, enums, durations and strong numbers: integer; float and double: double; std::string:
// str; Bytes and std::array<std::uint8_t, N>: bin; std::vector and std::array: array; std::optional: nil or
// the value; std::variant: [index, value]; aggregates: array of fields; classes that have them: by their
// members `void write(Writer&) const` and `bool read(Reader&)`.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/pfr/core.hpp>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/base/strong.hpp"

namespace tutti {

/// Why bytes were not understood.
enum class DecodeError : std::uint8_t {
  truncated,          ///< the bytes end inside a value
  wrong_type,         ///< another kind of value stands where this one was expected
  out_of_range,       ///< a number, an enum or a variant index outside what its field can hold
  too_many_elements,  ///< more array elements in all than the limit
  too_deep,           ///< a surplus field is nested deeper than the limit
  trailing_bytes,     ///< the value is complete and bytes are left over
};
std::string_view describe(DecodeError error);

struct DecodeLimits {
  std::size_t elements_max =
      65'536;  ///< array elements in one message: bounds memory to about this many small objects
};

/// The greatest valid value of an enum that travels; enums count from 0 without gaps.
template <typename Enum>
struct WireEnum;
template <>
struct WireEnum<Priority> {
  static constexpr Priority last = Priority::low;
};

/// Appends MessagePack values to bytes.
class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}

  void nil();
  void boolean(bool value);
  void unsigned_integer(std::uint64_t value);
  void signed_integer(std::int64_t value);
  void real(double value);
  void text(std::string_view value);
  void binary(ByteView value);
  void array(std::size_t count);

 private:
  Bytes& out_;
};

/// Takes MessagePack values off bytes that nobody vouches for. The first error sticks: every later call fails
/// too.
class Reader {
 public:
  explicit Reader(ByteView in, DecodeLimits limits = {});

  bool nil();  ///< true, and skips it, if the next value is nil; otherwise leaves it
  bool boolean(bool& value);
  bool unsigned_integer(std::uint64_t& value, std::uint64_t greatest);
  bool signed_integer(std::int64_t& value, std::int64_t least, std::int64_t greatest);
  bool real(double& value);
  bool text(std::string_view& value);  ///< a view into the input
  bool binary(ByteView& value);        ///< a view into the input
  bool array(std::size_t& count);
  bool skip();  ///< one value of any kind

  bool fail(DecodeError error);  ///< returns false
  [[nodiscard]] bool at_end() const { return at_ == end_; }
  [[nodiscard]] DecodeError error() const { return error_; }

 private:
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  bool string_length(bool is_text, std::size_t& length);

  const char* at_;
  const char* end_;
  std::size_t elements_left_;
  DecodeError error_{};
  bool failed_ = false;
};

namespace wire {

template <typename T>
inline constexpr bool is_strong = false;
template <typename Tag, typename Rep>
inline constexpr bool is_strong<Strong<Tag, Rep>> = true;

template <typename T>
inline constexpr bool is_duration = false;
template <typename Rep, typename Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <typename T>
inline constexpr bool is_vector = false;
template <typename T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <typename T>
inline constexpr bool is_array = false;
template <typename T, std::size_t n>
inline constexpr bool is_array<std::array<T, n>> = true;

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <typename T>
inline constexpr bool is_variant = false;
template <typename... Ts>
inline constexpr bool is_variant<std::variant<Ts...>> = true;

template <typename T>
inline constexpr bool is_byte_array = false;
template <std::size_t n>
inline constexpr bool is_byte_array<std::array<std::uint8_t, n>> = true;

template <typename T>
concept SelfWritten = requires(const T& value, T& target, Writer& writer, Reader& reader) {
  value.write(writer);
  { target.read(reader) } -> std::same_as<bool>;
};

template <typename T>
inline constexpr bool always_false = false;

template <typename T>
void write(Writer& writer, const T& value) {
  if constexpr (std::same_as<T, bool>) {
    writer.boolean(value);
  } else if constexpr (std::unsigned_integral<T>) {
    writer.unsigned_integer(value);
  } else if constexpr (std::signed_integral<T>) {
    writer.signed_integer(value);
  } else if constexpr (std::is_enum_v<T>) {
    writer.unsigned_integer(static_cast<std::uint64_t>(value));
  } else if constexpr (std::floating_point<T>) {
    writer.real(static_cast<double>(value));
  } else if constexpr (is_strong<T>) {
    write(writer, value.value());
  } else if constexpr (is_duration<T>) {
    writer.signed_integer(value.count());
  } else if constexpr (std::same_as<T, std::string>) {
    writer.text(value);
  } else if constexpr (std::same_as<T, Bytes> || is_byte_array<T>) {
    writer.binary(value);
  } else if constexpr (is_vector<T> || is_array<T>) {
    writer.array(value.size());
    for (const auto& element : value) write(writer, element);
  } else if constexpr (is_optional<T>) {
    if (value)
      write(writer, *value);
    else
      writer.nil();
  } else if constexpr (is_variant<T>) {
    writer.array(2);
    writer.unsigned_integer(value.index());
    std::visit([&](const auto& alternative) { write(writer, alternative); }, value);
  } else if constexpr (SelfWritten<T>) {
    value.write(writer);
  } else if constexpr (std::is_aggregate_v<T>) {
    writer.array(boost::pfr::tuple_size_v<T>);
    boost::pfr::for_each_field(value, [&](const auto& field) { write(writer, field); });
  } else {
    static_assert(always_false<T>,
                  "this type cannot travel in a message: see the list at the top of codec.hpp");
  }
}

template <typename T>
bool read(Reader& reader, T& value);

template <typename Variant, std::size_t... indices>
bool read_alternative(Reader& reader, Variant& value, std::size_t index, std::index_sequence<indices...>) {
  bool ok = false;
  const bool known =
      ((index == indices && (ok = read(reader, value.template emplace<indices>()), true)) || ...);
  return known ? ok : reader.fail(DecodeError::out_of_range);
}

template <typename T>
bool read_fields(Reader& reader, T& value) {
  std::size_t count = 0;
  if (!reader.array(count)) return false;
  bool ok = true;
  std::size_t taken = 0;
  boost::pfr::for_each_field(value, [&](auto& field) {
    if (ok && taken < count) {
      ok = read(reader, field);
      ++taken;
    }
  });
  for (; ok && taken < count; ++taken) ok = reader.skip();
  return ok;
}

template <typename T>
bool read(Reader& reader, T& value) {
  if constexpr (std::same_as<T, bool>) {
    return reader.boolean(value);
  } else if constexpr (std::unsigned_integral<T>) {
    std::uint64_t wide = 0;
    if (!reader.unsigned_integer(wide, std::numeric_limits<T>::max())) return false;
    value = static_cast<T>(wide);
    return true;
  } else if constexpr (std::signed_integral<T>) {
    std::int64_t wide = 0;
    if (!reader.signed_integer(wide, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()))
      return false;
    value = static_cast<T>(wide);
    return true;
  } else if constexpr (std::is_enum_v<T>) {
    std::uint64_t wide = 0;
    if (!reader.unsigned_integer(wide, static_cast<std::uint64_t>(WireEnum<T>::last))) return false;
    value = static_cast<T>(wide);
    return true;
  } else if constexpr (std::floating_point<T>) {
    double wide = 0;
    if (!reader.real(wide)) return false;
    value = static_cast<T>(wide);
    return true;
  } else if constexpr (is_strong<T>) {
    typename T::rep raw{};
    if (!read(reader, raw)) return false;
    value = T(raw);
    return true;
  } else if constexpr (is_duration<T>) {
    typename T::rep raw{};
    if (!read(reader, raw)) return false;
    value = T(raw);
    return true;
  } else if constexpr (std::same_as<T, std::string>) {
    std::string_view view;
    if (!reader.text(view)) return false;
    value.assign(view);
    return true;
  } else if constexpr (std::same_as<T, Bytes>) {
    ByteView view;
    if (!reader.binary(view)) return false;
    value.assign(view.begin(), view.end());
    return true;
  } else if constexpr (is_byte_array<T>) {
    ByteView view;
    if (!reader.binary(view)) return false;
    if (view.size() != value.size()) return reader.fail(DecodeError::out_of_range);
    std::copy(view.begin(), view.end(), value.begin());
    return true;
  } else if constexpr (is_vector<T>) {
    std::size_t count = 0;
    if (!reader.array(count)) return false;
    value.clear();
    for (std::size_t i = 0; i < count; ++i)
      if (!read(reader, value.emplace_back())) return false;
    return true;
  } else if constexpr (is_array<T>) {
    std::size_t count = 0;
    if (!reader.array(count)) return false;
    if (count != value.size()) return reader.fail(DecodeError::out_of_range);
    for (auto& element : value)
      if (!read(reader, element)) return false;
    return true;
  } else if constexpr (is_optional<T>) {
    if (reader.nil()) {
      value.reset();
      return true;
    }
    return read(reader, value.emplace());
  } else if constexpr (is_variant<T>) {
    std::size_t count = 0;
    std::uint64_t index = 0;
    if (!reader.array(count)) return false;
    if (count != 2) return reader.fail(DecodeError::wrong_type);
    if (!reader.unsigned_integer(index, std::variant_size_v<T> - 1)) return false;
    return read_alternative(reader, value, index, std::make_index_sequence<std::variant_size_v<T>>{});
  } else if constexpr (SelfWritten<T>) {
    return value.read(reader);
  } else if constexpr (std::is_aggregate_v<T>) {
    return read_fields(reader, value);
  } else {
    static_assert(always_false<T>,
                  "this type cannot travel in a message: see the list at the top of codec.hpp");
  }
}

}  // namespace wire

/// Appends the encoding of `value` to `out`.
template <typename T>
void encode(const T& value, Bytes& out) {
  Writer writer(out);
  wire::write(writer, value);
}

template <typename T>
[[nodiscard]] Bytes encode(const T& value) {
  Bytes out;
  encode(value, out);
  return out;
}

/// Exactly one value, and nothing after it.
template <typename T>
[[nodiscard]] std::expected<T, DecodeError> decode(ByteView in, DecodeLimits limits = {}) {
  Reader reader(in, limits);
  T value{};
  if (!wire::read(reader, value)) return std::unexpected(reader.error());
  if (!reader.at_end()) return std::unexpected(DecodeError::trailing_bytes);
  return value;
}

}  // namespace tutti
