#include "tutti/live/bootstrap/mdns_message.hpp"

#include <algorithm>
#include <utility>

#include "tutti/base/require.hpp"
#include "tutti/net/endpoint.hpp"

namespace tutti {
namespace {

constexpr std::uint16_t response_flag = 0x8000;
constexpr std::uint16_t authoritative_flag = 0x0400;
/// Operation and outcome: messages in which one of these is not zero are ignored (RFC 6762, 18.3 and 18.11).
constexpr std::uint16_t opcode_and_rcode = 0x780f;
constexpr std::uint16_t internet_class = 1;
constexpr std::uint16_t top_bit = 0x8000;  // of a class: cache-flush, or an answer to the asker alone
constexpr std::size_t label_bytes_max = 63;
constexpr std::size_t name_bytes_max = 255;
constexpr std::size_t string_bytes_max = 255;

/// Reads from the front of a message's part; after the first failure everything fails.
class Reader {
 public:
  Reader(ByteView message, std::size_t at, std::size_t end) : message_(message), at_(at), end_(end) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::size_t left() const { return failed_ ? 0 : end_ - at_; }

  ByteView bytes(std::size_t count) {
    if (count > left()) {
      failed_ = true;
      return {};
    }
    const auto result = message_.subspan(at_, count);
    at_ += count;
    return result;
  }
  std::uint8_t byte() {
    const auto one = bytes(1);
    return one.empty() ? std::uint8_t{0} : one[0];
  }
  std::uint16_t u16() {
    const auto high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  /// A part of its own.
  Reader part(std::size_t count) {
    const auto begin = at_;
    bytes(count);
    return failed_ ? Reader(message_, 0, 0) : Reader(message_, begin, begin + count);
  }

  /// RFC 1035, 4.1.4. Each pointer goes to before where the last piece began, so that none goes in a circle.
  DnsName name() {
    DnsName labels;
    std::size_t size = 1;
    Reader piece = *this;
    std::size_t piece_begin = at_;
    bool jumped = false;
    for (;;) {
      const std::uint8_t length = piece.byte();
      if (!jumped) at_ = piece.at_;
      if (piece.failed_) break;
      if (length == 0) return labels;
      if ((length & 0xc0) == 0xc0) {
        const std::size_t target = static_cast<std::size_t>(length & 0x3f) << 8 | piece.byte();
        if (!jumped) at_ = piece.at_;
        if (piece.failed_ || target >= piece_begin) break;
        jumped = true;
        piece = Reader(message_, target, piece_begin);
        piece_begin = target;
        continue;
      }
      size += std::size_t{length} + 1;
      if (length > label_bytes_max || size > name_bytes_max) break;
      const auto label = piece.bytes(length);
      if (piece.failed_) break;
      labels.emplace_back(label.begin(), label.end());
      if (!jumped) at_ = piece.at_;
    }
    failed_ = true;
    return {};
  }

 private:
  ByteView message_;
  std::size_t at_;
  std::size_t end_;
  bool failed_ = false;
};

DnsText read_text(Reader& data) {
  DnsText text;
  while (data.left() > 0) {
    const auto length = data.byte();
    const auto string = data.bytes(length);
    if (!string.empty()) text.strings.emplace_back(string.begin(), string.end());
  }
  return text;
}

/// Nothing for a type that is not ours, and where `data` has failed.
std::optional<decltype(MdnsRecord::data)> read_data(std::uint16_t type, Reader& data) {
  switch (static_cast<DnsType>(type)) {
    case DnsType::ptr:
      return DnsPointer{data.name()};
    case DnsType::txt:
      return read_text(data);
    case DnsType::srv: {
      data.u32();  // priority and weight: there is one place for each instance
      const auto port = data.u16();
      return DnsService{port, data.name()};
    }
    case DnsType::a:
      return DnsAddress{Endpoint::v4(data.u32(), 0).address};
    case DnsType::aaaa: {
      DnsAddress address;
      std::ranges::copy(data.bytes(address.address.size()), address.address.begin());
      return address;
    }
    case DnsType::any:
      break;
  }
  return std::nullopt;
}

class Writer {
 public:
  void u8(std::size_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void u16(std::size_t value) {
    u8(value >> 8 & 0xff);
    u8(value & 0xff);
  }
  void u32(std::size_t value) {
    u16(value >> 16 & 0xffff);
    u16(value & 0xffff);
  }
  void text(std::string_view text) {
    u8(text.size());
    bytes_.insert(bytes_.end(), text.begin(), text.end());
  }
  void name(const DnsName& labels) {
    [[maybe_unused]] std::size_t size = 1;
    for (const auto& label : labels) {
      size += label.size() + 1;
      require(!label.empty() && label.size() <= label_bytes_max && size <= name_bytes_max,
              "a name keeps to its limits");
      text(label);
    }
    u8(0);
  }
  void data(const DnsPointer& pointer) { name(pointer.target); }
  void data(const DnsService& service) {
    u32(0);
    u16(service.port);
    name(service.target);
  }
  void data(const DnsText& strings) {
    for (const auto& string : strings.strings) {
      require(string.size() <= string_bytes_max, "a string has at most 255 bytes");
      text(string);
    }
    if (strings.strings.empty()) u8(0);  // RFC 6763, 6.1
  }
  void data(const DnsAddress& address) {
    const bool v4 = Endpoint{address.address, 0}.is_v4();
    bytes_.insert(bytes_.end(), address.address.begin() + (v4 ? 12 : 0), address.address.end());
  }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  void set_u16(std::size_t at, std::size_t value) {
    bytes_[at] = static_cast<std::uint8_t>(value >> 8);
    bytes_[at + 1] = static_cast<std::uint8_t>(value & 0xff);
  }
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

DnsType type_of(const DnsPointer& /*data*/) {
  return DnsType::ptr;
}
DnsType type_of(const DnsService& /*data*/) {
  return DnsType::srv;
}
DnsType type_of(const DnsText& /*data*/) {
  return DnsType::txt;
}
DnsType type_of(const DnsAddress& data) {
  return Endpoint{data.address, 0}.is_v4() ? DnsType::a : DnsType::aaaa;
}

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

bool same_dns_name(const DnsName& left, const DnsName& right) {
  return std::ranges::equal(left, right, [](const std::string& one, const std::string& other) {
    return std::ranges::equal(one, other, {}, lower, lower);
  });
}

std::optional<MdnsMessage> decode_mdns(ByteView bytes) {
  if (bytes.size() > MdnsMessage::bytes_max) return std::nullopt;
  Reader in(bytes, 0, bytes.size());
  in.u16();  // the id means nothing here
  const auto flags = in.u16();
  const std::size_t questions = in.u16();
  std::size_t records = 0;
  for (int section = 0; section < 3; ++section) records += in.u16();
  if (in.failed() || (flags & opcode_and_rcode) != 0 || questions > MdnsMessage::questions_max ||
      records > MdnsMessage::records_max)
    return std::nullopt;

  MdnsMessage message{.is_response = (flags & response_flag) != 0, .questions = {}, .records = {}};
  for (std::size_t i = 0; i < questions; ++i) {
    MdnsQuestion question{.name = in.name(), .type = static_cast<DnsType>(in.u16())};
    if ((in.u16() & ~top_bit) == internet_class) message.questions.push_back(std::move(question));
  }
  for (std::size_t i = 0; i < records; ++i) {
    auto name = in.name();
    const auto type = in.u16();
    const auto its_class = in.u16();
    const auto ttl = in.u32();
    auto part = in.part(in.u16());
    if (in.failed()) return std::nullopt;
    if ((its_class & ~top_bit) != internet_class) continue;
    auto data = read_data(type, part);
    if (!data) continue;
    if (part.failed() || part.left() > 0) return std::nullopt;
    message.records.push_back({.name = std::move(name),
                               .ttl_seconds = ttl,
                               .unique = (its_class & top_bit) != 0,
                               .data = *std::move(data)});
  }
  if (in.failed()) return std::nullopt;
  return message;
}

Bytes encode_mdns(const MdnsMessage& message) {
  require(message.questions.size() <= MdnsMessage::questions_max &&
              message.records.size() <= MdnsMessage::records_max,
          "a message keeps to its limits");
  Writer out;
  out.u16(0);
  out.u16(message.is_response ? response_flag | authoritative_flag : 0);
  out.u16(message.questions.size());
  out.u16(message.records.size());
  out.u32(0);
  for (const auto& question : message.questions) {
    out.name(question.name);
    out.u16(static_cast<std::uint16_t>(question.type));
    out.u16(internet_class);
  }
  for (const auto& record : message.records) {
    out.name(record.name);
    out.u16(
        static_cast<std::uint16_t>(std::visit([](const auto& data) { return type_of(data); }, record.data)));
    out.u16(internet_class | (record.unique ? top_bit : 0));
    out.u32(record.ttl_seconds);
    const auto length_at = out.size();
    out.u16(0);
    std::visit([&](const auto& data) { out.data(data); }, record.data);
    out.set_u16(length_at, out.size() - length_at - 2);
  }
  require(out.size() <= MdnsMessage::bytes_max, "a message keeps to its limits");
  return out.take();
}

}  // namespace tutti
