#include "tutti/play/speaker.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <numbers>
#include <span>

#include <fmt/format.h>

#include "tutti/play/sdl.hpp"

namespace tutti::play {
namespace {

constexpr int samples_per_second = 44'100;
constexpr std::uint16_t samples_at_a_time =
    512;  // about 12 ms: what is shown and what is heard belong together
constexpr std::size_t voices_max = 16;
constexpr double rise_samples = 64;   // a tone that began at once would click
constexpr double voice_share = 0.25;  // of the whole range, so that a few voices together fit

/// A tone that sounds.
class Voice {
 public:
  explicit Voice(const Tone& tone)
      : step_(2 * std::numbers::pi * std::clamp(tone.hertz, 20.0, 20'000.0) / samples_per_second),
        loudness_(std::clamp(tone.loudness, 0.0, 1.0)),
        count_(std::clamp(in_seconds(tone.length), 0.0, 2.0) * samples_per_second) {}

  [[nodiscard]] bool over() const { return at_ >= count_; }
  double next() {
    const double rise = std::min(1.0, at_ / rise_samples);
    const double fall = 1 - at_ / count_;
    return loudness_ * rise * fall * std::sin(step_ * at_++);
  }

 private:
  double step_;
  double loudness_;
  double count_;
  double at_ = 0;
};

/// SDL's sound, for as long as this lives. SDL counts its users.
class Sound {
 public:
  Sound() : ready_(SDL_InitSubSystem(SDL_INIT_AUDIO) == 0) {}
  ~Sound() {
    if (ready_) SDL_QuitSubSystem(SDL_INIT_AUDIO);
  }
  Sound(const Sound&) = delete;
  Sound& operator=(const Sound&) = delete;
  [[nodiscard]] bool ready() const { return ready_; }

 private:
  bool ready_;
};

class SdlSpeaker final : public Speaker {
 public:
  SdlSpeaker() {
    if (!sound_.ready()) return;
    SDL_AudioSpec wanted{};
    wanted.freq = samples_per_second;
    wanted.format = AUDIO_S16SYS;
    wanted.channels = 1;
    wanted.samples = samples_at_a_time;
    wanted.userdata = this;
    wanted.callback = [](void* self, Uint8* bytes, int count) {
      // SDL gives its samples as bytes, aligned for them.
      const std::span samples(reinterpret_cast<std::int16_t*>(bytes),
                              static_cast<std::size_t>(count) / sizeof(std::int16_t));
      static_cast<SdlSpeaker*>(self)->mix(samples);
    };
    device_ = SDL_OpenAudioDevice(nullptr, 0, &wanted, nullptr, 0);
    if (device_ != 0) SDL_PauseAudioDevice(device_, 0);
  }
  ~SdlSpeaker() override {
    if (device_ != 0) SDL_CloseAudioDevice(device_);
  }
  SdlSpeaker(const SdlSpeaker&) = delete;
  SdlSpeaker& operator=(const SdlSpeaker&) = delete;

  [[nodiscard]] bool ready() const { return device_ != 0; }

  void play(const Tone& tone) override {
    SDL_LockAudioDevice(device_);
    if (voices_.size() == voices_max) voices_.pop_front();
    voices_.emplace_back(tone);
    SDL_UnlockAudioDevice(device_);
  }

 private:
  // On SDL's thread, which holds the device's lock.
  void mix(std::span<std::int16_t> samples) {
    for (auto& sample : samples) {
      double sum = 0;
      for (auto& voice : voices_)
        if (!voice.over()) sum += voice.next();
      sample = static_cast<std::int16_t>(std::clamp(sum * voice_share, -1.0, 1.0) * INT16_MAX);
    }
    std::erase_if(voices_, [](const Voice& voice) { return voice.over(); });
  }

  Sound sound_;
  SDL_AudioDeviceID device_ = 0;
  std::deque<Voice> voices_;
};

}  // namespace

std::expected<std::unique_ptr<Speaker>, std::string> Speaker::open() {
  auto speaker = std::make_unique<SdlSpeaker>();
  if (!speaker->ready()) return std::unexpected(fmt::format("there is no sound: {}", SDL_GetError()));
  return speaker;
}

}  // namespace tutti::play
