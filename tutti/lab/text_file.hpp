// A whole file as text, if it is a file and not too long: what people hand over may be a folder, a device or
// a film.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>

namespace tutti::lab {

/// The error says why not, without the file's name.
std::expected<std::string, std::string> read_text(const std::filesystem::path& file, std::size_t bytes_max);

}  // namespace tutti::lab
