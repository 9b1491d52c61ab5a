// says: nothing, for a state with save() and load() may be anything
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "tutti/symmetric/time_machine.hpp"

struct Counter {
  static constexpr std::string_view name = "counter";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::int64_t count = 0;
    std::string title;
  };
  static void save(const State& state, tutti::Bytes& out) {
    out.assign(state.title.begin(), state.title.end());
  }
  static bool load(State& state, tutti::ByteView bytes) {
    state.title.assign(bytes.begin(), bytes.end());
    return true;
  }
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
