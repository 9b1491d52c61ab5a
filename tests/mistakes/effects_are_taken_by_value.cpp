// says: the application needs static void tick(State&), which changes its argument
#include <cstdint>
#include <string_view>
#include <variant>

#include "tutti/symmetric/time_machine.hpp"

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
  struct Beep {};
  using Effect = std::variant<Beep>;
  static void start(State&) {}
  static void tick(State state, tutti::symmetric::Effects<Effect>&) { ++state.count; }
  static void apply(State& state, tutti::PeerId, const Event& event) {
    state.count += std::get<Add>(event).number;
  }
};

tutti::symmetric::TimeMachine<Counter> machine;
