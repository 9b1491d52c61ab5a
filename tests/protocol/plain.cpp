#include "plain.hpp"

#include <bit>
#include <limits>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"

namespace tutti::protocol_test {
namespace {

/// Takes values off bytes; throws nothing: after a fault, `problem` says what it was.
class Parser {
 public:
  explicit Parser(Raw bytes) : left_(bytes) {}

  std::string problem;

  [[nodiscard]] bool at_end() const { return left_.empty(); }

  // https://github.com/msgpack/msgpack/blob/master/spec.md: the first byte says the format.
  Value value() {
    const Raw before = left_;
    Value value;
    const auto head = static_cast<std::uint8_t>(number(1));
    if (head <= 0x7f) {
      value.natural = head;
    } else if (head >= 0xe0) {
      set_whole(value, head, 1);
    } else if (head >= 0x90 && head <= 0x9f) {
      list(value, head & 0x0fu);
    } else if (head >= 0xa0 && head <= 0xbf) {
      content(value, Value::Kind::text, head & 0x1fu);
    } else {
      switch (head) {
        case 0xc4:  // bin 8, 16, 32
        case 0xc5:
        case 0xc6:
          content(value, Value::Kind::bytes, number(std::size_t{1} << (head - 0xc4)));
          break;
        case 0xcb:  // float 64
          value.kind = Value::Kind::real;
          value.real = std::bit_cast<double>(number(8));
          break;
        case 0xcc:  // uint 8, 16, 32, 64
        case 0xcd:
        case 0xce:
        case 0xcf:
          value.natural = number(std::size_t{1} << (head - 0xcc));
          break;
        case 0xd0:  // int 8, 16, 32, 64
        case 0xd1:
        case 0xd2:
        case 0xd3: {
          const std::size_t size = std::size_t{1} << (head - 0xd0);
          set_whole(value, number(size), size);
          break;
        }
        case 0xc2:
        case 0xc3:
          value.kind = Value::Kind::boolean;
          break;
        case 0xc0:
          value.kind = Value::Kind::nothing;
          break;
        case 0xd9:  // str 8, 16, 32
        case 0xda:
        case 0xdb:
          content(value, Value::Kind::text, number(std::size_t{1} << (head - 0xd9)));
          break;
        case 0xdc:  // array 16, 32
        case 0xdd:
          list(value, number(std::size_t{2} << (head - 0xdc)));
          break;
        default:
          fail("a format that the protocol does not use");
      }
    }
    value.raw = before.first(before.size() - left_.size());
    return value;
  }

 private:
  void fail(std::string why) {
    if (problem.empty()) problem = std::move(why);
    left_ = {};
  }
  Raw take(std::uint64_t size) {
    if (size > left_.size()) {
      fail("the bytes end inside a value");
      return {};
    }
    const Raw taken = left_.first(static_cast<std::size_t>(size));
    left_ = left_.subspan(static_cast<std::size_t>(size));
    return taken;
  }
  std::uint64_t number(std::size_t size) {
    std::uint64_t number = 0;
    for (const auto byte : take(size)) number = number << 8 | byte;
    return number;
  }
  /// An integer of `size` bytes in two's complement.
  static void set_whole(Value& value, std::uint64_t bits, std::size_t size) {
    const auto unused = static_cast<unsigned>(64 - 8 * size);
    const auto whole = static_cast<std::int64_t>(bits << unused) >> unused;
    value.kind = whole < 0 ? Value::Kind::negative : Value::Kind::natural;
    value.negative = whole < 0 ? whole : 0;
    value.natural = whole < 0 ? 0 : static_cast<std::uint64_t>(whole);
  }
  void content(Value& value, Value::Kind kind, std::uint64_t size) {
    value.kind = kind;
    value.content = take(size);
  }
  void list(Value& value, std::uint64_t count) {
    value.kind = Value::Kind::list;
    for (std::uint64_t i = 0; i < count && problem.empty(); ++i) value.elements.push_back(this->value());
  }

  Raw left_;
};

/// What keeps `value` from being of `type`; nothing if it is, and then it and its parts know their types.
std::string mismatch(const Document& document, const std::string& type, Value& value) {
  using Kind = Value::Kind;
  const auto wants = [&](bool holds) { return holds ? std::string() : "this is no " + type; };
  const bool whole = value.kind == Kind::natural || value.kind == Kind::negative;
  if (type.starts_with("optional ") && value.kind != Kind::nothing)
    return mismatch(document, type.substr(9), value);
  value.type = type;
  value.document = &document;
  if (type.starts_with("optional ")) return {};
  if (type == "uint32")
    return wants(value.kind == Kind::natural && value.natural <= std::numeric_limits<std::uint32_t>::max());
  if (type == "uint64") return wants(value.kind == Kind::natural);
  if (type == "int64")
    return wants(whole &&
                 value.natural <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  if (type == "real") return wants(value.kind == Kind::real);
  if (type == "bool") return wants(value.kind == Kind::boolean);
  if (type == "text") return wants(value.kind == Kind::text);
  if (type == "bytes") return wants(value.kind == Kind::bytes);
  if (type.starts_with("bytes(")) {
    const auto size = parse_whole<std::size_t>(std::string_view(type).substr(6, type.size() - 7));
    return wants(value.kind == Kind::bytes && value.content.size() == size);
  }
  if (value.kind != Kind::list) return "this is no list: " + type;
  if (type.starts_with("list of ")) {
    for (auto& element : value.elements)
      if (auto problem = mismatch(document, type.substr(8), element); !problem.empty()) return problem;
    return {};
  }
  if (type.starts_with("choice of (")) {
    const auto types = parts_of(std::string_view(type).substr(11, type.size() - 12));
    if (value.elements.size() != 2 || value.elements[0].kind != Kind::natural ||
        value.elements[0].natural >= types.size())
      return "this chooses nothing: " + type;
    return mismatch(document, types[value.elements[0].natural], value.elements[1]);
  }
  const auto described = document.fields.find(type);
  if (described == document.fields.end()) return "the document does not say what this is: " + type;
  if (value.elements.size() != described->second.size())
    return "this has fields too many or too few: " + type;
  for (std::size_t i = 0; i < value.elements.size(); ++i)
    if (auto problem = mismatch(document, described->second[i].type, value.elements[i]); !problem.empty())
      return fmt::format("{}.{}: {}", type, described->second[i].name, problem);
  return {};
}

}  // namespace

const Value& Value::operator[](std::string_view field) const {
  const auto& fields = document->fields.at(type);
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == field) return elements[i];
  require(false, "a test asks for fields that the document knows");
  return *this;
}

std::expected<Value, std::string> decode_plainly(const Document& document, const std::string& type,
                                                 Raw bytes) {
  Parser parser(bytes);
  Value value = parser.value();
  if (!parser.problem.empty()) return std::unexpected(parser.problem);
  if (!parser.at_end()) return std::unexpected("bytes are left over after a " + type);
  if (auto problem = mismatch(document, type, value); !problem.empty()) return std::unexpected(problem);
  return value;
}

}  // namespace tutti::protocol_test
