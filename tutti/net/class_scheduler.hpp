// Which priority class sends next. High goes first: a person waits for it. Medium follows, and takes turns
// with high once it has waited long, so that an overlay is kept up however busy its users are. Low goes when
// nothing else waits, and is never promoted.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "tutti/base/ids.hpp"
#include "tutti/base/time.hpp"

namespace tutti {

class ClassScheduler {
 public:
  /// For each class, since when the oldest of what it may send waits.
  using Waiting = std::array<std::optional<TimePoint>, priority_count>;

  /// Medium takes turns after waiting for `aging`.
  explicit ClassScheduler(Duration aging) : aging_(aging) {}

  /// Nothing if nothing waits.
  [[nodiscard]] std::optional<Priority> next(const Waiting& waiting, TimePoint now) const {
    const auto& [high, medium, low] = waiting;
    const bool promoted = medium && now - *medium >= aging_;
    if (high && !(promoted && high_was_last_)) return Priority::high;
    if (medium) return Priority::medium;
    if (low) return Priority::low;
    return std::nullopt;
  }
  /// What was sent; turns are counted in this.
  void sent(Priority priority) { high_was_last_ = priority == Priority::high; }

 private:
  Duration aging_;
  bool high_was_last_ = false;
};

}  // namespace tutti
