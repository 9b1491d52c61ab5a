// Where a state lives, and how it is copied: one small interface, four ways behind it, chosen by the type.
//
//   a plain struct up to 256 KiB       lives anywhere; an image is a copy of it
//   a larger plain struct              lives in pages; an image shares those that were not written
//   a struct with arena containers     lives in an arena, which is made of pages too
//   whatever has save() and load()     lives anywhere; an image is what save() wrote
//
// The time machine knows only this: run the application's functions on a state, take an image, go back to
// one; and tidy up before a tick, so that what is free in an arena does not scatter.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tutti/base/require.hpp"
#include "tutti/memory/arena.hpp"
#include "tutti/memory/arena_layout.hpp"
#include "tutti/memory/image.hpp"
#include "tutti/memory/paged_memory.hpp"
#include "tutti/symmetric/application.hpp"

namespace tutti::symmetric {

// Each of the four is movable and begins with State{}. Its pool_for() makes a pool of blocks as it needs
// them; memories that exchange images share one. The first three hold the State as it is in their images,
// from state_offset on.

/// What lives anywhere: the state, and the pool of its images' blocks.
template <typename App>
class StateAnywhere {
 public:
  using State = App::State;

  [[nodiscard]] const memory::Image::Pool& pool() const { return pool_; }
  [[nodiscard]] const State& state() const { return *state_; }
  /// Calls change(State&).
  template <typename Change>
  void run(Change&& change) {
    change(*state_);
  }
  /// Before each tick but the first. Changes nothing that the application sees.
  void tidy() {}

 protected:
  explicit StateAnywhere(memory::Image::Pool pool)
      : pool_(std::move(pool)), state_(std::make_unique<State>()) {}

  memory::Image::Pool pool_;
  std::unique_ptr<State> state_;
};

/// A plain struct that is copied whole.
template <typename App>
class PlainMemory : public StateAnywhere<App> {
 public:
  using typename StateAnywhere<App>::State;

  static memory::Image::Pool pool_for() { return std::make_shared<memory::BlockPool>(sizeof(State)); }
  static constexpr std::size_t state_offset = 0;

  PlainMemory(memory::Image::Pool pool, const memory::PagedMemoryOptions&)
      : StateAnywhere<App>(std::move(pool)) {}

  [[nodiscard]] memory::Image image() {
    return {pool_, reinterpret_cast<const std::byte*>(state_.get()), sizeof(State)};
  }
  void restore(const memory::Image& image) { image.copy_to(reinterpret_cast<std::byte*>(state_.get())); }
  /// Whether an image that came from elsewhere is one of such a state, as far as its bytes tell.
  [[nodiscard]] static bool fits(const memory::Image& image) { return image.bytes() == sizeof(State); }
  /// How many bytes the next image looks at whatever has changed.
  [[nodiscard]] std::size_t bytes_looked_at() const { return sizeof(State); }

 private:
  using StateAnywhere<App>::pool_;
  using StateAnywhere<App>::state_;
};

/// A plain struct of many pages.
template <typename App>
class LargeMemory {
 public:
  using State = App::State;

  static memory::Image::Pool pool_for() { return std::make_shared<memory::BlockPool>(memory::page_bytes); }
  static constexpr std::size_t state_offset = 0;

  LargeMemory(memory::Image::Pool pool, const memory::PagedMemoryOptions& options)
      : memory_(std::make_unique<memory::PagedMemory>(std::move(pool), sizeof(State), false, options)) {
    ::new (static_cast<void*>(memory_->data())) State{};
  }

  [[nodiscard]] const memory::Image::Pool& pool() const { return memory_->pool(); }
  [[nodiscard]] const State& state() const {
    return *std::launder(reinterpret_cast<const State*>(memory_->data()));
  }
  template <typename Change>
  void run(Change&& change) {
    change(*std::launder(reinterpret_cast<State*>(memory_->data())));
  }
  void tidy() {}
  [[nodiscard]] memory::Image image() { return memory_->image(sizeof(State)); }
  void restore(const memory::Image& image) { memory_->restore(image, sizeof(State)); }
  [[nodiscard]] static bool fits(const memory::Image& image) { return image.bytes() == sizeof(State); }
  [[nodiscard]] std::size_t bytes_looked_at() const {
    return memory_->looks_at_everything(sizeof(State)) ? sizeof(State) : 0;
  }

 private:
  std::unique_ptr<memory::PagedMemory> memory_;
};

/// A struct with containers of tutti::arena. Its functions run with the arena at work.
template <typename App>
class ArenaMemory {
 public:
  using State = App::State;

  static memory::Image::Pool pool_for() { return std::make_shared<memory::BlockPool>(memory::page_bytes); }
  static constexpr std::size_t state_offset = memory::Arena::root_at();

  ArenaMemory(memory::Image::Pool pool, const memory::PagedMemoryOptions& options)
      : arena_(std::make_unique<memory::Arena>(std::string(App::name), std::move(pool),
                                               state_bytes_max<App>(), sizeof(State), options)) {
    const memory::ArenaAtWork work(*arena_);
    ::new (arena_->root()) State{};
  }

  [[nodiscard]] const memory::Image::Pool& pool() const { return arena_->memory().pool(); }
  [[nodiscard]] const State& state() const {
    return *std::launder(static_cast<const State*>(std::as_const(*arena_).root()));
  }
  template <typename Change>
  void run(Change&& change) {
    const memory::ArenaAtWork work(*arena_);
    change(*std::launder(static_cast<State*>(arena_->root())));
  }
  void tidy() {
    if (arena_->is_scattered()) arena_->template compact<State>();
  }
  [[nodiscard]] memory::Image image() { return arena_->image(); }
  void restore(const memory::Image& image) { arena_->restore(image); }
  [[nodiscard]] static bool fits(const memory::Image& image) {
    if (!memory::Arena::fits(image, state_bytes_max<App>(), sizeof(State))) return false;
    std::vector<std::byte> bytes(image.bytes());
    image.copy_to(bytes.data());
    return memory::ArenaLayout::of<State>(bytes).has_value();
  }
  [[nodiscard]] std::size_t bytes_looked_at() const {
    return arena_->memory().looks_at_everything(arena_->bytes_in_use()) ? arena_->bytes_in_use() : 0;
  }
  /// How the state lies in it; nothing if the application has broken a container.
  [[nodiscard]] std::optional<memory::ArenaLayout> layout() const {
    return memory::ArenaLayout::of<State>(arena_->bytes());
  }

 private:
  std::unique_ptr<memory::Arena> arena_;
};

/// A state that the application writes down and reads itself.
template <typename App>
class SavedMemory : public StateAnywhere<App> {
 public:
  using typename StateAnywhere<App>::State;

  static memory::Image::Pool pool_for() { return std::make_shared<memory::BlockPool>(memory::page_bytes); }

  SavedMemory(memory::Image::Pool pool, const memory::PagedMemoryOptions&)
      : StateAnywhere<App>(std::move(pool)) {}

  /// Shares the pages that are the same in the last image.
  [[nodiscard]] memory::Image image() {
    saved_.clear();
    App::save(std::as_const(*state_), saved_);
    const std::size_t bytes = saved_.size();
    require(bytes <= state_bytes_max<App>(), "save() writes at most state_bytes_max");
    saved_.resize(memory::pages_of(bytes) * memory::page_bytes);
    base_ = memory::image_like(base_, pool_, reinterpret_cast<const std::byte*>(saved_.data()), bytes);
    return base_;
  }
  void restore(const memory::Image& image) {
    saved_.resize(image.bytes());
    image.copy_to(reinterpret_cast<std::byte*>(saved_.data()));
    state_ = std::make_unique<State>();
    require(App::load(*state_, saved_), "load() understands what save() wrote");
    base_ = image;
  }
  [[nodiscard]] static bool fits(const memory::Image& image) {
    if (image.bytes() > state_bytes_max<App>()) return false;
    Bytes bytes(image.bytes());
    image.copy_to(reinterpret_cast<std::byte*>(bytes.data()));
    const auto state = std::make_unique<State>();
    return App::load(*state, bytes);
  }
  [[nodiscard]] std::size_t bytes_looked_at() const { return base_.bytes(); }

 private:
  using StateAnywhere<App>::pool_;
  using StateAnywhere<App>::state_;
  Bytes saved_;
  memory::Image base_;
};

namespace detail {

template <typename App>
consteval auto state_memory_of() {
  if constexpr (rules::has_save_and_load<App>)
    return std::type_identity<SavedMemory<App>>{};
  else if constexpr (!std::is_trivially_copyable_v<typename App::State>)
    return std::type_identity<ArenaMemory<App>>{};
  else if constexpr (sizeof(typename App::State) <= memory::plain_copy_bytes_max)
    return std::type_identity<PlainMemory<App>>{};
  else
    return std::type_identity<LargeMemory<App>>{};
}

}  // namespace detail

/// The memory of a state of `App`: State{} at first.
template <typename App>
using StateMemory = decltype(detail::state_memory_of<App>())::type;

/// A memory with the state that every session of `App` begins with.
template <typename App>
[[nodiscard]] StateMemory<App> started_memory(const memory::PagedMemoryOptions& options = {}) {
  static_assert(check_application<App>());
  StateMemory<App> memory(StateMemory<App>::pool_for(), options);
  memory.run([](App::State& state) { App::start(state); });
  return memory;
}

/// A memory of its own with the state of an image that fits.
template <typename App>
[[nodiscard]] StateMemory<App> memory_of(const memory::Image& image,
                                         const memory::PagedMemoryOptions& options = {}) {
  require(StateMemory<App>::fits(image), "a state is made of an image of such a state");
  StateMemory<App> memory(StateMemory<App>::pool_for(), options);
  memory.restore(memory::image_in(memory.pool(), image));
  return memory;
}

/// A state of the past that is its holder's own.
template <typename App>
class StateCopy {
 public:
  using State = App::State;

  explicit StateCopy(StateMemory<App> memory) : memory_(std::move(memory)) {}
  [[nodiscard]] const State& operator*() const { return memory_.state(); }
  [[nodiscard]] const State* operator->() const { return &memory_.state(); }
  // NOLINTNEXTLINE(google-explicit-constructor): it is a state
  operator const State&() const { return memory_.state(); }

 private:
  StateMemory<App> memory_;
};

}  // namespace tutti::symmetric
