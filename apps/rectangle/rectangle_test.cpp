#include <type_traits>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "rectangle_view.hpp"
#include "tutti/play/effect_stage.hpp"
#include "tutti/play/screen.hpp"
#include "tutti/play/view.hpp"
#include "tutti/wire/codec.hpp"

namespace {

using tutti::PeerId;
using tutti::play::Key;

static_assert(std::is_trivially_copyable_v<Rectangle::State>);
static_assert(std::has_unique_object_representations_v<Rectangle::State>, "equal states have equal bytes");
static_assert(tutti::play::View<RectangleView, Rectangle>);
static_assert(tutti::play::SoundingView<RectangleView, Rectangle>);

Rectangle::State started() {
  Rectangle::State state{};
  Rectangle::start(state);
  return state;
}

/// Whether it bounced.
bool tick(Rectangle::State& state) {
  tutti::symmetric::Effects<Rectangle::Effect> effects;
  Rectangle::tick(state, effects);
  return !effects.take().empty();
}

PeerId peer(std::uint8_t number) {
  PeerId id;
  id.bytes.fill(number);
  return id;
}

Rectangle::State pressed(Rectangle::State state, Key key, PeerId who = peer(1)) {
  if (const auto event = RectangleView::key(state, key)) Rectangle::apply(state, who, *event);
  return state;
}

bool inside(const Rectangle::State& state) {
  return state.x >= 0 && state.y >= 0 && state.x + Rectangle::width <= Rectangle::field_width &&
         state.y + Rectangle::height <= Rectangle::field_height;
}

TEST(Rectangle, rests_until_somebody_turns_it) {
  auto state = started();
  const auto before = state;
  tick(state);
  EXPECT_EQ(state.x, before.x);
  state = pressed(state, Key::left, peer(7));
  tick(state);
  EXPECT_EQ(state.x, before.x - Rectangle::velocity);
  EXPECT_EQ(state.y, before.y);
  EXPECT_EQ(state.last, peer(7));
}

TEST(Rectangle, stands_still_while_paused_and_goes_on_as_before) {
  auto state = pressed(pressed(started(), Key::down), Key::space);
  const auto y = state.y;
  tick(state);
  EXPECT_EQ(state.y, y);
  state = pressed(state, Key::space);
  tick(state);
  EXPECT_EQ(state.y, y + Rectangle::velocity);
}

TEST(Rectangle, comes_back_from_a_wall_with_a_sound) {
  auto state = pressed(started(), Key::right);
  int bounces = 0;
  for (int ticks = 0; ticks < 120; ++ticks) {
    const auto direction = state.dx;
    const bool bounced = tick(state);
    EXPECT_EQ(bounced, state.dx != direction);
    bounces += bounced ? 1 : 0;
  }
  EXPECT_EQ(bounces, 1);
  EXPECT_EQ(state.dx, -1);
  EXPECT_TRUE(inside(state));
}

RC_GTEST_PROP(Rectangle, stays_in_its_field_whatever_any_peer_sends,
              (const std::vector<std::pair<int, int>>& turns)) {
  auto state = started();
  for (const auto& [dx, dy] : turns) {
    Rectangle::apply(state, peer(1), Rectangle::Turn{dx, dy});
    Rectangle::apply(state, peer(2), Rectangle::Turn{dx % 2, dy % 2});
    for (int ticks = 0; ticks < 50; ++ticks) {
      tick(state);
      RC_ASSERT(inside(state));
    }
  }
}

TEST(Rectangle, ignores_turns_that_are_no_direction) {
  auto state = pressed(started(), Key::up);
  for (const auto& turn : {Rectangle::Turn{2, 0}, {1, 1}, {0, 0}, {-2147483647 - 1, 0}})
    Rectangle::apply(state, peer(3), turn);
  EXPECT_EQ(state.dy, -1);
  EXPECT_EQ(state.last, peer(1));
}

TEST(Rectangle, events_travel) {
  const Rectangle::Event event = Rectangle::Turn{0, -1};
  const auto back = tutti::decode<Rectangle::Event>(tutti::encode(event));
  ASSERT_TRUE(back);
  ASSERT_TRUE(std::holds_alternative<Rectangle::Turn>(*back));
  EXPECT_EQ(std::get<Rectangle::Turn>(*back).dy, -1);
}

TEST(RectangleView, draws_every_state) {
  tutti::play::ScreenOptions options;
  options.headless = true;
  const auto screen = tutti::play::Screen::open(options);
  ASSERT_TRUE(screen) << screen.error();
  auto state = started();
  for (const auto key : {Key::left, Key::up, Key::right, Key::down, Key::space}) {
    state = pressed(state, key);
    RectangleView::draw((*screen)->canvas(), state);
    EXPECT_TRUE((*screen)->present());
  }
}

}  // namespace
