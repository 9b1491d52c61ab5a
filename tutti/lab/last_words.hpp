// What a process has said last on its standard error, read through a pipe by whoever forked it: when it
// crashes, that is mostly why.
#pragma once

#include <string>
#include <string_view>

namespace tutti::lab {

class LastWords {
 public:
  /// Reads all that is there now from a file that does not block, and returns it until the next call.
  std::string_view read(int file);
  /// The last line that is not empty, as far as it is kept.
  [[nodiscard]] std::string line() const;
  /// "what; its last words: ...", or only `what` if there were none.
  [[nodiscard]] std::string after(std::string_view what) const;

 private:
  static constexpr std::size_t bytes_max = 4096;

  std::string kept_;
  std::string fresh_;
};

}  // namespace tutti::lab
