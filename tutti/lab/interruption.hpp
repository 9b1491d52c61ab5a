// SIGINT and SIGTERM end long work in good order: what is finished is kept.
#pragma once

#include <array>

#include <signal.h>

namespace tutti::lab {

/// Listens to both signals while it lives. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// Whether one has come since the last Interruption began.
  [[nodiscard]] static bool asked();

 private:
  std::array<struct sigaction, 2> before_{};
};

}  // namespace tutti::lab
