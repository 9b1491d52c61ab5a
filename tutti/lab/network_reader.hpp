// Reads the network models that an experiment names, wherever it does: with the words of the program's own,
// and file names as the experiment's folder sees them.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/net/model/models.hpp"

namespace tutti::lab {

class NetworkReader {
 public:
  /// Knows the words that are built in, and leaves file names alone.
  NetworkReader() = default;
  NetworkReader(std::filesystem::path folder, std::vector<NetworkWord> own)
      : folder_(std::move(folder)), own_(std::move(own)) {}

  /// See parse_network_model().
  [[nodiscard]] std::expected<NetworkModelPtr, std::string> read(std::string_view text) const;
  /// The text with the file names as they are opened.
  [[nodiscard]] std::string in_folder(std::string_view text) const;

 private:
  std::filesystem::path folder_;
  std::vector<NetworkWord> own_;
};

}  // namespace tutti::lab
