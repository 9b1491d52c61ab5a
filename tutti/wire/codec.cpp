#include "tutti/wire/codec.hpp"

#include <msgpuck.h>

namespace tutti {
namespace {

// MsgPuck writes through a pointer into room that is already there: make the most it can need, then give back
// the rest.
template <typename Encode>
void append(Bytes& out, std::size_t room, Encode encode) {
  const std::size_t before = out.size();
  out.resize(before + room);
  char* const start = reinterpret_cast<char*>(out.data()) + before;
  const char* const end = encode(start);
  out.resize(before + static_cast<std::size_t>(end - start));
}

constexpr std::size_t header_bytes_max = 9;  // the longest head of any value: one type byte and eight more
constexpr std::size_t depth_max = 16;        // of surplus fields that are skipped

}  // namespace

std::string_view describe(DecodeError error) {
  switch (error) {
    case DecodeError::truncated:
      return "the bytes end inside a value";
    case DecodeError::wrong_type:
      return "a value of another kind was expected";
    case DecodeError::out_of_range:
      return "a value is outside the range of its field";
    case DecodeError::too_many_elements:
      return "it has more elements than allowed";
    case DecodeError::too_deep:
      return "it is nested deeper than allowed";
    case DecodeError::trailing_bytes:
      return "there are bytes after its end";
  }
  return "unknown";
}

void Writer::nil() {
  append(out_, header_bytes_max, [](char* at) { return mp_encode_nil(at); });
}
void Writer::boolean(bool value) {
  append(out_, header_bytes_max, [=](char* at) { return mp_encode_bool(at, value); });
}
void Writer::unsigned_integer(std::uint64_t value) {
  append(out_, header_bytes_max, [=](char* at) { return mp_encode_uint(at, value); });
}
void Writer::signed_integer(std::int64_t value) {
  if (value >= 0) return unsigned_integer(static_cast<std::uint64_t>(value));
  append(out_, header_bytes_max, [=](char* at) { return mp_encode_int(at, value); });
}
void Writer::real(double value) {
  append(out_, header_bytes_max, [=](char* at) { return mp_encode_double(at, value); });
}
// An empty view may point nowhere, and MsgPuck copies from where it points.
void Writer::text(std::string_view value) {
  if (value.data() == nullptr) value = "";
  append(out_, header_bytes_max + value.size(),
         [=](char* at) { return mp_encode_str(at, value.data(), static_cast<std::uint32_t>(value.size())); });
}
void Writer::binary(ByteView value) {
  const char* const data = value.empty() ? "" : reinterpret_cast<const char*>(value.data());
  append(out_, header_bytes_max + value.size(),
         [=](char* at) { return mp_encode_bin(at, data, static_cast<std::uint32_t>(value.size())); });
}
void Writer::array(std::size_t count) {
  append(out_, header_bytes_max,
         [=](char* at) { return mp_encode_array(at, static_cast<std::uint32_t>(count)); });
}

Reader::Reader(ByteView in, DecodeLimits limits)
    : at_(reinterpret_cast<const char*>(in.data())),
      end_(at_ + in.size()),
      elements_left_(limits.elements_max) {}

bool Reader::fail(DecodeError error) {
  if (!failed_) error_ = error;
  failed_ = true;
  at_ = end_;
  return false;
}

bool Reader::nil() {
  if (left() == 0 || mp_typeof(*at_) != MP_NIL) return false;
  mp_decode_nil(&at_);
  return true;
}

bool Reader::boolean(bool& value) {
  if (left() == 0) return fail(DecodeError::truncated);
  if (mp_typeof(*at_) != MP_BOOL) return fail(DecodeError::wrong_type);
  value = mp_decode_bool(&at_);
  return true;
}

bool Reader::unsigned_integer(std::uint64_t& value, std::uint64_t greatest) {
  if (left() == 0) return fail(DecodeError::truncated);
  if (mp_typeof(*at_) == MP_INT) return fail(DecodeError::out_of_range);
  if (mp_typeof(*at_) != MP_UINT) return fail(DecodeError::wrong_type);
  if (mp_check_uint(at_, end_) > 0) return fail(DecodeError::truncated);
  value = mp_decode_uint(&at_);
  return value <= greatest || fail(DecodeError::out_of_range);
}

bool Reader::signed_integer(std::int64_t& value, std::int64_t least, std::int64_t greatest) {
  if (left() == 0) return fail(DecodeError::truncated);
  if (mp_typeof(*at_) == MP_UINT) {
    std::uint64_t magnitude = 0;
    if (!unsigned_integer(magnitude, static_cast<std::uint64_t>(greatest))) return false;
    value = static_cast<std::int64_t>(magnitude);
    return true;
  }
  if (mp_typeof(*at_) != MP_INT) return fail(DecodeError::wrong_type);
  if (mp_check_int(at_, end_) > 0) return fail(DecodeError::truncated);
  value = mp_decode_int(&at_);
  // The format's signed forms can carry positive numbers too.
  return (value >= least && value <= greatest) || fail(DecodeError::out_of_range);
}

bool Reader::real(double& value) {
  if (left() == 0) return fail(DecodeError::truncated);
  if (mp_typeof(*at_) != MP_DOUBLE) return fail(DecodeError::wrong_type);
  if (mp_check_double(at_, end_) > 0) return fail(DecodeError::truncated);
  value = mp_decode_double(&at_);
  return true;
}

bool Reader::string_length(bool is_text, std::size_t& length) {
  if (left() == 0) return fail(DecodeError::truncated);
  if (mp_typeof(*at_) != (is_text ? MP_STR : MP_BIN)) return fail(DecodeError::wrong_type);
  if ((is_text ? mp_check_strl(at_, end_) : mp_check_binl(at_, end_)) > 0)
    return fail(DecodeError::truncated);
  length = is_text ? mp_decode_strl(&at_) : mp_decode_binl(&at_);
  return length <= left() || fail(DecodeError::truncated);
}

bool Reader::text(std::string_view& value) {
  std::size_t length = 0;
  if (!string_length(true, length)) return false;
  value = std::string_view(at_, length);
  at_ += length;
  return true;
}

bool Reader::binary(ByteView& value) {
  std::size_t length = 0;
  if (!string_length(false, length)) return false;
  value = ByteView(reinterpret_cast<const std::uint8_t*>(at_), length);
  at_ += length;
  return true;
}

bool Reader::array(std::size_t& count) {
  if (left() == 0) return fail(DecodeError::truncated);
  if (mp_typeof(*at_) != MP_ARRAY) return fail(DecodeError::wrong_type);
  if (mp_check_array(at_, end_) > 0) return fail(DecodeError::truncated);
  count = mp_decode_array(&at_);
  if (count > left()) return fail(DecodeError::truncated);  // every element takes a byte at least
  if (count > elements_left_) return fail(DecodeError::too_many_elements);
  elements_left_ -= count;
  return true;
}

bool Reader::skip() {
  // MsgPuck's own mp_next and mp_check trust the sum of all counts to fit an int, which hostile bytes can
  // exceed.
  std::array<std::size_t, depth_max> open{};  // values still to skip at each level
  std::size_t depth = 0;
  open[0] = 1;
  for (;;) {
    while (open[depth] == 0) {
      if (depth == 0) return true;
      --depth;
    }
    --open[depth];
    if (left() == 0) return fail(DecodeError::truncated);
    std::size_t count = 0;
    std::string_view text_value;
    ByteView binary_value;
    switch (mp_typeof(*at_)) {
      case MP_ARRAY:
        if (!array(count)) return false;
        break;
      case MP_MAP:
        if (mp_check_map(at_, end_) > 0) return fail(DecodeError::truncated);
        count = 2 * std::size_t{mp_decode_map(&at_)};
        if (count > left()) return fail(DecodeError::truncated);
        break;
      case MP_STR:
        if (!text(text_value)) return false;
        break;
      case MP_BIN:
        if (!binary(binary_value)) return false;
        break;
      case MP_EXT:
        return fail(DecodeError::wrong_type);
      default:  // numbers, nil and booleans: their length follows from the first byte
        if (mp_check(&at_, end_) != 0) return fail(DecodeError::truncated);
    }
    if (count > 0) {
      if (++depth == depth_max) return fail(DecodeError::too_deep);
      open[depth] = count;
    }
  }
}

}  // namespace tutti
