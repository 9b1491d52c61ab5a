#include "tutti/play/speaker.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tutti::play {
namespace {

/// What came out of the speaker: SDL's disk driver writes it into a file.
struct Recording {
  std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / fmt::format("tutti_speaker_{}.raw", ::getpid());

  Recording() {
    ::setenv("SDL_AUDIODRIVER", "disk", 1);
    ::setenv("SDL_DISKAUDIOFILE", file.c_str(), 1);
    ::setenv("SDL_DISKAUDIODELAY", "1", 1);  // ms a buffer: without it the file grows as fast as a disk can
  }
  ~Recording() { std::filesystem::remove(file); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// From the first one that is not silent, to the last.
  [[nodiscard]] std::vector<std::int16_t> samples() const {
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    std::vector<std::int16_t> samples(bytes.size() / 2);
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = static_cast<std::int16_t>(static_cast<std::uint8_t>(bytes[2 * i]) |
                                             static_cast<std::uint8_t>(bytes[2 * i + 1]) << 8);
    const auto sounds = [](std::int16_t sample) { return sample != 0; };
    samples.erase(samples.begin(), std::ranges::find_if(samples, sounds));
    samples.erase(std::find_if(samples.rbegin(), samples.rend(), sounds).base(), samples.end());
    return samples;
  }

  /// Waits until the tone has been played, however long the driver takes.
  void wait_for_silence_after(std::size_t count) const {
    for (int tries = 0; tries < 20'000'000 && std::filesystem::file_size(file) < 2 * count; ++tries)
      std::this_thread::yield();
  }
};

std::size_t rises_through_zero(const std::vector<std::int16_t>& samples) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) count += samples[i - 1] < 0 && samples[i] >= 0 ? 1 : 0;
  return count;
}

TEST(Speaker, plays_a_tone_as_high_and_as_long_as_it_should_be) {
  const Recording recording;
  {
    const auto speaker = Speaker::open();
    ASSERT_TRUE(speaker) << speaker.error();
    (*speaker)->play({.hertz = 441, .length = std::chrono::milliseconds(500), .loudness = 1});
    const auto so_far = std::filesystem::file_size(recording.file) / 2;
    recording.wait_for_silence_after(so_far + 44'100);
  }
  const auto samples = recording.samples();
  EXPECT_NEAR(static_cast<double>(samples.size()), 22'050, 600);
  EXPECT_NEAR(static_cast<double>(rises_through_zero(samples)), 220.5, 3);
  EXPECT_GT(*std::ranges::max_element(samples), 4'000);
}

TEST(Speaker, bears_more_tones_than_it_plays_and_tones_that_cannot_be) {
  const Recording recording;
  const auto speaker = Speaker::open();
  ASSERT_TRUE(speaker) << speaker.error();
  for (int i = 0; i < 1000; ++i)
    (*speaker)->play({.hertz = -1e9, .length = Duration::max(), .loudness = 1e9});
  (*speaker)->play({.length = Duration::zero()});
  const auto so_far = std::filesystem::file_size(recording.file) / 2;
  recording.wait_for_silence_after(so_far + 4'410);
  EXPECT_FALSE(recording.samples().empty());
}

TEST(Speaker, says_that_there_is_none) {
  ::setenv("SDL_AUDIODRIVER", "no such driver", 1);
  const auto speaker = Speaker::open();
  ASSERT_FALSE(speaker);
  EXPECT_TRUE(speaker.error().starts_with("there is no sound: "));
}

}  // namespace
}  // namespace tutti::play
