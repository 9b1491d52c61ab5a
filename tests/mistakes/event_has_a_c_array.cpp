// says: Part cannot travel: it has a C array: use std::array
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
    char text[16];
  };
  using Event = std::variant<Add>;
  static void start(State&) {}
  static void tick(State& state) { ++state.count; }
  static void apply(State& state, tutti::PeerId, const Event& event) {
    state.count += std::get<Add>(event).number;
  }
};

tutti::symmetric::TimeMachine<Counter> machine;
