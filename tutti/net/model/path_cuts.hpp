// Which paths are broken at the moment: nodes that are unplugged, groups of nodes that cannot reach each
// other, and single paths. Nothing is remembered of nodes until something is broken.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace tutti {

class PathCuts {
 public:
  /// Unplugs a node, or plugs it in again.
  void set_cut(std::uint32_t node, bool cut) { slot(node).cut = cut; }
  /// Nodes of different groups do not reach each other; all begin in group 0.
  void set_group(std::uint32_t node, std::uint32_t group) { slot(node).group = group; }
  /// Breaks the path between two nodes in both directions, or heals it.
  void set_path_cut(std::uint32_t one, std::uint32_t other, bool cut) {
    const auto path = std::minmax(one, other);
    if (cut)
      paths_.insert(path);
    else
      paths_.erase(path);
  }

  [[nodiscard]] bool is_cut(std::uint32_t node) const { return node < nodes_.size() && nodes_[node].cut; }
  /// Between two, in both directions.
  [[nodiscard]] bool is_cut(std::uint32_t one, std::uint32_t other) const {
    if (nodes_.empty() && paths_.empty()) return false;
    return is_cut(one) || is_cut(other) || group_of(one) != group_of(other) ||
           (!paths_.empty() && paths_.contains(std::minmax(one, other)));
  }

 private:
  struct Node {
    std::uint32_t group = 0;
    bool cut = false;
  };
  [[nodiscard]] std::uint32_t group_of(std::uint32_t node) const {
    return node < nodes_.size() ? nodes_[node].group : 0;
  }
  Node& slot(std::uint32_t node) {
    if (nodes_.size() <= node) nodes_.resize(node + 1);
    return nodes_[node];
  }

  std::vector<Node> nodes_;  // up to the last one of whom something was said
  std::set<std::pair<std::uint32_t, std::uint32_t>> paths_;
};

}  // namespace tutti
