// says: the View's text must be static std::optional<Event> text(const State&, std::string_view)
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "tutti/play/view_check.hpp"

struct Counter {
  static constexpr std::string_view name = "counter";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::int64_t count;
  };
  struct Add {
    std::int64_t number = 0;
  };
  using Event = std::variant<Add>;
  static void start(State&) {}
  static void tick(State& state) { ++state.count; }
  static void apply(State& state, tutti::PeerId, const Event& event) {
    state.count += std::get<Add>(event).number;
  }
};

struct CounterView {
  static std::optional<Counter::Event> key(const Counter::State&, tutti::play::Key) {
    return Counter::Add{1};
  }
  static void draw(tutti::play::Canvas&, const Counter::State&) {}
  static std::optional<Counter::Event> text(const Counter::State&, tutti::play::Key) {
    return Counter::Add{2};
  }
};

static_assert(tutti::play::check_view<CounterView, Counter>());
