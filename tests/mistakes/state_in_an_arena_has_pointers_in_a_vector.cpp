// says: a State cannot hold Part, a pointer or a union, whose bytes would differ
// pointers
#include <cstdint>
#include <string_view>
#include <variant>

#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/time_machine.hpp"

struct Counter {
  static constexpr std::string_view name = "counter";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::int64_t count = 0;
    tutti::arena::Vector<int*> numbers;
  };
  struct Add {
    std::int64_t number = 0;
  };
  using Event = std::variant<Add>;
  static void start(State&) {}
  static void tick(State& state) { state.numbers.push_back(nullptr); }
  static void apply(State& state, tutti::PeerId, const Event& event) {
    state.count += std::get<Add>(event).number;
  }
};

tutti::symmetric::TimeMachine<Counter> machine;
