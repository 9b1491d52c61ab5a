#include "tutti/net/route/check.hpp"

#include <algorithm>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "tutti/base/big_endian.hpp"
#include "tutti/base/require.hpp"
#include "tutti/net/secure_random.hpp"
#include "tutti/net/udp/datagram_socket.hpp"

namespace tutti {
namespace {

constexpr std::size_t seal_bytes = 16;
constexpr std::size_t sealed_bytes = check_bytes - seal_bytes;
constexpr std::size_t hmac_bytes = 32;

/// Of a check without its seal, and of who sends it.
std::array<std::uint8_t, hmac_bytes> hmac(ByteView check, const CheckKey& key, const PeerId& sender) {
  std::array<std::uint8_t, sealed_bytes + PeerId::size> text{};
  std::ranges::copy(sender.bytes, std::ranges::copy(check, text.begin()).out);
  std::array<std::uint8_t, hmac_bytes> result{};
  require(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.data(), key.size(), text.data(), text.size(),
                           result.data()) == 0,
          "HMAC-SHA-256 is there");
  return result;
}

/// Big-endian numbers, one after the other.
class Pen {
 public:
  explicit Pen(std::uint8_t* at) : at_(at) {}
  template <std::unsigned_integral Number>
  void put(Number number) {
    write_big_endian(number, {at_, sizeof number});
    at_ += sizeof number;
  }
  void put(ByteView bytes) { at_ = std::ranges::copy(bytes, at_).out; }

 private:
  std::uint8_t* at_;
};

template <std::unsigned_integral Number>
Number take(ByteView& bytes) {
  const auto number = read_big_endian<Number>(bytes, 0);
  bytes = bytes.subspan(sizeof(Number));
  return number;
}

}  // namespace

CheckKey random_check_key() {
  CheckKey key{};
  fill_with_secure_randomness(key);
  return key;
}

CheckDatagram seal_check(const Check& check, const CheckKey& key, const PeerId& sender) {
  CheckDatagram datagram{};
  Pen pen(datagram.data());
  pen.put(static_cast<std::uint8_t>(DatagramType::check));
  pen.put(static_cast<std::uint8_t>(check.kind));
  pen.put(check.meeting.value());
  pen.put(check.transaction);
  pen.put(check.mapped.address);
  pen.put(check.mapped.port);
  pen.put(ByteView(hmac(ByteView(datagram).first(sealed_bytes), key, sender)).first(seal_bytes));
  return datagram;
}

std::optional<MeetingId> meeting_of(ByteView datagram) {
  if (datagram.size() != check_bytes || datagram[0] != static_cast<std::uint8_t>(DatagramType::check))
    return std::nullopt;
  auto rest = datagram.subspan(2);
  return MeetingId(take<MeetingId::rep>(rest));
}

std::optional<Check> open_check(ByteView datagram, const CheckKey& key, const PeerId& sender) {
  if (!meeting_of(datagram)) return std::nullopt;
  const auto right = hmac(datagram.first(sealed_bytes), key, sender);
  if (gnutls_memcmp(right.data(), datagram.subspan(sealed_bytes).data(), seal_bytes) != 0)
    return std::nullopt;
  auto rest = datagram.subspan(1);
  const auto kind = take<std::uint8_t>(rest);
  if (kind > static_cast<std::uint8_t>(Check::Kind::response)) return std::nullopt;
  Check check{.kind = Check::Kind{kind},
              .meeting = MeetingId(take<MeetingId::rep>(rest)),
              .transaction = take<std::uint64_t>(rest)};
  std::ranges::copy(rest.first(check.mapped.address.size()), check.mapped.address.begin());
  rest = rest.subspan(check.mapped.address.size());
  check.mapped.port = take<std::uint16_t>(rest);
  return check;
}

}  // namespace tutti
