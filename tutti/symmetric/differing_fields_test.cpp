#include "tutti/symmetric/differing_fields.hpp"

#include <array>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/image.hpp"

namespace tutti::symmetric {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::StartsWith;

struct Basics {
  static constexpr std::string_view name = "table";
  static constexpr std::uint32_t version = 1;
  using Event = std::variant<std::uint32_t>;
};

struct Ball {
  std::int32_t x = 0;
  std::int32_t y = 0;
};
enum class Phase : std::uint8_t { serving, playing };

struct Table : Basics {
  struct State {
    std::array<Ball, 3> balls{};
    std::array<std::int64_t, 4> scores{};
    PeerId turn;
    bool over = false;
    Phase phase{};
    std::uint16_t round = 0;
    std::uint32_t spare = 0;
  };
  static constexpr std::array<std::string_view, 7> field_names{"balls", "scores", "turn", "over",
                                                               "phase", "round",  "spare"};
  static void start(State& state) { state.scores = {1, 2, 3, 4}; }
  static void tick(State&) {}
  static void apply(State& state, PeerId, const Event& event) { state.round += std::get<0>(event) != 0; }
};
struct Unnamed : Basics {
  using State = Table::State;
  static void start(State&) {}
  static void tick(State& state) { ++state.round; }
  static void apply(State&, PeerId, const Event&) {}
};
struct Notes : Basics {
  struct State {
    std::uint64_t pokes = 7;
    arena::Vector<std::uint64_t> numbers;
  };
  static void start(State& state) { state.numbers.push_back(1); }
  static void tick(State& state) { state.numbers.push_back(2); }
  static void apply(State& state, PeerId, const Event&) { ++state.pokes; }
};

/// Of a field: what it is called, and the two values.
auto is(const std::string& field, const std::string& one, const std::string& other) {
  return AllOf(Field(&FieldDifference::field, StartsWith(field + " (")), Field(&FieldDifference::one, one),
               Field(&FieldDifference::other, other));
}

/// The started state of `App`, and its bytes to be changed.
template <typename App>
struct Changed {
  memory::Image image = started_memory<App>().image();
  Bytes other = bytes_of(image);
  typename App::State& state() {
    return *reinterpret_cast<App::State*>(other.data() + StateMemory<App>::state_offset);
  }
  [[nodiscard]] std::vector<FieldDifference> found() const { return differing_fields<App>(image, other); }
};

TEST(DifferingFields, are_told_with_their_names_and_both_values) {
  Changed<Table> changed;
  EXPECT_THAT(changed.found(), IsEmpty());
  changed.state().balls[2].y = 0x11223344;
  changed.state().scores[1] = -5;
  changed.state().turn = PeerId{{0xab}};
  changed.state().phase = Phase::playing;
  changed.state().round = 9;
  EXPECT_THAT(changed.found(),
              ElementsAre(is("balls[2]", "0x00000000 at its byte 4", "0x44332211 at its byte 4"),
                          is("scores[1]", "2", "-5"), is("turn", "00000000", "ab000000"),
                          is("phase", "0", "1"), is("round", "0", "9")));
}

TEST(DifferingFields, of_bytes_that_are_no_value_are_told_as_bytes) {
  Changed<Table> changed;
  const auto over = static_cast<std::ptrdiff_t>(offsetof(Table::State, over));
  *(changed.other.begin() + over) = 0x77;
  EXPECT_THAT(changed.found(), ElementsAre(is("over", "false", "0x77")));
}

TEST(DifferingFields, of_plain_states_are_told_only_if_they_have_names) {
  Changed<Unnamed> changed;
  changed.state().round = 9;
  EXPECT_THAT(changed.found(), IsEmpty());
}

TEST(DifferingFields, of_arenas_states_are_told_and_containers_without_values) {
  Changed<Notes> changed;
  changed.state().pokes = 8;
  EXPECT_THAT(changed.found(), ElementsAre(is("field 1", "7", "8")));
  auto grown = started_memory<Notes>();
  grown.run([](Notes::State& state) { Notes::tick(state); });
  changed.other = bytes_of(grown.image());
  EXPECT_THAT(changed.found(), ElementsAre(is("field 2", "", "")));
}

TEST(DifferingFields, are_looked_for_only_where_the_other_has_bytes) {
  Changed<Table> changed;
  changed.state().balls[0].x = 1;
  changed.state().scores = {5, 6, 7, 8};
  const Bytes whole = changed.other;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const auto found = differing_fields<Table>(changed.image, ByteView(whole).first(size));
    EXPECT_EQ(found.size(),
              (size >= 8 ? 1 : 0) + (size < 24 ? 0 : std::min<std::size_t>((size - 24) / 8, 4)));
  }
}

struct Many : Basics {
  struct State {
    std::array<std::uint64_t, 100> words{};
  };
  static constexpr std::array<std::string_view, 1> field_names{"words"};
  static void start(State&) {}
  static void tick(State& state) { ++state.words[0]; }
  static void apply(State&, PeerId, const Event&) {}
};
TEST(DifferingFields, are_at_most_sixteen) {
  const auto image = started_memory<Many>().image();
  const auto found = differing_fields<Many>(image, Bytes(800, 1));
  EXPECT_EQ(found.size(), field_differences_max);
  EXPECT_THAT(found.back(), is("words[15]", "0", std::to_string(0x0101010101010101)));
}

TEST(DifferingRanges, are_described_as_people_count_and_cut_off) {
  EXPECT_EQ(describe(std::vector<ByteRange>{{8, 12}, {20, 21}}), "8-11, 20");
  EXPECT_EQ(describe(std::vector<ByteRange>(byte_ranges_max, {1, 2})), "1, 1, 1, 1, 1, 1, 1, 1, maybe more");
  EXPECT_EQ(describe_pages({0, 3}), "0, 3");
  EXPECT_EQ(describe_pages({0, 1, 2, 3, 4, 5, 6, 7, 8}), "0, 1, 2, 3, 4, 5, 6, 7, more");
}

}  // namespace
}  // namespace tutti::symmetric
