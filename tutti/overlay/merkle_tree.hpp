// Merkle trees over a few hashes, as RFC 6962 (2.1) and RFC 9162 (2.1.3) define them: one hash, the root,
// stands for all, and a path of a few proves to whoever knows the root that a leaf is in it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tutti/net/signature.hpp"

namespace tutti {

/// Of a leaf's content, as it enters the tree.
[[nodiscard]] Digest leaf_digest(ByteView content);

/// Of at least one leaf.
[[nodiscard]] Digest merkle_root(std::span<const Digest> leaves);

/// What leads from a leaf to the root: at most one digest for each doubling of the leaves, the lowest first.
using AuditPath = std::vector<Digest>;
/// Of each leaf, of at least one.
[[nodiscard]] std::vector<AuditPath> audit_paths(std::span<const Digest> leaves);

/// The root of the tree in which `leaf` is at `index` of `count` and has this path; nothing if no such tree
/// has such a path.
[[nodiscard]] std::optional<Digest> root_by_path(const Digest& leaf, std::uint64_t index, std::uint64_t count,
                                                 std::span<const Digest> path);

}  // namespace tutti
