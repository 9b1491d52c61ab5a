#include "tutti/symmetric/download.hpp"

#include <algorithm>
#include <utility>

#include "tutti/base/require.hpp"
#include "tutti/net/signature.hpp"

namespace tutti::symmetric {

Download::Download(const FoundationOffer& offer, TimePoint now)
    : offer_(offer),
      end_(now + span_min + std::chrono::seconds(offer.bytes / bytes_per_second_min)),
      parts_((offer.bytes + foundation_part_bytes - 1) / foundation_part_bytes),
      missing_(parts_.size()) {
  require(offer.bytes <= foundation_bytes_max, "a foundation that is fetched is not too large");
}

void Download::remove_source(PeerId source) {
  sources_.erase(source);
}

std::size_t Download::part_bytes(std::uint32_t part) const {
  const auto begin = (part - 1) * foundation_part_bytes;
  return std::min<std::size_t>(foundation_part_bytes, offer_.bytes - begin);
}

bool Download::lacks(std::uint32_t part) const {
  return part == 0 ? !hashes_known_ : parts_[part - 1].empty();
}

bool Download::is_asked(std::uint32_t part) const {
  return std::ranges::any_of(sources_,
                             [&](const auto& source) { return source.second.asked.contains(part); });
}

std::vector<Download::Ask> Download::asks(TimePoint now) {
  for (auto& [id, source] : sources_)
    source.timeouts += static_cast<std::uint32_t>(
        std::erase_if(source.asked, [&](const auto& asked) { return asked.second <= now; }));
  std::erase_if(sources_, [&](const auto& source) {
    const bool defaults = now >= end_ || source.second.timeouts >= timeouts_max;
    if (defaults) defaulters_.push_back(source.first);
    return defaults;
  });
  std::vector<Ask> asks;
  const auto ask = [&](PeerId id, Source& source, std::uint32_t part) {
    source.asked.emplace(part, now + patience);
    ++source.expected[part];
    asks.push_back({id, part});
  };
  if (!hashes_known_) {
    // Of the one that has disappointed least.
    const auto best =
        std::ranges::min_element(sources_, {}, [](const auto& source) { return source.second.timeouts; });
    if (best != sources_.end() && !is_asked(0)) ask(best->first, best->second, 0);
    return asks;
  }
  // Around the sources, a part each, so that all carry the same.
  std::uint32_t next = 1;
  for (bool any = true; any;) {
    any = false;
    for (auto& [id, source] : sources_) {
      if (source.asked.size() >= asked_at_once_max) continue;
      while (next <= parts_.size() && (!lacks(next) || is_asked(next))) ++next;
      if (next > parts_.size()) return asks;
      ask(id, source, next);
      any = true;
    }
  }
  return asks;
}

std::expected<bool, std::string> Download::take_hashes(ByteView bytes) {
  if (short_sha256(bytes) != offer_.hash)
    return std::unexpected("the parts of its foundation are not as offered");
  auto hashes = decode<std::vector<std::uint64_t>>(bytes);
  if (!hashes || hashes->size() != parts_.size())
    return std::unexpected("the list of the parts of its foundation is malformed");
  hashes_ = *std::move(hashes);
  hashes_known_ = true;
  return true;
}

std::expected<void, std::string> Download::arrived(PeerId from, std::uint32_t part, Bytes bytes) {
  const auto source = sources_.find(from);
  if (source == sources_.end()) return {};  // it was given up
  auto taken = take(source->second, part, std::move(bytes));
  if (!taken || !*taken) sources_.erase(source);
  if (!taken) return std::unexpected(taken.error());
  return {};
}

std::expected<bool, std::string> Download::take(Source& source, std::uint32_t part, Bytes bytes) {
  const auto expected = source.expected.find(part);
  if (expected == source.expected.end())
    return std::unexpected("it sends a part of a foundation that nobody asked for");
  if (--expected->second == 0) source.expected.erase(expected);
  source.asked.erase(part);
  if (bytes.empty()) return false;
  if (!lacks(part)) return true;
  if (part == 0) return take_hashes(bytes);
  if (bytes.size() != part_bytes(part) || short_sha256(bytes) != hashes_[part - 1])
    return std::unexpected("a part of its foundation is not as offered");
  parts_[part - 1] = std::move(bytes);
  --missing_;
  return true;
}

Bytes Download::bytes() const {
  require(complete(), "a foundation is read when it is complete");
  Bytes all;
  all.reserve(offer_.bytes);
  for (const auto& part : parts_) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace tutti::symmetric
