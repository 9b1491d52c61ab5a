#include "tutti/play/window_screen.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tutti::play {

namespace {

// A window's own affairs (it was moved, uncovered, the mouse passed) come as events too; one poll looks at no
// more than this many, so that a busy desktop cannot hold up a session.
constexpr int events_max = 1024;
constexpr Duration wait_max = std::chrono::seconds(60);

std::optional<Key> key_of(SDL_Keycode code) {
  const auto from = [code](Key first, SDL_Keycode its_code) {
    return static_cast<Key>(static_cast<int>(first) + static_cast<int>(code - its_code));
  };
  if (code >= SDLK_a && code <= SDLK_z) return from(Key::a, SDLK_a);
  if (code >= SDLK_0 && code <= SDLK_9) return from(Key::digit_0, SDLK_0);
  switch (code) {
    case SDLK_LEFT:
      return Key::left;
    case SDLK_RIGHT:
      return Key::right;
    case SDLK_UP:
      return Key::up;
    case SDLK_DOWN:
      return Key::down;
    case SDLK_SPACE:
      return Key::space;
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
      return Key::enter;
    case SDLK_ESCAPE:
      return Key::escape;
    case SDLK_BACKSPACE:
      return Key::backspace;
    case SDLK_TAB:
      return Key::tab;
    case SDLK_PAGEUP:
      return Key::page_up;
    case SDLK_PAGEDOWN:
      return Key::page_down;
    case SDLK_HOME:
      return Key::home;
    case SDLK_END:
      return Key::end;
    case SDLK_COMMA:
      return Key::comma;
    case SDLK_PERIOD:
      return Key::period;
    case SDLK_MINUS:
    case SDLK_KP_MINUS:
      return Key::minus;
    case SDLK_PLUS:
    case SDLK_EQUALS:  // where plus is above it
    case SDLK_KP_PLUS:
      return Key::plus;
    case SDLK_SLASH:
      return Key::slash;
    default:
      return std::nullopt;
  }
}

// SDL gives the mouse in units of the canvas; beside it, in a window of other proportions, there is nothing
// to click on.
std::optional<Input> pointer_of(const SDL_MouseButtonEvent& event, const Canvas& canvas) {
  if (event.button != SDL_BUTTON_LEFT || event.x < 0 || event.y < 0 || event.x >= canvas.width() ||
      event.y >= canvas.height())
    return std::nullopt;
  return Pointer{event.x, event.y, event.state == SDL_PRESSED};
}

std::optional<Input> input_of(const SDL_Event& event, const Canvas& canvas) {
  switch (event.type) {
    case SDL_QUIT:
      return Quit{};
    case SDL_KEYDOWN:
      if (const auto key = key_of(event.key.keysym.sym)) return KeyPress{*key, event.key.repeat != 0};
      return std::nullopt;
    case SDL_TEXTINPUT:
      return Typed{event.text.text};
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
      return pointer_of(event.button, canvas);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::expected<Display, std::string> Display::open() {
  if (SDL_WasInit(SDL_INIT_VIDEO) != 0)
    return std::unexpected("this process has a window already, and a process has one");
  const auto no_display = [](std::string_view why) {
    return std::unexpected(
        fmt::format("no display to open a window on ({}): start it on a desktop, or with --headless", why));
  };
  if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0) return no_display(SDL_GetError());
  Display display;
  // Where there is no display SDL may still open windows, which nobody sees.
  const std::string_view driver = SDL_GetCurrentVideoDriver();
  if (driver == "offscreen" || driver == "dummy") return no_display("a window would be invisible");
  return display;
}

Display::~Display() {
  if (held_) SDL_QuitSubSystem(SDL_INIT_VIDEO);
}

std::expected<std::unique_ptr<Screen>, std::string> WindowScreen::open(const ScreenOptions& options) {
  auto display = Display::open();
  if (!display) return std::unexpected(display.error());
  // A click that also brings the window to the front is a click: several windows stand side by side here.
  // Without this SDL swallows the first click after any change of focus.
  if (SDL_SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1") != SDL_TRUE)
    return std::unexpected(fmt::format("no clicks from this display: {}", SDL_GetError()));
  const bool placed = options.x && options.y;
  const int x = placed ? *options.x : static_cast<int>(SDL_WINDOWPOS_UNDEFINED);
  const int y = placed ? *options.y : static_cast<int>(SDL_WINDOWPOS_UNDEFINED);
  Sdl<SDL_Window> window(
      SDL_CreateWindow(options.title.c_str(), x, y, options.width, options.height, SDL_WINDOW_RESIZABLE));
  if (!window) return std::unexpected(fmt::format("no window: {}", SDL_GetError()));
  // SDL makes text on desktops unless it is told otherwise, and an input method may then swallow keys.
  options.text ? SDL_StartTextInput() : SDL_StopTextInput();
  // Without vertical synchronisation: the session gives the pace, and waits for no screen.
  Sdl<SDL_Renderer> renderer(SDL_CreateRenderer(window.get(), -1, 0));
  if (!renderer) return std::unexpected(fmt::format("nothing can draw in the window: {}", SDL_GetError()));
  auto canvas = Canvas::on(*renderer, options.width, options.height);
  if (!canvas) return std::unexpected(canvas.error());
  return std::unique_ptr<Screen>(
      new WindowScreen(std::move(*display), std::move(window), std::move(renderer), std::move(*canvas)));
}

WindowScreen::WindowScreen(Display display, Sdl<SDL_Window> window, Sdl<SDL_Renderer> renderer,
                           std::unique_ptr<Canvas> canvas)
    : Screen(std::move(canvas)),
      display_(std::move(display)),
      window_(std::move(window)),
      renderer_(std::move(renderer)) {}

WindowScreen::~WindowScreen() {
  drop_canvas();
}

void WindowScreen::collect(std::vector<Input>& inputs, std::size_t room, Duration wait) {
  SDL_Event event;
  if (wait > Duration{}) {
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::min(wait, wait_max)).count();
    if (SDL_WaitEventTimeout(nullptr, static_cast<int>(milliseconds)) == 0) return;
  }
  for (int seen = 0; room > 0 && seen < events_max && SDL_PollEvent(&event) != 0; ++seen)
    if (auto input = input_of(event, canvas())) {
      inputs.push_back(*input);
      --room;
    }
}

void WindowScreen::show() {
  SDL_RenderPresent(renderer_.get());
}

}  // namespace tutti::play
