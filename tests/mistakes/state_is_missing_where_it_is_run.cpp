// says: the application needs a State
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "tutti/play/run.hpp"

struct Counter {
  static constexpr std::string_view name = "counter";
  static constexpr std::uint32_t version = 1;
  struct Add {
    std::int64_t number = 0;
  };
  using Event = std::variant<Add>;
};

struct CounterView {};

int main(int argc, char** argv) {
  return tutti::play::run<Counter, CounterView>(argc, argv);
}
