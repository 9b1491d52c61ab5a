// A folder of one's own among the temporary ones, gone with all that is in it when its holder is: for tests,
// benchmarks and demonstrations.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "tutti/base/require.hpp"

namespace tutti {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code error;
    auto name = (std::filesystem::temp_directory_path(error) / "tutti-XXXXXX").string();
    if (!error && ::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;  // what is left behind harms nobody
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// Empty if none could be made.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// A file in it, for who does not expect that none could be made.
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    require(!path_.empty(), "there is room for a temporary folder");
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace tutti
