// Who is who: a peer's identity, and the names of its messages and their urgency.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "tutti/base/bytes.hpp"
#include "tutti/base/strong.hpp"

namespace tutti {

/// A peer, for ever: the first 128 bits of the SHA-256 of its Ed25519 public key. Ordered, so that two peers
/// can break a tie the same way.
struct PeerId {
  static constexpr std::size_t size = 16;
  std::array<std::uint8_t, size> bytes{};

  constexpr bool operator==(const PeerId&) const = default;
  /// By bytes, the first one first; written out as two words, since ids are compared at every step of every
  /// map.
  constexpr std::strong_ordering operator<=>(const PeerId& other) const {
    const auto mine = std::bit_cast<std::array<std::uint64_t, 2>>(bytes);
    const auto theirs = std::bit_cast<std::array<std::uint64_t, 2>>(other.bytes);
    const std::size_t word = mine[0] != theirs[0] ? 0 : 1;
    return big_endian(mine[word]) <=> big_endian(theirs[word]);
  }

  /// 32 hexadecimal digits.
  [[nodiscard]] std::string text() const;
  /// The first eight digits: enough for a person to tell peers apart in a log.
  [[nodiscard]] std::string brief() const;
  static std::expected<PeerId, std::string> parse(std::string_view text);

 private:
  static constexpr std::uint64_t big_endian(std::uint64_t word) {
    return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
  }
};

/// One life of a peer: a process that dies and starts again is the same peer in a new incarnation, so that
/// what it says now is never taken for what it said before. Drawn at random at start.
struct Origin {
  PeerId peer;
  std::uint64_t incarnation = 0;

  constexpr auto operator<=>(const Origin&) const = default;
};

/// Counts what one origin says, from 1 and without gaps: (origin, sequence) names it for ever.
using Sequence = Strong<struct SequenceTag, std::uint64_t>;

/// The kind of a message, unique within a network. Ids below 0x0100 belong to tutti.
using MessageId = Strong<struct MessageIdTag, std::uint16_t>;

/// How urgent a message is. Each class is first in, first out; a higher class is sent before a lower one.
enum class Priority : std::uint8_t {
  high,    ///< real-time interaction of users
  medium,  ///< maintenance of links and overlays
  low,     ///< bulk: sent only when nothing else waits
};
inline constexpr std::size_t priority_count = 3;

}  // namespace tutti

template <>
struct std::hash<tutti::PeerId> {
  std::size_t operator()(const tutti::PeerId& id) const noexcept;
};
