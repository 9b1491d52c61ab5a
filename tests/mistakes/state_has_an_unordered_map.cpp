// says: a State cannot hold Part, an unordered container, whose order differs from peer to peer: use
// arena::Map
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "tutti/symmetric/time_machine.hpp"

struct Counter {
  static constexpr std::string_view name = "counter";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::int64_t count;
    std::unordered_map<int, int> scores;
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

tutti::symmetric::TimeMachine<Counter> machine;
