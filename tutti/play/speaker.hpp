// Short tones, for what a person should hear. Made here, so that an application needs no sound files.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "tutti/base/time.hpp"

namespace tutti::play {

/// A pure tone that fades away.
struct Tone {
  double hertz = 440;  ///< from 20 to 20,000; what is outside is taken as the nearest
  Duration length = std::chrono::milliseconds(120);  ///< up to two seconds
  double loudness = 0.5;                             ///< from 0 to 1
};

class Speaker {
 public:
  /// The default device of this machine. Fails if there is none.
  static std::expected<std::unique_ptr<Speaker>, std::string> open();
  virtual ~Speaker() = default;

  /// Begins at once, together with those that still sound. Of too many, the oldest ends.
  virtual void play(const Tone& tone) = 0;
};

}  // namespace tutti::play
