// Connectivity checks (RFC 8445, 2.2): datagrams by which two peers who have been introduced find out on
// which ways they reach each other. A request asks for a response; the response says where the request seemed
// to come from.
//
// Both are sealed with a key that only the two and who introduced them know. So nobody else can make one, and
// a copy of one that is sent again from elsewhere leads to a request to that place, which only the peer
// itself can answer. A response is as long as a request: nobody is answered more than he sent.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/base/strong.hpp"
#include "tutti/net/endpoint.hpp"

namespace tutti {

/// Names one introduction of two peers; drawn at random by the one who asked for it. No secret.
using MeetingId = Strong<struct MeetingIdTag, std::uint64_t>;
using CheckKey = std::array<std::uint8_t, 16>;

/// From the operating system: nobody can guess it.
CheckKey random_check_key();

struct Check {
  enum class Kind : std::uint8_t { request, response } kind{};
  MeetingId meeting{};
  std::uint64_t transaction = 0;  ///< the response bears its request's
  Endpoint mapped{};              ///< in a response: where the request came from

  bool operator==(const Check&) const = default;
};

/// Type, kind, meeting, transaction, endpoint, and the first half of an HMAC-SHA-256.
inline constexpr std::size_t check_bytes = 1 + 1 + 8 + 8 + 18 + 16;
using CheckDatagram = std::array<std::uint8_t, check_bytes>;

/// The datagram, its type (DatagramType::check) included.
CheckDatagram seal_check(const Check& check, const CheckKey& key, const PeerId& sender);

/// Under the seal of checks that lead to no way: who sends them is to be unknown to who gets them, or need
/// not be known.
inline constexpr PeerId anybody{};

/// Of whose meeting a datagram may be, before its key is known; nothing if it is no check.
std::optional<MeetingId> meeting_of(ByteView datagram);
/// Nothing unless it was sealed with that key, by that sender.
std::optional<Check> open_check(ByteView datagram, const CheckKey& key, const PeerId& sender);

}  // namespace tutti
