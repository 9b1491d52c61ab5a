// says: a State cannot hold Part, a string or container of the standard library
// pointers
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/time_machine.hpp"

struct Counter {
  static constexpr std::string_view name = "counter";
  static constexpr std::uint32_t version = 1;
  struct Player {
    std::string text;
    std::int64_t score = 0;
  };
  struct State {
    std::int64_t count = 0;
    tutti::arena::Map<std::uint64_t, Player> players;
  };
  struct Add {
    std::int64_t number = 0;
  };
  using Event = std::variant<Add>;
  static void start(State&) {}
  static void tick(State& state) { state.players[7].score = 1; }
  static void apply(State& state, tutti::PeerId, const Event& event) {
    state.count += std::get<Add>(event).number;
  }
};

tutti::symmetric::TimeMachine<Counter> machine;
