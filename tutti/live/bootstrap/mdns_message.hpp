// Messages of multicast DNS (RFC 6762; the format is RFC 1035's, section 4): the part that service discovery
// needs. Pure functions over bytes that anybody on the local network can send.
//
// Reading understands compressed names; writing does not compress, since the messages of a peer fit a packet
// anyway. Records of other types and classes are skipped: others talk on the same address.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tutti/base/bytes.hpp"

namespace tutti {

/// A name's labels, without the root: {"_tutti", "_udp", "local"}. At most 63 bytes each, and 255 in all with
/// a byte for each label's length and one for the end.
using DnsName = std::vector<std::string>;

/// Regardless of the case of ASCII letters (RFC 6762, 16).
bool same_dns_name(const DnsName& left, const DnsName& right);

enum class DnsType : std::uint16_t { a = 1, ptr = 12, txt = 16, aaaa = 28, srv = 33, any = 255 };

struct DnsPointer {
  DnsName target;
  bool operator==(const DnsPointer&) const = default;
};
struct DnsService {
  std::uint16_t port = 0;
  DnsName target;
  bool operator==(const DnsService&) const = default;
};
struct DnsText {
  std::vector<std::string> strings;  ///< at most 255 bytes each; "key=value" in service discovery
  bool operator==(const DnsText&) const = default;
};
/// IPv4 addresses are IPv4-mapped, as in an Endpoint.
struct DnsAddress {
  std::array<std::uint8_t, 16> address{};
  bool operator==(const DnsAddress&) const = default;
};

struct MdnsQuestion {
  DnsName name;
  DnsType type = DnsType::ptr;
  bool operator==(const MdnsQuestion&) const = default;
};

struct MdnsRecord {
  DnsName name;
  std::uint32_t ttl_seconds = 0;  ///< 0: it holds no more
  bool unique = false;            ///< the only one of this name and type (the cache-flush bit)
  std::variant<DnsPointer, DnsService, DnsText, DnsAddress> data;
  bool operator==(const MdnsRecord&) const = default;
};

struct MdnsMessage {
  static constexpr std::size_t bytes_max = 9000;  ///< RFC 6762, 17
  static constexpr std::size_t questions_max = 32;
  static constexpr std::size_t records_max = 64;

  bool is_response = false;
  std::vector<MdnsQuestion> questions;
  std::vector<MdnsRecord> records;  ///< of all three sections; written as answers
  bool operator==(const MdnsMessage&) const = default;
};

/// Nothing for what is malformed, cut off, larger than the limits, or no plain query or response.
std::optional<MdnsMessage> decode_mdns(ByteView bytes);

/// For a message within its limits.
Bytes encode_mdns(const MdnsMessage& message);

}  // namespace tutti
