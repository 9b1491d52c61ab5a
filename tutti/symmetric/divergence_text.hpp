// What a divergence is, in words, for whoever looks for the fault of the application.
//
// There are two parts, since the first is known at once and must not be lost if the second never comes: the
// first bad tick and the events before it; and, when the other peer has shown its pages (page_exchange.hpp),
// which of them differ and the fields with both values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "tutti/symmetric/comparison.hpp"
#include "tutti/symmetric/differing_fields.hpp"
#include "tutti/symmetric/event.hpp"
#include "tutti/symmetric/page_exchange.hpp"
#include "tutti/symmetric/time_machine.hpp"
#include "tutti/wire/text_form.hpp"

namespace tutti::symmetric {

/// An event of a timeline on one line: time, tick, origin, number, and what it says.
template <typename App>
[[nodiscard]] std::string event_line(const typename TimeMachine<App>::Events::Entry& entry) {
  const auto& id = entry.id;
  return fmt::format("{:>12.3f} s  tick {:>8}  {} #{:<5} {}",
                     static_cast<double>(id.tick.value()) / ticks_per_second<App>(), id.tick.value(),
                     id.origin.peer.brief(), id.sequence.value(), text_form(entry.payload));
}

/// The last of those in the second that ends with the first bad tick.
inline constexpr std::size_t events_told_max = 64;

/// The first part, in whole lines: what is known at once.
template <typename App>
[[nodiscard]] std::string divergence_text(const Divergence& divergence, PeerId self,
                                          const TimeMachine<App>& machine) {
  constexpr std::int64_t second = ticks_per_second<App>();
  const Tick bad = divergence.first_bad_tick;
  const auto& timeline = machine.timeline();
  const auto first = timeline.count_before(bad - second + 1);
  const auto events = timeline.all().subspan(first, timeline.count_before(bad + 1) - first);
  auto text = fmt::format(
      "{} {}: the states of two peers differ though their events are the same.\n"
      "first bad tick: {} ({:.3f} s)\n"
      "  here, at {}: state {:016x}\n"
      "  there, at {}: state {:016x}\n"
      "events of the second that ends with it: {}\n",
      App::name, App::version, bad.value(), static_cast<double>(bad.value()) / second, self.text(),
      divergence.ours.state_hash, divergence.peer.text(), divergence.theirs.state_hash, events.size());
  const auto told = events.last(std::min(events.size(), events_told_max));
  if (told.size() < events.size()) text += fmt::format("  the last {}:\n", told.size());
  for (const auto& entry : told) text += event_line<App>(entry) + "\n";
  return text;
}

/// Which bytes of two states differ, as far as it is known; whole lines.
[[nodiscard]] std::string pages_text(const StateDifference& difference);
/// "number (int): 3 here, 4 there"
[[nodiscard]] std::string field_text(const FieldDifference& field);

/// The second part, in whole lines: what the other has shown, if it has.
template <typename App>
[[nodiscard]] std::string difference_text(const std::optional<StateDifference>& difference) {
  if (!difference) return "the other peer has not shown its state\n";
  auto text = pages_text(*difference);
  const auto fields = differing_fields<App>(difference->ours, difference->their_state());
  if (!fields.empty()) text += "fields that differ:\n";
  for (const auto& field : fields) text += fmt::format("  {}\n", field_text(field));
  if (fields.size() == field_differences_max) text += "  maybe more\n";
  return text;
}
/// The same in short, on one line: the first field that differs, or how many pages do.
template <typename App>
[[nodiscard]] std::string difference_line(const std::optional<StateDifference>& difference) {
  if (!difference) return "the other peer has not shown its state";
  const auto fields = differing_fields<App>(difference->ours, difference->their_state());
  if (fields.empty()) return fmt::format("{} pages of their states differ", difference->pages.size());
  return fmt::format("of their states differs {}{}", field_text(fields.front()),
                     fields.size() > 1 ? fmt::format(", and {} more", fields.size() - 1) : "");
}

}  // namespace tutti::symmetric
