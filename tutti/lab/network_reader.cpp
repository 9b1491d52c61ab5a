#include "tutti/lab/network_reader.hpp"

#include <algorithm>
#include <array>

namespace tutti::lab {

std::expected<NetworkModelPtr, std::string> NetworkReader::read(std::string_view text) const {
  return parse_network_model(in_folder(text), own_);
}

std::string NetworkReader::in_folder(std::string_view text) const {
  static constexpr std::array<std::string_view, 6> words{
      "coordinates:", "king:", "matrix:", "regions:", "pairs:", "loss-matrix:"};
  std::string result;
  while (!text.empty()) {
    // A part ends at + or ;, and what stands there before its word is a time.
    const auto part = text.substr(0, std::min(text.find_first_of("+;"), text.size()));
    std::size_t begin = part.size();
    for (const auto word : words)
      if (const auto place = part.find(word);
          place != std::string_view::npos && (place == 0 || part.find(':') == place - 1))
        begin = place + word.size();
    const auto end = std::min(part.find(',', begin), part.size());
    result += part.substr(0, begin);
    if (begin < end) result += (folder_ / part.substr(begin, end - begin)).lexically_normal().string();
    result += part.substr(end);
    text.remove_prefix(part.size());
    if (text.empty()) break;
    result += text.front();
    text.remove_prefix(1);
  }
  return result;
}

}  // namespace tutti::lab
