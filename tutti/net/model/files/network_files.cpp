#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <tuple>

#include <fmt/format.h>

#include "tutti/net/model/files/readers.hpp"

namespace tutti {
namespace {

/// Orders files whose numbers at the end of their names count, in whatever width they are written.
std::tuple<std::string, std::size_t, std::string> counting_key(const std::string& path) {
  const std::string name = std::filesystem::path(path).stem().string();
  const auto number_begin = name.find_last_not_of("0123456789") + 1;
  const std::string number = name.substr(std::min(name.find_first_not_of('0', number_begin), name.size()));
  return {name.substr(0, number_begin), number.size(), number};
}

}  // namespace

std::expected<std::string, std::string> read_network_file(const std::string& path) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure))
    return std::unexpected(fmt::format("{}: no such file", path));
  const auto size = std::filesystem::file_size(path, failure);
  if (failure) return std::unexpected(fmt::format("{}: cannot be read: {}", path, failure.message()));
  if (size > network_file_bytes_max)
    return std::unexpected(fmt::format("{}: longer than {} MiB", path, network_file_bytes_max >> 20));
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  std::string text(size, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return std::unexpected(fmt::format("{}: cannot be read", path));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::expected<std::vector<std::string>, std::string> network_files(const std::string& path) {
  std::error_code failure;
  if (!std::filesystem::is_directory(path, failure)) return std::vector{path};
  std::vector<std::string> files;
  for (auto entry = std::filesystem::directory_iterator(path, failure);
       !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    if (files.size() == network_slices_max)
      return std::unexpected(fmt::format("{}: more than {} files", path, network_slices_max));
    if (!entry->path().filename().string().starts_with('.')) files.push_back(entry->path().string());
  }
  if (failure) return std::unexpected(fmt::format("{}: cannot be read: {}", path, failure.message()));
  if (files.empty()) return std::unexpected(fmt::format("{}: an empty folder", path));
  std::sort(files.begin(), files.end(), [](const std::string& one, const std::string& other) {
    return std::pair(counting_key(one), one) < std::pair(counting_key(other), other);
  });
  return files;
}

}  // namespace tutti
