#include "tutti/symmetric/foundation.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "tutti/net/signature.hpp"

namespace tutti::symmetric {
namespace {

/// Origins and their intervals cost less than ten elements each.
constexpr DecodeLimits foundation_limits{.elements_max = 10 * foundation_intervals_max};

ByteView part_of(ByteView bytes, std::size_t index) {
  const auto begin = index * foundation_part_bytes;
  return bytes.subspan(begin, std::min(foundation_part_bytes, bytes.size() - begin));
}

}  // namespace

bool offer_the_same(const FoundationOffer& one, const FoundationOffer& other) {
  return std::tie(one.name, one.events, one.hash, one.bytes) ==
         std::tie(other.name, other.events, other.hash, other.bytes);
}

std::optional<PackedFoundation> PackedFoundation::pack(const Foundation& foundation) {
  std::size_t intervals = 0;
  for (const auto& origin : foundation.folded) intervals += 1 + origin.sequences.size() + origin.again.size();
  if (intervals > foundation_intervals_max) return std::nullopt;
  PackedFoundation packed;
  encode(foundation, packed.bytes_);
  if (packed.bytes_.size() > foundation_bytes_max) return std::nullopt;
  std::vector<std::uint64_t> hashes;
  for (std::size_t i = 0; i * foundation_part_bytes < packed.bytes_.size(); ++i)
    hashes.push_back(short_sha256(part_of(packed.bytes_, i)));
  packed.hashes_ = encode(hashes);
  packed.offer_ = {.name = {foundation.tick, foundation.account.history},
                   .events = foundation.account.events,
                   .hash = short_sha256(packed.hashes_),
                   .bytes = packed.bytes_.size()};
  return packed;
}

std::optional<Bytes> PackedFoundation::part(std::uint32_t index) const {
  if (index == 0) return hashes_;
  if ((index - 1) * foundation_part_bytes >= bytes_.size()) return std::nullopt;
  const auto part = part_of(bytes_, index - 1);
  return Bytes(part.begin(), part.end());
}

std::expected<Foundation, std::string> decode_foundation(ByteView bytes) {
  auto foundation = decode<Foundation>(bytes, foundation_limits);
  if (!foundation)
    return std::unexpected(fmt::format("a foundation is malformed: {}", describe(foundation.error())));
  return *std::move(foundation);
}

std::expected<Foundation, std::string> unpack_foundation(const FoundationOffer& offer, ByteView bytes) {
  auto foundation = decode_foundation(bytes);
  if (!foundation) return foundation;
  if (FoundationName{foundation->tick, foundation->account.history} != offer.name ||
      foundation->account.events != offer.events)
    return std::unexpected("a foundation is not the one that was offered");
  return *std::move(foundation);
}

Meeting meet(const Own& own, const FoundationOffer& offer) {
  if (offer.replaces == own.name && offer.name != own.name) return Meeting::adopt;
  if (!own.at_tick) return Meeting::undecided;
  if (own.at_tick->history != offer.name.history) {
    const bool lighter = own.gives_way || std::tie(own.at_tick->events, own.at_tick->history) <
                                              std::tie(offer.events, offer.name.history);
    return lighter ? Meeting::adopt : Meeting::insist;
  }
  return own.now < offer.name.tick ? Meeting::adopt : Meeting::agreed;
}

}  // namespace tutti::symmetric
