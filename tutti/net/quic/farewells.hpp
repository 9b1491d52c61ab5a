// The last words of connections that are gone. The packet that closes a connection may be lost; then the
// other side goes on talking to nobody until it times out. So the packet is remembered for a while under the
// connection's ids, and given again to whoever still uses one of them (RFC 9000, 10.2.1) - to the first,
// third, seventh packet and so on, so that two sides that both say farewell fall silent.
#pragma once

#include <bit>
#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tutti/base/bytes.hpp"
#include "tutti/base/time.hpp"

namespace tutti {

class Farewells {
 public:
  /// Remembered at once; beyond, the oldest is forgotten first. At most 1.5 KiB each.
  static constexpr std::size_t farewells_max = 256;
  /// Long enough for some repetitions on a slow path; ids may then be used again.
  static constexpr Duration memory{std::chrono::seconds(3)};

  void remember(TimePoint now, std::vector<std::uint64_t> ids, Bytes packet) {
    while (!entries_.empty() && (entries_.size() >= farewells_max || entries_.front().until <= now))
      forget_oldest();
    for (const auto id : ids) number_of_[id] = first_number_ + entries_.size();
    entries_.push_back({now + memory, std::move(ids), std::move(packet)});
  }

  /// What to answer to a packet that arrives for `id`: nothing if it is unknown, or if it is not its turn.
  /// Valid until the next call.
  std::span<const std::uint8_t> answer(TimePoint now, std::uint64_t id) {
    const auto found = number_of_.find(id);
    if (found == number_of_.end()) return {};
    auto& entry = entries_[found->second - first_number_];
    if (entry.until <= now || !std::has_single_bit(++entry.asked)) return {};
    return entry.packet;
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    TimePoint until;
    std::vector<std::uint64_t> ids;
    Bytes packet;
    std::uint32_t asked = 1;
  };

  void forget_oldest() {
    for (const auto id : entries_.front().ids)
      if (const auto found = number_of_.find(id); found != number_of_.end() && found->second == first_number_)
        number_of_.erase(found);
    entries_.pop_front();
    ++first_number_;
  }

  std::deque<Entry> entries_;
  std::uint64_t first_number_ = 0;  // the front entry's; entries are numbered in the order they came
  std::unordered_map<std::uint64_t, std::uint64_t> number_of_;  // only looked up, never iterated
};

}  // namespace tutti
