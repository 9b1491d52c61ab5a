#include "tutti/lab/last_words.hpp"

#include <array>

#include <fmt/format.h>
#include <unistd.h>

namespace tutti::lab {

std::string_view LastWords::read(int file) {
  fresh_.clear();
  std::array<char, 4096> bytes{};
  for (ssize_t count = 0; (count = ::read(file, bytes.data(), bytes.size())) > 0;) {
    fresh_.append(bytes.data(), static_cast<std::size_t>(count));
    kept_.append(bytes.data(), static_cast<std::size_t>(count));
    if (kept_.size() > bytes_max) kept_.erase(0, kept_.size() - bytes_max);
  }
  return fresh_;
}

std::string LastWords::line() const {
  std::string_view words = kept_;
  while (!words.empty() && (words.back() == '\n' || words.back() == '\r')) words.remove_suffix(1);
  const auto begin = words.rfind('\n');
  return std::string(begin == std::string_view::npos ? words : words.substr(begin + 1));
}

std::string LastWords::after(std::string_view what) const {
  const auto words = line();
  return words.empty() ? std::string(what) : fmt::format("{}; its last words: {}", what, words);
}

}  // namespace tutti::lab
