// says: the View's tone must be static std::optional<Tone> tone(const Effect&)
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tutti/play/view_check.hpp"
#include "tutti/symmetric/application.hpp"

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
  struct Ring {
    std::int32_t loudness = 0;
  };
  using Effect = std::variant<Ring>;
  static void start(State&) {}
  static void tick(State& state, tutti::symmetric::Effects<Effect>& effects) {
    if (++state.count % 50 == 0) effects.emit(Ring{7});
  }
  static void apply(State& state, tutti::PeerId, const Event& event) {
    state.count += std::get<Add>(event).number;
  }
};

struct CounterView {
  static std::optional<Counter::Event> key(const Counter::State&, tutti::play::Key) {
    return Counter::Add{1};
  }
  static void draw(tutti::play::Canvas&, const Counter::State&) {}
  static int tone(const Counter::Effect&) { return 440; }
};

static_assert(tutti::play::check_view<CounterView, Counter>());
