#include "tutti/overlay/merkle_tree.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "tutti/base/require.hpp"

namespace tutti {
namespace {

// What is hashed begins with one of these, so that no leaf is ever taken for a node (RFC 6962, 2.1).
constexpr std::uint8_t leaf_mark = 0;
constexpr std::uint8_t node_mark = 1;

Digest node_digest(const Digest& left, const Digest& right) {
  std::array<std::uint8_t, 1 + 2 * std::tuple_size_v<Digest>> text{node_mark};
  std::ranges::copy(right, std::ranges::copy(left, text.begin() + 1).out);
  return sha256(text);
}

/// Where a tree of `count` leaves, more than one, is divided: the greatest power of two below it.
std::size_t split_of(std::size_t count) {
  return std::bit_floor(count - 1);
}

}  // namespace

Digest leaf_digest(ByteView content) {
  Bytes text;
  text.reserve(1 + content.size());
  text.push_back(leaf_mark);
  text.insert(text.end(), content.begin(), content.end());
  return sha256(text);
}

Digest merkle_root(std::span<const Digest> leaves) {
  require(!leaves.empty(), "a tree has leaves");
  if (leaves.size() == 1) return leaves.front();
  const auto split = split_of(leaves.size());
  return node_digest(merkle_root(leaves.first(split)), merkle_root(leaves.subspan(split)));
}

std::vector<AuditPath> audit_paths(std::span<const Digest> leaves) {
  require(!leaves.empty(), "a tree has leaves");
  if (leaves.size() == 1) return {{}};
  const auto split = split_of(leaves.size());
  const auto left = leaves.first(split);
  const auto right = leaves.subspan(split);
  auto paths = audit_paths(left);
  const auto right_root = merkle_root(right);
  for (auto& path : paths) path.push_back(right_root);
  const auto left_root = merkle_root(left);
  for (auto& path : audit_paths(right)) {
    path.push_back(left_root);
    paths.push_back(std::move(path));
  }
  return paths;
}

// RFC 9162, 2.1.3.2.
std::optional<Digest> root_by_path(const Digest& leaf, std::uint64_t index, std::uint64_t count,
                                   std::span<const Digest> path) {
  if (index >= count) return std::nullopt;
  Digest root = leaf;
  std::uint64_t last = count - 1;  // in the present level, as the index
  for (const auto& sibling : path) {
    if (last == 0) return std::nullopt;
    if (index % 2 == 1 || index == last) {
      root = node_digest(sibling, root);
      // A last one without a sibling is the same on the next levels.
      while (index % 2 == 0 && index != 0) {
        index /= 2;
        last /= 2;
      }
    } else {
      root = node_digest(root, sibling);
    }
    index /= 2;
    last /= 2;
  }
  if (last != 0) return std::nullopt;
  return root;
}

}  // namespace tutti
