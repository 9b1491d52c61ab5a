#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/play/contact_sheet.hpp"
#include "tutti/play/screen.hpp"
#include "tutti/play/sdl.hpp"
#include "tutti/play/sprite_cache.hpp"
#include "tutti/play/timeline_bar.hpp"
#include "tutti/play/view.hpp"
#include "tutti/play/view_check.hpp"

namespace tutti::play {
namespace {

namespace fs = std::filesystem;

/// A PNG file as somebody else's program reads it.
class Picture {
 public:
  explicit Picture(const fs::path& png) : surface_(IMG_Load(png.c_str())) {
    if (surface_) surface_.reset(SDL_ConvertSurfaceFormat(surface_.get(), SDL_PIXELFORMAT_RGBA32, 0));
  }
  [[nodiscard]] bool loaded() const { return surface_ != nullptr; }
  [[nodiscard]] int width() const { return surface_->w; }
  [[nodiscard]] int height() const { return surface_->h; }
  [[nodiscard]] Colour at(int x, int y) const {
    const auto* pixel = static_cast<const std::uint8_t*>(surface_->pixels) + y * surface_->pitch + 4 * x;
    return {pixel[0], pixel[1], pixel[2], pixel[3]};
  }
  /// Pixels of `area` that differ from `ground`.
  [[nodiscard]] int drawn(Rect area, Colour ground) const {
    int count = 0;
    for (int y = area.y; y < area.y + area.height; ++y)
      for (int x = area.x; x < area.x + area.width; ++x) count += at(x, y) != ground;
    return count;
  }

 private:
  Sdl<SDL_Surface> surface_;
};

constexpr Colour black = colour(0x000000);
constexpr Colour white = colour(0xffffff);
constexpr Colour red = colour(0xff0000);

std::unique_ptr<Screen> memory_screen(int width, int height) {
  ScreenOptions options;
  options.headless = true;
  options.width = width;
  options.height = height;
  auto screen = Screen::open(options);
  if (!screen) ADD_FAILURE() << screen.error();
  return screen ? std::move(*screen) : nullptr;
}

/// What `draw` leaves on a black canvas of 64 x 48.
Picture drawing(const std::function<void(Canvas&)>& draw) {
  const TemporaryFolder folder;
  const auto screen = memory_screen(64, 48);
  screen->canvas().clear(black);
  draw(screen->canvas());
  const auto saved = screen->canvas().save_png(folder / "drawing.png");
  if (!saved) ADD_FAILURE() << saved.error();
  return Picture(folder / "drawing.png");
}

TEST(Canvas, fills_a_rectangle_up_to_but_not_including_its_far_edges) {
  const auto picture = drawing([](Canvas& canvas) { canvas.fill({10, 5, 20, 8}, red); });
  EXPECT_EQ(picture.drawn({10, 5, 20, 8}, red), 0);
  EXPECT_EQ(picture.drawn({0, 0, 64, 48}, black), 20 * 8);
}

TEST(Canvas, mixes_a_translucent_colour_with_what_is_below) {
  const auto picture = drawing([](Canvas& canvas) {
    canvas.fill({0, 0, 64, 48}, white);
    canvas.fill({0, 0, 64, 48}, black.with_alpha(51), 12);
  });
  // A fifth of black on white, equally over the round corners' pieces and the middle.
  for (const auto& [x, y] : {std::pair{32, 24}, {6, 24}, {58, 24}, {8, 8}, {56, 40}})
    EXPECT_NEAR(picture.at(x, y).red, 204, 1) << x << ", " << y;
  EXPECT_EQ(picture.at(0, 0), white);
}

TEST(Canvas, draws_an_outline_inside_the_edges_and_nothing_within) {
  const auto picture = drawing([](Canvas& canvas) { canvas.outline({10, 10, 20, 20}, red, 0, 2); });
  EXPECT_EQ(picture.drawn({0, 0, 64, 48}, black), 20 * 20 - 16 * 16);
  EXPECT_EQ(picture.drawn({12, 12, 16, 16}, black), 0);
}

TEST(Canvas, draws_lines_from_end_to_end_in_every_direction) {
  const auto picture = drawing([](Canvas& canvas) {
    canvas.line(5, 5, 60, 5, red);
    canvas.line(5, 40, 5, 10, red);
    canvas.line(10, 10, 40, 40, red);
  });
  for (const auto& [x, y] : {std::pair{5, 5}, {60, 5}, {5, 40}, {5, 10}, {25, 25}, {39, 39}})
    EXPECT_GT(picture.at(x, y).red, 150) << x << ", " << y;
  EXPECT_EQ(picture.at(61, 5), black);
  EXPECT_EQ(picture.at(25, 30), black);
}

TEST(Canvas, draws_a_disc_full_and_a_circle_empty) {
  const auto picture = drawing([](Canvas& canvas) {
    canvas.disc(16, 24, 10, red);
    canvas.circle(48, 24, 10, red, 2);
  });
  EXPECT_EQ(picture.at(16, 24), red);
  EXPECT_EQ(picture.at(48, 24), black);
  for (const int x : {16, 48}) {
    EXPECT_GT(picture.at(x + 8, 24).red, 200);
    EXPECT_EQ(picture.at(x + 8, 16), black) << "a corner";
  }
}

TEST(Canvas, measures_text_as_wide_as_it_draws_it) {
  int width = 0;
  int height = 0;
  const auto picture = drawing([&](Canvas& canvas) {
    width = canvas.text_width(16, "tutti");
    height = canvas.text_height(16);
    canvas.text(8, 4, 16, "tutti", white);
  });
  EXPECT_GT(picture.drawn({8, 4, width, height}, black), 60);
  EXPECT_EQ(picture.drawn({0, 0, 64, 48}, black), picture.drawn({7, 4, width + 2, height}, black));
}

TEST(Canvas, aligns_text_at_its_end_and_its_middle) {
  const auto picture = drawing([](Canvas& canvas) {
    canvas.text(64, 0, 12, "end", white, Align::right);
    canvas.text(32, 24, 12, "mid", white, Align::centre);
  });
  EXPECT_EQ(picture.drawn({0, 0, 32, 20}, black), 0);
  const int left = picture.drawn({0, 24, 32, 24}, black);
  const int right = picture.drawn({32, 24, 32, 24}, black);
  EXPECT_GT(left, 10);
  EXPECT_GT(right, 10);
}

TEST(Canvas, confines_drawing_to_an_area_with_an_origin_of_its_own) {
  const auto picture = drawing([](Canvas& canvas) {
    canvas.within({10, 10, 20, 20}, [](Canvas& part) {
      EXPECT_EQ(part.width(), 20);
      part.fill({-5, -5, 100, 100}, red);
      part.within({15, 15, 50, 50}, [](Canvas& inner) {
        EXPECT_EQ(inner.width(), 5);
        inner.clear(white);
      });
    });
    canvas.fill({60, 0, 1, 1}, red);
  });
  EXPECT_EQ(picture.drawn({0, 0, 64, 48}, black), 20 * 20 + 1);
  EXPECT_EQ(picture.drawn({25, 25, 5, 5}, white), 0);
  EXPECT_EQ(picture.at(24, 24), red);
}

TEST(Canvas, says_where_a_picture_could_not_be_written) {
  const auto screen = memory_screen(8, 8);
  const auto saved = screen->canvas().save_png("/no/such/folder/picture.png");
  ASSERT_FALSE(saved);
  EXPECT_TRUE(saved.error().starts_with("/no/such/folder/picture.png: not written: ")) << saved.error();
}

TEST(Canvas, shows_the_beginning_of_a_text_that_is_too_long) {
  const auto screen = memory_screen(64, 48);
  auto& canvas = screen->canvas();
  const std::string endless(1'000'000, 'm');
  EXPECT_EQ(canvas.text_width(8, endless), canvas.text_width(8, endless.substr(0, text_bytes_max)));
  EXPECT_LE(canvas.text_width(text_size_max, endless), 4096);
  EXPECT_TRUE(screen->present());
}

RC_GTEST_PROP(Canvas, draws_any_bytes_as_text_at_any_size, (const std::string& bytes, int size)) {
  const auto screen = memory_screen(64, 48);
  screen->canvas().text(0, 0, size, bytes, white);
  RC_ASSERT(screen->canvas().text_width(size, bytes) >= 0);
  const auto shown = screen->present();
  RC_ASSERT(shown.has_value());
}

TEST(SpriteCache, forgets_who_was_used_least_recently_and_stays_within_its_budget) {
  const MemoryTarget target(8, 8);
  SpriteCache cache;
  const auto key = [](int size) { return SpriteKey{SpriteKey::Kind::disc, size}; };
  const auto sprite = [&target](int side) {
    return Sprite{Sdl<SDL_Texture>(SDL_CreateTexture(target.renderer.get(), SDL_PIXELFORMAT_ARGB8888,
                                                     SDL_TEXTUREACCESS_STATIC, 1, 1)),
                  side, side};
  };
  cache.put(key(1), sprite(1024));
  cache.put(key(2), sprite(1024));
  cache.put(key(3), sprite(1024));
  EXPECT_TRUE(cache.find(key(1)));
  cache.put(key(4), sprite(1024));
  EXPECT_TRUE(cache.find(key(1)));
  EXPECT_FALSE(cache.find(key(2)));
  EXPECT_LE(cache.pixels(), SpriteCache::pixels_max);
  for (int size = 10; size < 10'000; ++size) cache.put(key(size), sprite(1));
  EXPECT_LE(cache.size(), SpriteCache::pixels_max / SpriteCache::sprite_cost_least);
}

RC_GTEST_PROP(Key, comes_back_from_its_text, ()) {
  const auto key = static_cast<Key>(*rc::gen::inRange<std::size_t>(0, key_count));
  RC_ASSERT(*parse_key(text(key)) == key);
  RC_ASSERT(!symbol(key).empty());
}

TEST(Key, is_written_as_people_expect) {
  EXPECT_EQ(text(Key::left), "left");
  EXPECT_EQ(text(Key::enter), "return");
  EXPECT_EQ(text(Key::digit_7), "7");
  EXPECT_EQ(text(Key::z), "z");
  EXPECT_EQ(symbol(Key::up), "↑");
}

TEST(Key, is_quoted_when_it_is_none) {
  EXPECT_TRUE(parse_key("lleft").error().starts_with("'lleft' is no key"));
  EXPECT_FALSE(parse_key(""));
  EXPECT_FALSE(parse_key("A"));
}

TEST(HeadlessScreen, gives_injected_input_once_and_in_order) {
  const auto screen = memory_screen(64, 48);
  EXPECT_TRUE(screen->inject(KeyPress{Key::left}));
  EXPECT_TRUE(screen->inject(Pointer{3, 4, true}));
  EXPECT_TRUE(screen->inject(Quit{}));
  EXPECT_EQ(screen->poll(), (std::vector<Input>{KeyPress{Key::left}, Pointer{3, 4, true}, Quit{}}));
  EXPECT_TRUE(screen->poll(std::chrono::hours(1)).empty());
}

TEST(HeadlessScreen, refuses_input_beyond_its_limit) {
  const auto screen = memory_screen(64, 48);
  for (std::size_t i = 0; i < Screen::inputs_max; ++i) ASSERT_TRUE(screen->inject(KeyPress{Key::a}));
  EXPECT_FALSE(screen->inject(KeyPress{Key::b}));
  EXPECT_EQ(screen->poll().size(), Screen::inputs_max);
  EXPECT_TRUE(screen->inject(KeyPress{Key::b}));
}

TEST(Screen, says_which_sizes_there_are) {
  ScreenOptions options;
  options.headless = true;
  options.width = 0;
  EXPECT_EQ(Screen::open(options).error(), "a screen of 0 x 480: each side is from 1 to 8192");
}

void expect_no_display() {
  const auto screen = Screen::open({});
  ASSERT_FALSE(screen);
  EXPECT_TRUE(screen.error().starts_with("no display to open a window on")) << screen.error();
  EXPECT_TRUE(screen.error().ends_with("or with --headless")) << screen.error();
}

TEST(Screen, names_the_way_out_when_there_is_no_display) {
  // SDL reads these when a window is opened.
  ASSERT_EQ(unsetenv("WAYLAND_DISPLAY"), 0);
  ASSERT_EQ(setenv("DISPLAY", ":99999", 1), 0);
  ASSERT_EQ(setenv("SDL_VIDEODRIVER", "x11", 1), 0);
  expect_no_display();
}

TEST(Screen, opens_no_window_that_nobody_can_see) {
  for (const auto* driver : {"offscreen", "dummy"}) {
    ASSERT_EQ(setenv("SDL_VIDEODRIVER", driver, 1), 0);
    expect_no_display();
  }
}

struct Counter {
  struct State {
    int count;
  };
  using Event = std::variant<int, char>;
};
struct KeyView {
  static std::optional<Counter::Event> key(const Counter::State& state, Key key) {
    if (key == Key::space) return Counter::Event(state.count + 1);
    return std::nullopt;
  }
  static void draw(Canvas&, const Counter::State&) {}
};
struct MouseView : KeyView {
  static std::optional<Counter::Event> click(const Counter::State&, int x, int y) {
    return Counter::Event(100 * x + y);
  }
};

TEST(View, turns_keys_and_clicks_into_events) {
  const Counter::State state{4};
  const auto of = [&state](const Input& input) { return event_of<Counter, MouseView>(state, input, {}); };
  EXPECT_EQ(of(KeyPress{Key::space}), Counter::Event(5));
  EXPECT_EQ(of(Pointer{3, 7, true}), Counter::Event(307));
}

TEST(View, ignores_held_keys_releases_and_what_it_does_not_know) {
  const Counter::State state{4};
  const auto of = [&state](const Input& input) { return event_of<Counter, MouseView>(state, input, {}); };
  EXPECT_FALSE(of(KeyPress{Key::space, true}));
  EXPECT_FALSE(of(KeyPress{Key::a}));
  EXPECT_FALSE(of(Pointer{3, 7, false}));
  EXPECT_FALSE(of(Quit{}));
  EXPECT_FALSE(of(Typed{"a"})) << "a view without text";
  EXPECT_FALSE((event_of<Counter, KeyView>(state, Pointer{3, 7, true}, {}))) << "a view without clicks";
}

struct WritersView {
  static std::optional<Counter::Event> key(const Counter::State&, Key, const Company& company) {
    return Counter::Event(static_cast<int>(company.names.size()));
  }
  static std::optional<Counter::Event> text(const Counter::State&, std::string_view text,
                                            const Company& company) {
    if (company.self != PeerId{{7}}) return std::nullopt;
    return Counter::Event(text.front());
  }
  static std::optional<Counter::Event> click(const Counter::State&, int x, int, const Company& company) {
    return Counter::Event(x * (company.self ? 1 : -1));
  }
  static void draw(Canvas& canvas, const Counter::State&, const Company& company) {
    canvas.clear(company.self ? palette::accent : palette::danger);
  }
};
static_assert(check_view<KeyView, Counter>() && check_view<MouseView, Counter>() &&
              check_view<WritersView, Counter>());
static_assert(TextView<WritersView, Counter> && !TextView<MouseView, Counter>);

TEST(View, is_told_what_was_typed_and_who_is_there) {
  const Company company{.self = PeerId{{7}}, .names = {{PeerId{{7}}, "Ada"}, {PeerId{{9}}, "Bob"}}};
  const auto of = [&](const Input& input) { return event_of<Counter, WritersView>({}, input, company); };
  EXPECT_EQ(of(Typed{"Ä"}), Counter::Event("Ä"[0]));
  EXPECT_EQ(of(KeyPress{Key::a}), Counter::Event(2));
  EXPECT_EQ(of(Pointer{3, 7, true}), Counter::Event(3));
  EXPECT_FALSE((event_of<Counter, WritersView>({}, Typed{"a"}, {}))) << "nobody sits there";
}

TEST(Company, calls_by_their_ids_those_who_have_gone) {
  const Company company{.self = PeerId{{7}}, .names = {{PeerId{{7}}, "Ada"}}};
  EXPECT_EQ(company.name_of(PeerId{{7}}), "Ada");
  EXPECT_EQ(company.name_of(PeerId{{9}}), "09000000");
}

TEST(Key, writes_a_character_or_does_something) {
  for (const Key key : {Key::space, Key::comma, Key::minus, Key::slash, Key::digit_0, Key::a, Key::z})
    EXPECT_TRUE(writes(key)) << text(key);
  for (const Key key : {Key::left, Key::enter, Key::backspace, Key::tab, Key::home, Key::end, Key::page_up})
    EXPECT_FALSE(writes(key)) << text(key);
}

/// The bar of `view` below an empty application, on a canvas of 640 x 544.
Picture bar_of(const TimelineView& view) {
  const TemporaryFolder folder;
  const auto screen = memory_screen(default_canvas_width, default_canvas_height + timeline_bar_height);
  screen->canvas().clear(black);
  draw_timeline(screen->canvas(), view);
  EXPECT_TRUE(screen->canvas().save_png(folder / "bar.png"));
  return Picture(folder / "bar.png");
}
constexpr Rect application{0, 0, default_canvas_width, default_canvas_height};
constexpr Rect bar{0, default_canvas_height, default_canvas_width, timeline_bar_height};

TEST(TimelineBar, leaves_the_application_its_area) {
  const auto screen = memory_screen(default_canvas_width, default_canvas_height + timeline_bar_height);
  EXPECT_EQ(area_above_timeline(screen->canvas()), application);
  TimelineView view;
  view.now_tick = 1000;
  const auto picture = bar_of(view);
  EXPECT_EQ(picture.drawn(application, black), 0);
  EXPECT_EQ(picture.drawn(bar, black), bar.width * bar.height);
}

TEST(TimelineBar, shows_a_pressed_key_at_once_and_lets_it_fade) {
  TimelineView view;
  view.pressed = Key::left;
  const auto brightness = [&view](Duration ago) {
    view.pressed_ago = ago;
    const auto picture = bar_of(view);
    int sum = 0;
    for (int y = 430; y < 480; ++y)
      for (int x = 0; x < 80; ++x) sum += picture.at(x, y).green;
    return sum;
  };
  const int at_once = brightness({});
  const int half_way = brightness(key_shown_for / 2);
  EXPECT_GT(at_once, half_way);
  EXPECT_GT(half_way, 0);
  EXPECT_EQ(brightness(key_shown_for), 0);
}

TEST(TimelineBar, tells_a_traveller_the_way_back) {
  TimelineView view;
  view.now_tick = 5000;
  view.viewed_tick = 4380;
  EXPECT_GT(bar_of(view).drawn({200, 420, 240, 60}, black), 2000);
}

TEST(TimelineBar, says_which_way_a_traveller_goes_and_that_there_is_nothing_earlier) {
  TimelineView view;
  view.now_tick = 5000;
  view.viewed_tick = 4380;
  view.first_tick = 500;
  const auto sentence = [&view] {
    const auto picture = bar_of(view);
    std::vector<std::uint8_t> pixels;
    for (int y = 430; y < 480; ++y)
      for (int x = 0; x < 640; ++x) pixels.push_back(picture.at(x, y).green);
    return pixels;
  };
  const auto standing = sentence();
  view.pace = -50;
  const auto backwards = sentence();
  view.pace = 50;
  const auto forwards = sentence();
  view.pace = 0;
  view.first_tick = 4380;
  const auto beginning = sentence();
  EXPECT_NE(standing, backwards);
  EXPECT_NE(backwards, forwards);
  EXPECT_NE(standing, beginning);
}

TEST(TimelineBar, names_fewer_keys_where_there_is_little_room) {
  const TemporaryFolder folder;
  TimelineView view;
  view.now_tick = 5000;
  view.viewed_tick = 4380;
  const auto screen = memory_screen(360, 200 + timeline_bar_height);
  screen->canvas().clear(black);
  draw_timeline(screen->canvas(), view);
  ASSERT_TRUE(screen->canvas().save_png(folder / "bar.png"));
  const Picture picture(folder / "bar.png");
  EXPECT_GT(picture.drawn({60, 150, 240, 50}, black), 2000);
  EXPECT_EQ(picture.drawn({0, 150, 30, 50}, black), 0) << "the sentence is whole, and not cut off";
}

TEST(TimelineBar, says_that_others_are_waited_for_when_it_is_for_long) {
  TimelineView view;
  view.now_tick = 5000;
  view.waiting = waiting_said_after / 2;
  EXPECT_EQ(bar_of(view).drawn({200, 420, 240, 60}, black), 0);
  view.waiting = std::chrono::seconds(3);
  EXPECT_GT(bar_of(view).drawn({200, 420, 240, 60}, black), 2000);
}

TEST(TimelineBar, names_trouble_above_itself_however_long_its_name) {
  for (const auto& trouble : {std::string("'past.tutti': the disk is full"), std::string(500, 'w')}) {
    TimelineView view;
    view.trouble = trouble;
    EXPECT_GT(bar_of(view).drawn(application, black), 2000) << trouble;
  }
}

TEST(TimelineBar, fills_its_upper_rim_as_a_replay_goes_on) {
  TimelineView view;
  view.now_tick = 1000;
  view.replay = ReplayProgress{500, 625, 1000};
  const auto picture = bar_of(view);
  EXPECT_EQ(picture.at(159, bar.y + 1), palette::warning);
  EXPECT_EQ(picture.at(161, bar.y + 1), palette::edge);
}

TEST(TimelineBar, marks_what_came_late_and_what_was_undone) {
  TimelineView view;
  view.now_tick = 1000;
  const auto plain = bar_of(view);
  const std::vector<TimelineMark> marks{{TimelineMark::Kind::late, 500, 0, {}},
                                        {TimelineMark::Kind::rollback, 560, 60, {}}};
  view.marks = marks;
  const auto marked = bar_of(view);
  int warnings = 0;
  int dangers = 0;
  for (int y = bar.y; y < bar.y + bar.height; ++y)
    for (int x = 0; x < bar.width; ++x) {
      warnings += marked.at(x, y) == palette::warning && plain.at(x, y) != palette::warning;
      dangers += marked.at(x, y) == palette::danger && plain.at(x, y) != palette::danger;
    }
  EXPECT_GT(warnings, 30);
  EXPECT_GT(dangers, 60);
}

RC_GTEST_PROP(TimelineBar, draws_any_values,
              (int now, int viewed, int deadline, int tick, int back, int at)) {
  const auto screen = memory_screen(320, 120);
  const std::vector<TimelineMark> marks{{TimelineMark::Kind::event, tick, 0, red},
                                        {TimelineMark::Kind::late, tick, 0, red},
                                        {TimelineMark::Kind::rollback, tick, back, red}};
  TimelineView view;
  view.now_tick = std::abs(static_cast<std::int64_t>(now)) * 1000;
  view.viewed_tick = viewed;
  view.deadline_ticks = deadline;
  view.first_tick = tick;
  view.pace = back;
  view.marks = marks;
  view.replay = ReplayProgress{tick, at, now};
  draw_timeline(screen->canvas(), view);
  const auto shown = screen->present();
  RC_ASSERT(shown.has_value());
}

TEST(ContactSheet, puts_pictures_in_a_grid_below_their_captions) {
  const TemporaryFolder folder;
  std::vector<SheetTile> tiles;
  for (int i = 0; i < 5; ++i) {
    const auto screen = memory_screen(100, 80);
    screen->canvas().clear(colour(0xff0000u + static_cast<unsigned>(i)));
    const auto path = folder / fmt::format("{}.png", i);
    ASSERT_TRUE(screen->canvas().save_png(path));
    tiles.push_back({path, fmt::format("peer {}", i)});
  }
  const auto written = write_contact_sheet(folder / "sheet.png", tiles, 3);
  ASSERT_TRUE(written) << written.error();
  const Picture sheet(folder / "sheet.png");
  ASSERT_TRUE(sheet.loaded());
  EXPECT_EQ(sheet.width(), 16 + 3 * (100 + 16));
  EXPECT_EQ(sheet.height(), 16 + 2 * (26 + 80 + 16));
  for (int i = 0; i < 5; ++i) {
    const Rect place{16 + i % 3 * 116, 16 + 26 + i / 3 * 122, 100, 80};
    EXPECT_EQ(sheet.drawn(place, colour(0xff0000u + static_cast<unsigned>(i))), 0) << i;
    EXPECT_GT(sheet.drawn({place.x, place.y - 26, 100, 24}, palette::paper), 30) << "the caption of " << i;
  }
  EXPECT_EQ(sheet.drawn({16 + 2 * 116, 16 + 122, 100, 106}, palette::paper), 0) << "the empty sixth place";
}

TEST(ContactSheet, explains_what_it_cannot_do) {
  const TemporaryFolder folder;
  const auto sheet = folder / "sheet.png";
  const std::vector<SheetTile> missing{{folder / "missing.png", "gone"}};
  EXPECT_EQ(write_contact_sheet(sheet, {}, 1).error(), "a contact sheet of 0 pictures: it takes 1 to 64");
  EXPECT_EQ(write_contact_sheet(sheet, missing, 0).error(),
            "a contact sheet of 0 columns: 1 pictures take 1 to 1");
  EXPECT_TRUE(write_contact_sheet(sheet, missing, 1)
                  .error()
                  .starts_with((folder / "missing.png").string() + ": not a picture: "));
  EXPECT_FALSE(fs::exists(sheet));
}

}  // namespace
}  // namespace tutti::play
