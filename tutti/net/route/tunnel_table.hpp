// The tunnels that are open: who is at the other end of each, which one leads to a place, and when something
// last came through.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "tutti/base/ids.hpp"
#include "tutti/base/time.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/net/route/candidate_pair.hpp"

namespace tutti {

class TunnelTable {
 public:
  struct Entry {
    SocketNumber number;  ///< of its near end
    PeerId peer;
    Endpoint place;
    bool outgoing = false;
    TimePoint used;  ///< when something last came through it
  };

  void add(const Entry& entry) {
    all_.emplace(entry.number, entry);
    if (entry.outgoing) outgoing_.insert_or_assign(entry.place, entry.number);
  }
  /// What it was; nothing if there is none of that number.
  std::optional<Entry> remove(SocketNumber number) {
    const auto node = all_.extract(number);
    if (node.empty()) return std::nullopt;
    forget_place(node.mapped());
    return node.mapped();
  }
  /// Removes all others.
  void keep_only(const std::set<SocketNumber>& numbers) {
    std::erase_if(all_, [&](const auto& each) {
      const bool over = !numbers.contains(each.first);
      if (over) forget_place(each.second);
      return over;
    });
  }
  /// Something has come through it, if it is still there.
  void used(SocketNumber number, TimePoint now) {
    if (const auto found = all_.find(number); found != all_.end()) found->second.used = now;
  }

  /// The newest of those that were opened from here to that place; null if there is none. Valid until the
  /// next change.
  [[nodiscard]] const Entry* to(const Endpoint& place) const {
    const auto found = outgoing_.find(place);
    return found == outgoing_.end() ? nullptr : &all_.at(found->second);
  }
  [[nodiscard]] const std::map<SocketNumber, Entry>& all() const { return all_; }

 private:
  void forget_place(const Entry& entry) {
    if (const auto found = outgoing_.find(entry.place);
        found != outgoing_.end() && found->second == entry.number)
      outgoing_.erase(found);
  }

  std::map<SocketNumber, Entry> all_;
  std::map<Endpoint, SocketNumber> outgoing_;  // the newest, by where to
};

}  // namespace tutti
