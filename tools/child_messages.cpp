#include "child_messages.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace tutti::tools {

void hear_messages(std::span<Child* const> children, Duration patience,
                   const std::function<void(std::size_t child, const nlohmann::json& message)>& heard) {
  std::vector<Child*> present;
  std::ranges::copy_if(children, std::back_inserter(present),
                       [](const Child* child) { return child != nullptr; });
  Child::wait_for_any(present, patience);
  for (std::size_t place = 0; place < children.size(); ++place) {
    if (children[place] == nullptr) continue;
    while (const auto line = children[place]->hear()) {
      const auto message = nlohmann::json::parse(*line, nullptr, false);
      if (message.is_object()) heard(place, message);
    }
  }
}

}  // namespace tutti::tools
