#include "tutti/lab/peer_set.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"
#include "tutti/peer/command_value.hpp"

namespace tutti::lab {
namespace {

std::expected<PeerNumber, std::string> parse_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size() || text.empty() || error == std::errc::invalid_argument)
    return std::unexpected(fmt::format(
        "{} names no peers: numbers, ranges and lists such as 1,4,7-9 or * are needed", quote(text)));
  if (error != std::errc{} || number >= peers_max)
    return std::unexpected(
        fmt::format("{} is no peer: the greatest possible is {}", quote(text), peers_max - 1));
  return PeerNumber(number);
}

}  // namespace

PeerSet PeerSet::everybody() {
  return {};
}

PeerSet PeerSet::range(PeerNumber first, PeerNumber last) {
  require(first <= last && last.value() < peers_max, "a range of peers begins before its end");
  PeerSet set;
  set.ranges_.push_back({first, last});
  return set;
}

std::expected<PeerSet, Fault> PeerSet::parse(std::string_view text) {
  if (text == "*") return everybody();
  PeerSet set;
  std::size_t offset = 0;
  for (std::optional<std::string_view> rest = text; rest;) {
    const auto [item, others] = split(*rest, ',');
    const auto [first_text, last_text] = split(item, '-');
    const auto first = parse_number(first_text);
    if (!first) return std::unexpected(Fault{offset, first.error()});
    const auto last = last_text ? parse_number(*last_text) : first;
    if (!last) return std::unexpected(Fault{offset + first_text.size() + 1, last.error()});
    if (*last < *first)
      return std::unexpected(Fault{offset, fmt::format("the range {} ends before it begins", quote(item))});
    set.ranges_.push_back({*first, *last});
    offset += item.size() + 1;
    rest = others;
  }
  set.normalize();
  return set;
}

void PeerSet::normalize() {
  std::ranges::sort(ranges_, {}, &Range::first);
  std::vector<Range> joined;
  for (const auto& range : ranges_)
    if (!joined.empty() && range.first <= joined.back().last + 1)
      joined.back().last = std::max(joined.back().last, range.last);
    else
      joined.push_back(range);
  ranges_ = std::move(joined);
}

std::string PeerSet::text() const {
  if (ranges_.empty()) return "*";
  std::string out;
  for (const auto& [first, last] : ranges_) {
    if (!out.empty()) out += ',';
    out += fmt::format("{}", first.value());
    if (first < last) out += fmt::format("-{}", last.value());
  }
  return out;
}

std::uint32_t PeerSet::count(std::uint32_t peers) const {
  if (ranges_.empty()) return peers;
  std::uint32_t count = 0;
  for (const auto& range : ranges_) count += range.size();
  return count;
}

PeerNumber PeerSet::at(std::uint32_t index) const {
  if (ranges_.empty()) return PeerNumber(index);
  for (const auto& range : ranges_) {
    if (index < range.size()) return range.first + index;
    index -= range.size();
  }
  require(false, "an index is below the count");
  return {};
}

bool PeerSet::contains(PeerNumber peer) const {
  return ranges_.empty() || std::ranges::any_of(ranges_, [&](const Range& range) {
           return range.first <= peer && peer <= range.last;
         });
}

bool PeerSet::fits(std::uint32_t peers) const {
  return ranges_.empty() || last().value() < peers;
}

PeerNumber PeerSet::last() const {
  return ranges_.empty() ? PeerNumber() : ranges_.back().last;
}

}  // namespace tutti::lab
