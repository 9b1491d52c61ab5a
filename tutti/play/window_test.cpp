// A real window on a real X server, with keys and clicks from outside the process. CMake runs this program
// under a virtual X server of its own.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/play/beat_test_app.hpp"
#include "tutti/play/screen.hpp"
#include "tutti/play/sdl.hpp"
#include "tutti/play/traveller.hpp"

namespace tutti::play {
namespace {

constexpr int polls_max = 100;
constexpr Duration poll_wait = std::chrono::milliseconds(100);

/// Runs xdotool. The X server has what it did when this returns.
bool xdotool(const std::string& arguments) {
  return std::system((std::string(TUTTI_XDOTOOL) + " " + arguments).c_str()) == 0;
}

class Window : public testing::Test {
 protected:
  void SetUp() override { open({}); }

  void open(ScreenOptions options) {
    ASSERT_TRUE(std::getenv("DISPLAY")) << "this test runs under xvfb-run";
    options.title = "tutti window test";
    options.width = 320;
    options.height = 240;
    options.x = 100;
    options.y = 60;
    auto opened = Screen::open(options);
    ASSERT_TRUE(opened) << opened.error();
    screen_ = std::move(*opened);
    screen_->canvas().clear(palette::paper);
    ASSERT_TRUE(screen_->present());
    for (int polls = 0; polls < polls_max && !SDL_GetKeyboardFocus(); ++polls)
      EXPECT_TRUE(screen_->poll(poll_wait).empty());
    ASSERT_TRUE(SDL_GetKeyboardFocus()) << "the window never got the keyboard";
  }

  /// Polls until `wanted` inputs came; what came if they never do.
  std::vector<Input> inputs(std::size_t wanted) {
    std::vector<Input> all;
    for (int polls = 0; polls < polls_max && all.size() < wanted; ++polls)
      for (const auto& input : screen_->poll(poll_wait)) all.push_back(input);
    return all;
  }

  /// In its middle, of what was drawn last.
  Colour colour_of_window() {
    const TemporaryFolder folder;
    EXPECT_TRUE(screen_->canvas().save_png(folder / "window.png"));
    Sdl<SDL_Surface> image(IMG_Load((folder / "window.png").c_str()));
    if (image) image.reset(SDL_ConvertSurfaceFormat(image.get(), SDL_PIXELFORMAT_RGBA32, 0));
    if (!image) {
      ADD_FAILURE() << "no picture";
      return {};
    }
    const auto* pixel =
        static_cast<const std::uint8_t*>(image->pixels) + image->h / 2 * image->pitch + image->w / 2 * 4;
    EXPECT_TRUE(screen_->present());
    return {pixel[0], pixel[1], pixel[2], pixel[3]};
  }

  std::unique_ptr<Screen> screen_;
};

TEST_F(Window, receives_the_keys_that_are_pressed) {
  ASSERT_TRUE(xdotool("key Left space Return Prior a 7 Page_Down"));
  EXPECT_EQ(inputs(7), (std::vector<Input>{KeyPress{Key::left}, KeyPress{Key::space}, KeyPress{Key::enter},
                                           KeyPress{Key::page_up}, KeyPress{Key::a}, KeyPress{Key::digit_7},
                                           KeyPress{Key::page_down}}));
}

TEST_F(Window, gives_what_is_typed_as_text_after_its_keys_if_it_is_asked_for) {
  screen_.reset();
  open({.text = true});
  if (HasFatalFailure()) return;
  ASSERT_TRUE(xdotool("key A exclam Left"));
  EXPECT_EQ(inputs(5), (std::vector<Input>{KeyPress{Key::a}, Typed{"A"}, KeyPress{Key::digit_1}, Typed{"!"},
                                           KeyPress{Key::left}}));
}

TEST_F(Window, plays_the_past_backwards_while_minus_was_pressed_last_and_forwards_after_plus) {
  symmetric::TimeMachine<Beat> machine;
  machine.advance(symmetric::Tick(500), 500);
  Traveller<Beat> traveller;
  const auto press = [&](const std::string& key, TimePoint now) {
    ASSERT_TRUE(xdotool("key " + key));
    for (const auto& input : inputs(1)) traveller.press(std::get<KeyPress>(input).key, machine, now);
  };
  const auto picture = [&](TimePoint now) {
    traveller.arrive(machine, now);
    BeatView::draw(screen_->canvas(), traveller.state(machine));
    return colour_of_window();
  };
  // A tick lasts 20 ms.
  const TimePoint begin{};
  const Duration tick = std::chrono::milliseconds(20);
  press("minus", begin);
  for (int ticks = 1; ticks <= 60; ++ticks)
    ASSERT_EQ(picture(begin + ticks * tick), BeatView::colour_of(500 - static_cast<unsigned>(ticks)));
  press("plus", begin + 60 * tick);
  for (int ticks = 1; ticks <= 30; ++ticks)
    ASSERT_EQ(picture(begin + (60 + ticks) * tick), BeatView::colour_of(440 + static_cast<unsigned>(ticks)));
}

TEST_F(Window, stands_where_it_was_asked_to_and_receives_clicks_in_units_of_its_canvas) {
  ASSERT_TRUE(xdotool("mousemove 130 100 click 1"));
  EXPECT_EQ(inputs(2), (std::vector<Input>{Pointer{30, 40, true}, Pointer{30, 40, false}}));
}

TEST_F(Window, keeps_the_units_of_its_canvas_when_it_is_resized) {
  ASSERT_TRUE(xdotool("getwindowfocus windowsize 640 480"));
  const auto shot = std::filesystem::temp_directory_path() / fmt::format("tutti_window_{}.png", getpid());
  int width = 0;
  for (int polls = 0; polls < polls_max && width != 640; ++polls) {
    EXPECT_TRUE(screen_->poll(poll_wait).empty());
    screen_->canvas().fill({160, 0, 160, 240}, palette::accent);
    ASSERT_TRUE(screen_->canvas().save_png(shot));
    const Sdl<SDL_Surface> image(IMG_Load(shot.c_str()));
    ASSERT_TRUE(image);
    width = image->w;
  }
  std::filesystem::remove(shot);
  ASSERT_EQ(width, 640);
  ASSERT_TRUE(xdotool("mousemove 300 260 click 1"));
  EXPECT_EQ(inputs(2), (std::vector<Input>{Pointer{100, 100, true}, Pointer{100, 100, false}}));
  EXPECT_EQ(screen_->canvas().width(), 320);
}

TEST_F(Window, polls_at_once_when_nothing_was_done_and_no_wait_is_asked) {
  for (int polls = 0; polls < polls_max; ++polls) EXPECT_TRUE(screen_->poll().empty());
}

TEST_F(Window, is_the_only_one_of_its_process) {
  const auto second = Screen::open({});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), "this process has a window already, and a process has one");
}

TEST_F(Window, closes_and_can_be_opened_again) {
  screen_.reset();
  EXPECT_EQ(SDL_WasInit(SDL_INIT_VIDEO), 0u);
  SetUp();
  if (HasFatalFailure()) return;
  ASSERT_TRUE(xdotool("key Right"));
  EXPECT_EQ(inputs(1), (std::vector<Input>{KeyPress{Key::right}}));
}

}  // namespace
}  // namespace tutti::play
