#include "tutti/overlay/seal.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/overlay/merkle_tree.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti {
namespace {

/// A seal as it travels.
struct Seal {
  PublicKey key{};  // of the origin's peer
  Signature signature{};
  std::uint32_t leaf = 0;
  std::uint32_t leaves = 0;
  std::vector<Digest> path;
  std::optional<Signature> authorization;
};

/// Peers whose signatures and authorizations are remembered: what is forgotten is checked again.
constexpr std::size_t remembered_max = 10'000;

// What is signed, or hashed to be signed, begins with what it is: no text ever means two things.
constexpr std::string_view authorization_of = "tutti authorization";
constexpr std::string_view statement_of = "tutti statement";
constexpr std::string_view root_of = "tutti statements";

Bytes authorization_text(const PeerId& author, std::string_view network) {
  Bytes text;
  Writer writer(text);
  writer.text(authorization_of);
  writer.binary(author.bytes);
  writer.text(network);
  return text;
}

Digest digest_of(const Statement& statement, std::string_view network) {
  Bytes text;
  text.reserve(statement.payload.size() + network.size() + 64);
  Writer writer(text);
  writer.text(statement_of);
  writer.text(network);
  writer.unsigned_integer(static_cast<std::uint64_t>(statement.kind));
  writer.binary(statement.origin.peer.bytes);
  writer.unsigned_integer(statement.origin.incarnation);
  writer.unsigned_integer(statement.number.value());
  writer.binary(statement.payload);
  return leaf_digest(text);
}

// With their number, as in a signed tree head (RFC 9162, 4.10): the root alone does not tell it.
Bytes signed_text(const Digest& root, std::uint32_t leaves) {
  Bytes text;
  Writer writer(text);
  writer.text(root_of);
  writer.unsigned_integer(leaves);
  writer.binary(root);
  return text;
}

template <typename Container>
void make_room(Container& container) {
  if (container.size() >= remembered_max) container.clear();
}

}  // namespace

Signature authorize(const Identity& issuer, const PeerId& author, std::string_view network) {
  return issuer.sign(authorization_text(author, network));
}

std::vector<Bytes> Sealer::seal(std::span<const Statement> statements) const {
  require(!statements.empty() && statements.size() <= batch_max, "a batch is not empty and not too large");
  std::vector<Digest> leaves;
  leaves.reserve(statements.size());
  for (const auto& statement : statements) leaves.push_back(digest_of(statement, signing_.network));
  Seal seal{.key = signing_.identity.public_key(),
            .signature = signing_.identity.sign(
                signed_text(merkle_root(leaves), static_cast<std::uint32_t>(leaves.size()))),
            .leaf = 0,
            .leaves = static_cast<std::uint32_t>(leaves.size()),
            .path = {},
            .authorization = signing_.authorization};
  std::vector<Bytes> seals;
  seals.reserve(leaves.size());
  for (auto& path : audit_paths(leaves)) {
    seal.path = std::move(path);
    seals.push_back(encode(seal));
    require(seals.back().size() <= seal_bytes_max, "seal_bytes_max is the longest seal");
    ++seal.leaf;
  }
  return seals;
}

std::expected<void, std::string> Sealer::check(const Statement& statement, ByteView bytes) {
  const auto& peer = statement.origin.peer;
  if (bytes.empty()) return std::unexpected("it is not signed");
  if (bytes.size() > seal_bytes_max) return std::unexpected("its seal is too large");
  const auto seal = decode<Seal>(bytes);
  if (!seal) return std::unexpected(fmt::format("its seal is malformed: {}", describe(seal.error())));
  if (seal->leaves > batch_max) return std::unexpected("its seal is one of too many");
  if (peer_id_of(seal->key) != peer) return std::unexpected("it is signed by another peer than its origin's");
  const auto root =
      root_by_path(digest_of(statement, signing_.network), seal->leaf, seal->leaves, seal->path);
  if (!root) return std::unexpected("its seal leads to no signature");
  const auto found = checked_.find(peer);
  if (found == checked_.end() || found->second.root != *root || found->second.leaves != seal->leaves ||
      found->second.signature != seal->signature) {
    if (!verify(seal->key, signed_text(*root, seal->leaves), seal->signature))
      return std::unexpected("its signature is wrong");
    make_room(checked_);
    checked_.insert_or_assign(peer, Checked{*root, seal->leaves, seal->signature});
  }
  if (is_author(peer)) return {};
  if (const auto shown = show(peer, seal->authorization); !shown) return shown;
  if (statement.kind == Utterance::broadcast && !is_author(peer))
    return std::unexpected("its origin may watch only");
  return {};
}

std::expected<void, std::string> Sealer::show(const PeerId& author,
                                              const std::optional<Signature>& authorization) {
  if (!authorization || is_author(author)) return {};
  if (!verify(*signing_.issuer, authorization_text(author, signing_.network), *authorization))
    return std::unexpected("its authorization is not one of this session");
  make_room(authors_);
  authors_.insert(author);
  return {};
}

}  // namespace tutti
