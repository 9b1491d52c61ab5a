#include "tutti/lab/text_file.hpp"

#include <fstream>

#include <fmt/format.h>

namespace tutti::lab {

std::expected<std::string, std::string> read_text(const std::filesystem::path& file, std::size_t bytes_max) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure)) return std::unexpected("there is no such file");
  const auto size = std::filesystem::file_size(file, failure);
  if (failure) return std::unexpected(fmt::format("it cannot be read: {}", failure.message()));
  if (size > bytes_max)
    return std::unexpected(fmt::format("it is too large: {} bytes, {} are possible", size, bytes_max));
  std::ifstream input(file, std::ios::binary);
  std::string text(size, '\0');
  input.read(text.data(), static_cast<std::streamsize>(size));
  if (!input.is_open() || input.bad()) return std::unexpected("it cannot be read");
  text.resize(static_cast<std::size_t>(input.gcount()));
  return text;
}

}  // namespace tutti::lab
