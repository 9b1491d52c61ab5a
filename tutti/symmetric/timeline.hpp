// Everything that ever happened in a session, in the order all peers share.
//
// A sorted vector. Most events arrive in order and are appended. One that belongs further back is put aside;
// the next read merges all that wait into place in one pass from the back, so that a late event costs its
// distance from the end and a hundred thousand of them, when a partition heals, cost one pass together.
// A balanced tree was rejected: it makes every replay chase pointers, for the sake of the rare late event.
//
// Each entry carries the `history` of the timeline up to itself: the sum, modulo 2^64, of the hashes of all
// events so far (id and content). A sum does not depend on the order of arrival, so two peers know the same
// events up to a tick if, short of a collision, their histories of that tick are equal. It guards against
// mistakes, not against forgers: those are what signatures are for.
//
// There is no limit on the number of events here, since a peer that refuses an event it is able to take has
// left the session's common past. The session bounds what it lets in, and folds away what is final.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "tutti/base/hash.hpp"
#include "tutti/base/require.hpp"
#include "tutti/symmetric/event.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::symmetric {

/// `Payload` is anything the codec encodes, default constructible and movable.
template <typename Payload>
class Timeline {
 public:
  struct Entry {
    EventId id;
    Payload payload;
    std::uint64_t history = 0;  ///< of all events up to this one, it included
  };

  /// Empty. `history_before` is that of the events which came before and are not kept here.
  explicit Timeline(std::uint64_t history_before = 0) : history_before_(history_before) {}

  /// Takes an event in; false, and nothing changes, if its id is known already. The first content an id comes
  /// with stays: that an origin says two things under one id shows in the peers' histories.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved in; a small payload is merely copied
  [[nodiscard]] bool insert(const EventId& id, Payload payload) {
    const bool at_end = entries_.empty() || entries_.back().id < id;
    if (!at_end && (waiting_.contains(id) || among_entries(id))) return false;
    const std::uint64_t hash = hash_of(id, payload);
    if (at_end)
      entries_.push_back({id, std::move(payload), last_history() + hash});
    else
      waiting_.emplace(id, Waiting{std::move(payload), hash});
    return true;
  }

  /// Takes an event out again; false, and nothing changes, if it is not known. Costs a pass over those after
  /// it.
  bool remove(const EventId& id) {
    if (!waiting_.empty()) merge();
    const auto found = std::ranges::lower_bound(entries_, id, {}, &Entry::id);
    if (found == entries_.end() || found->id != id) return false;
    const std::uint64_t before =
        found == entries_.begin() ? history_before_ : std::ranges::prev(found)->history;
    const std::uint64_t hash = found->history - before;
    for (auto later = entries_.erase(found); later != entries_.end(); ++later) later->history -= hash;
    return true;
  }

  [[nodiscard]] bool contains(const EventId& id) const { return waiting_.contains(id) || among_entries(id); }
  [[nodiscard]] std::size_t size() const { return entries_.size() + waiting_.size(); }

  // What these return is valid until the next insert(), remove() or fold().

  /// All events in order.
  [[nodiscard]] std::span<const Entry> all() const {
    if (!waiting_.empty()) merge();
    return entries_;
  }
  /// Those due at `first` or later.
  [[nodiscard]] std::span<const Entry> from(Tick first) const { return all().subspan(count_before(first)); }
  /// How many are due before `tick`: the index in all() of the first that is not.
  [[nodiscard]] std::size_t count_before(Tick tick) const {
    const auto entries = all();
    const auto due =
        std::ranges::lower_bound(entries, tick, {}, [](const Entry& entry) { return entry.id.tick; });
    return static_cast<std::size_t>(due - entries.begin());
  }
  /// The fingerprint of all events up to and including `tick`.
  [[nodiscard]] std::uint64_t history(Tick tick) const { return history_of_first(count_before(tick + 1)); }
  /// The same for the first `count` of all().
  [[nodiscard]] std::uint64_t history_of_first(std::size_t count) const {
    require(count <= all().size(), "a history is asked for events that exist");
    return count == 0 ? history_before_ : entries_[count - 1].history;
  }

  /// Forgets the events up to and including `tick`; their history stays. Returns how many they were.
  std::size_t fold(Tick tick) {
    const std::size_t count = count_before(tick + 1);
    history_before_ = history_of_first(count);
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }

 private:
  struct Waiting {
    Payload payload;
    std::uint64_t hash;
  };

  [[nodiscard]] std::uint64_t last_history() const {
    return entries_.empty() ? history_before_ : entries_.back().history;
  }

  [[nodiscard]] bool among_entries(const EventId& id) const {
    return std::ranges::binary_search(entries_, id, {}, &Entry::id);
  }

  std::uint64_t hash_of(const EventId& id, const Payload& payload) {
    scratch_.clear();
    encode(id, scratch_);
    encode(payload, scratch_);
    return hash_bytes(scratch_);
  }

  // From the back: each entry moves at most once, and the pass ends when the earliest that waits is in place.
  void merge() const {
    std::uint64_t unplaced = 0;  // the sum of the hashes of what still waits
    for (const auto& [id, waiting] : waiting_) unplaced += waiting.hash;
    std::size_t left = entries_.size();
    std::size_t place = left + waiting_.size();
    entries_.resize(place);
    for (auto next = waiting_.rbegin(); next != waiting_.rend(); ++next) {
      while (left > 0 && next->first < entries_[left - 1].id) {
        Entry& moved = entries_[--place] = std::move(entries_[left - 1]);
        moved.history += unplaced;
        --left;
      }
      const std::uint64_t before = left == 0 ? history_before_ : entries_[left - 1].history;
      entries_[--place] = {next->first, std::move(next->second.payload), before + unplaced};
      unplaced -= next->second.hash;
    }
    waiting_.clear();
  }

  // Merging changes how the events are kept, not which they are, so reading may do it. What waits is always
  // before the last entry, hence an event after the last entry is new.
  mutable std::vector<Entry> entries_;          // sorted by id
  mutable std::map<EventId, Waiting> waiting_;  // not yet in entries_
  std::uint64_t history_before_;
  Bytes scratch_;
};

}  // namespace tutti::symmetric
