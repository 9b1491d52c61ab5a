// Whether an application is what it must be: a function of its state and the event, and of nothing else.
//
// Every call of start(), tick() and apply() runs twice from the same image, in two memories at different
// addresses, with different rubbish on the stack and with their variables elsewhere on it and on the heap,
// and both must end with equal bytes. If the state lies in an arena, that of the second memory is shuffled
// before (memory/arena_layout.hpp), and laid out like the first one's to be compared. Once in a while a
// second's worth of ticks runs once more from the image before it, as after a late event. An application with
// save() and load() is also saved, loaded and saved again after every tick. So what shows is:
//
//   globals, clocks and random sources       the second call finds them changed
//   addresses, and orders that follow them   the other memory and the other variables are elsewhere
//   what is read or written beyond an end    in a shuffled arena something else lies there
//   bytes that nobody wrote                  the rubbish is another
//   caches outside the state                 they are those of the future when the past runs again
//   what save() forgets, or an order that load() changes
//   writes behind the containers' back       one memory looks for changes itself, the other is told
//
// A clock of whole seconds, or a race of threads, may stay unseen in a short run. What is free in an arena is
// zero on every peer, so it cannot be filled with rubbish here.
//
// An application can give its fields names for the report (differing_fields.hpp), and events that make sense
// for random runs:
//
//     static Event random_event(Random& random);
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tutti/base/random.hpp"
#include "tutti/memory/arena_layout.hpp"
#include "tutti/memory/image.hpp"
#include "tutti/symmetric/application.hpp"
#include "tutti/symmetric/differing_fields.hpp"
#include "tutti/symmetric/event.hpp"
#include "tutti/symmetric/image.hpp"
#include "tutti/symmetric/state_memory.hpp"
#include "tutti/symmetric/time_machine.hpp"
#include "tutti/symmetric/timeline.hpp"
#include "tutti/wire/random_value.hpp"
#include "tutti/wire/text_form.hpp"

namespace tutti::symmetric {

/// The first call that gave two results.
struct SelfTestFault {
  Tick tick;
  std::string what;  ///< a sentence that names the function
  std::vector<std::uint32_t> pages;
  std::vector<ByteRange> bytes;
  std::vector<std::string> fields;  ///< of State, as far as they can be told
};
/// Several lines for a person.
[[nodiscard]] std::string describe(const SelfTestFault& fault);

/// Leaves bytes of this value where the next call's variables will be.
void scribble_on_stack(std::uint8_t value);

/// While it lives, what is allocated lies elsewhere than it would have.
class HeapShift {
 public:
  HeapShift();
  HeapShift(const HeapShift&) = delete;
  HeapShift& operator=(const HeapShift&) = delete;
  ~HeapShift();

 private:
  std::array<void*, 64> taken_;  // a block of each small size: those that would be handed out next
};

/// Of an application, for `ticks` ticks: on average two a second, from four peers, as hostile as
/// random_value() or what the application says itself.
template <typename App>
[[nodiscard]] Timeline<typename App::Event> random_events(std::uint64_t seed, std::int64_t ticks) {
  Random random(seed);
  Timeline<typename App::Event> events;
  for (std::int64_t tick = 0; tick <= ticks; ++tick) {
    while (random.below(static_cast<std::uint64_t>(ticks_per_second<App>()) + 2) < 2) {
      EventId id{Tick(tick), {{}, 1}, Sequence(events.size() + 1)};
      id.origin.peer.bytes[0] = static_cast<std::uint8_t>(1 + random.below(4));
      auto event = [&] {
        if constexpr (requires { App::random_event(random); })
          return App::random_event(random);
        else
          return random_value<typename App::Event>(random);
      }();
      require(events.insert(id, std::move(event)), "every event has a number of its own");
    }
  }
  return events;
}

template <typename App>
class SelfTest {
  static_assert(check_application<App>());

 public:
  using State = App::State;
  using Event = App::Event;
  using Events = Timeline<Event>;
  using Foundation = TimeMachine<App>::Foundation;
  using Progress = std::function<void(Tick)>;

  /// A test of these events from the start of a session, or from a known past.
  explicit SelfTest(Events events, const std::optional<Foundation>& foundation = {})
      : events_(std::move(events)),
        memory_(foundation ? memory_of<App>(foundation->image, believing()) : started(0x5a)),
        other_(memory_.pool(), comparing()),
        tick_(foundation ? foundation->tick : Tick(0)),
        at_start_(!foundation) {
    if constexpr (in_arena)
      if (!memory_.layout()) found("start() left a container whose parts do not fit together");
    if (!foundation) {
      auto again = started(0xa5);
      examine("start() gave two different states", memory_.image(), again.image());
    }
  }

  /// Goes on to `last`, or to the first fault. Tells `progress` once a while.
  std::optional<SelfTestFault> run(Tick last, const Progress& progress = {}) {
    const auto events = events_.all();
    std::size_t next = at_start_ ? 0 : events_.count_before(tick_ + 1);
    begin_stretch(next);
    for (; !fault_ && (at_start_ || tick_ < last); at_start_ = false) {
      if (!at_start_) {
        ++tick_;
        memory_.tidy();
        twice([](State& state) { tick(state); }, "tick()");
      }
      for (; !fault_ && next < events.size() && events[next].id.tick <= tick_; ++next) {
        const auto& event = events[next];
        twice([&](State& state) { apply(state, event); },
              [&] {
                return fmt::format("apply() of {} by {} (number {})", text_form(event.payload),
                                   event.id.origin.peer.brief(), event.id.sequence.value());
              });
      }
      if (!fault_) save_and_load();
      stretch_hashes_.push_back(memory_.image().hash());
      if (static_cast<std::int64_t>(stretch_hashes_.size()) == stretch_ticks || tick_ >= last) {
        if (!fault_) run_stretch_again();
        begin_stretch(next);
        if (progress) progress(tick_);
      }
    }
    return fault_;
  }

 private:
  static constexpr std::int64_t stretch_ticks = ticks_per_second<App>();
  static constexpr bool in_arena = std::same_as<StateMemory<App>, ArenaMemory<App>>;

  // What containers say of what they write is believed in one memory and not in the other.
  static memory::PagedMemoryOptions believing() {
    memory::PagedMemoryOptions options;
    if constexpr (in_arena) options = {.tracking = memory::Tracking::marks, .plain_copy_bytes_max = 0};
    return options;
  }
  static memory::PagedMemoryOptions comparing() {
    // An odd number: what depends on whether its page is even is found.
    return {.tracking = memory::Tracking::comparison, .plain_copy_bytes_max = 0, .pages_around = 0x155};
  }

  static StateMemory<App> started(std::uint8_t rubbish) {
    scribble_on_stack(rubbish);
    return started_memory<App>(believing());
  }

  static void tick(State& state) {
    Effects<EffectOf<App>> effects;
    run_tick<App>(state, effects);
  }
  static void apply(State& state, const Events::Entry& event) {
    Effects<EffectOf<App>> effects;
    run_apply<App>(state, event.id.origin.peer, event.payload, effects);
  }

  // Deep enough for the application's variables to lie in the rubbish, not where the function that left it
  // had its own. Calls nothing else before, which would leave traces.
  template <std::size_t depth, typename Call>
  [[gnu::noinline]] static void run_deeper(State& state, const Call& call) {
    std::array<std::uint8_t, depth> room;
    asm volatile("" : : "r"(&room) : "memory");  // so that it is not optimized away
    call(state);
  }
  template <typename Call>
  void run_here(std::uint8_t rubbish, const Call& call) {
    memory_.run([&](State& state) {
      scribble_on_stack(rubbish);
      run_deeper<2048>(state, call);
    });
  }
  // In the other memory. The depths differ from the one above by numbers that have, together, each bit that
  // tells one small address from another.
  template <typename Call>
  void run_elsewhere(std::uint8_t rubbish, const Call& call) {
    const HeapShift shift;
    deepest_ = !deepest_;
    other_.run([&](State& state) {
      scribble_on_stack(rubbish);
      if (deepest_)
        run_deeper<2048 + 0x2ab0>(state, call);
      else
        run_deeper<2048 + 0x1550>(state, call);
    });
  }

  // `name` is the function's, or makes it.
  template <typename Call, typename Name>
  void twice(const Call& call, const Name& name) {
    other_.restore(memory_.image());
    shuffle();
    run_here(0x5a, call);
    run_elsewhere(0xa5, call);
    if (fault_) return;
    const auto image = memory_.image();
    const auto others = others_image();
    if (others && others->hash() == image.hash()) return;
    std::string what;
    if constexpr (std::invocable<Name>)
      what = name();
    else
      what = name;
    if (others)
      found(std::move(what) + " gave two different states from the same one", image, *others);
    else
      found(std::move(what) + " wrote over a container: its parts do not fit together any more");
  }

  void shuffle() {
    if constexpr (in_arena) {
      const auto layout = other_.layout();
      require(layout.has_value(), "what was found whole after the last call still is");
      other_.restore(layout->shuffled(order_, other_.pool()));
    }
  }
  // Laid out like the memory that was not shuffled; nothing if one of them cannot be told how it is laid out.
  std::optional<memory::Image> others_image() {
    if constexpr (in_arena) {
      const auto layout = memory_.layout();
      const auto others = other_.layout();
      if (!layout || !others) return std::nullopt;
      return others->like(*layout, other_.pool());
    } else {
      return other_.image();
    }
  }

  void save_and_load() {
    if constexpr (rules::has_save_and_load<App>) {
      const auto saved = memory_.image();
      other_.restore(saved);
      examine("save() after load() wrote other bytes than load() was given", saved, other_.image());
    }
  }

  void begin_stretch(std::size_t next) {
    stretch_image_ = memory_.image();
    stretch_begin_ = tick_;
    stretch_events_ = next;
    stretch_hashes_.clear();
  }
  // The stretch begins after the tick it began at; at tick 0, before the events of that.
  void run_stretch_again() {
    const auto events = events_.all();
    std::size_t next = stretch_events_;
    Tick at = tick_ - static_cast<std::int64_t>(stretch_hashes_.size()) + 1;
    other_.restore(stretch_image_);
    for (const auto hash : stretch_hashes_) {
      if (at != Tick(0)) {
        other_.tidy();
        run_elsewhere(0x3c, [](State& state) { tick(state); });
      }
      for (; next < events.size() && events[next].id.tick <= at; ++next)
        run_elsewhere(0x3c, [&](State& state) { apply(state, events[next]); });
      if (other_.image().hash() != hash) {
        tick_ = at;
        found(
            fmt::format("the ticks from {} on gave another state when they ran again later: the application "
                        "remembers something outside its state",
                        stretch_begin_.value()));
        return;
      }
      ++at;
    }
  }

  void examine(std::string_view what, const memory::Image& one, const memory::Image& other) {
    if (!fault_ && one.hash() != other.hash()) found(std::string(what), one, other);
  }
  void found(std::string what, const memory::Image& one, const memory::Image& other) {
    std::vector<std::string> fields;
    for (auto& difference : differing_fields<App>(one, bytes_of(other)))
      fields.push_back(std::move(difference.field));
    fault_ = SelfTestFault{tick_, std::move(what), memory::differing_pages(one, other),
                           differing_ranges(one, other), std::move(fields)};
  }
  void found(std::string what) { fault_ = SelfTestFault{tick_, std::move(what), {}, {}, {}}; }

  Events events_;
  StateMemory<App> memory_;
  StateMemory<App> other_;
  Random order_{1};  // of the blocks in a shuffled arena
  bool deepest_ = false;
  Tick tick_;
  bool at_start_;  // the events of tick 0 are still to be applied
  std::optional<SelfTestFault> fault_;
  memory::Image stretch_image_;
  Tick stretch_begin_;
  std::size_t stretch_events_ = 0;
  std::vector<std::uint64_t> stretch_hashes_;  // of the state after each tick since
};

}  // namespace tutti::symmetric
