// says: nothing, for an aggregate with containers of tutti::arena is a state
#include <cstdint>
#include <string_view>
#include <variant>

#include "tutti/base/random.hpp"
#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/time_machine.hpp"
#include "tutti/symmetric/timers.hpp"

struct Counter {
  static constexpr std::string_view name = "counter";
  static constexpr std::uint32_t version = 1;
  struct Player {
    tutti::arena::String name;
    tutti::arena::Vector<std::uint32_t> scores;
    double height = 1;
  };
  struct State {
    std::int64_t count = 0;
    tutti::arena::Vector<Player> players;
    tutti::arena::Map<std::uint64_t, tutti::arena::String> notes;
    tutti::arena::FlatMap<tutti::arena::String, std::int64_t> marks;
    tutti::symmetric::Timers<std::uint64_t, 4> timers;
    tutti::Random dice{7};
  };
  static constexpr std::size_t state_bytes_max = 1 << 20;
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
