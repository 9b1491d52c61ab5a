#include "tutti/memory/image_transfer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tutti/base/hash.hpp"
#include "tutti/base/require.hpp"

namespace tutti::memory {

std::string_view describe(TransferError error) {
  switch (error) {
    case TransferError::too_large:
      return "the image is larger than its receiver takes";
    case TransferError::wrong_manifest:
      return "the manifest has not one hash for each page";
    case TransferError::no_such_page:
      return "the image has no such page";
    case TransferError::wrong_length:
      return "the page has another length";
    case TransferError::wrong_hash:
      return "the page is not the one that the manifest names";
  }
  return "unknown";
}

Manifest manifest_of(const Image& image) {
  Manifest manifest{.bytes = image.bytes(), .page_hashes = {}};
  manifest.page_hashes.reserve(image.pages());
  for (std::size_t i = 0; i < image.pages(); ++i) manifest.page_hashes.push_back(image.page_hash(i));
  return manifest;
}

std::uint64_t hash_of(const Manifest& manifest) {
  return hash_of_pages(manifest.page_hashes);
}

Assembly::Assembly(Manifest manifest, Image::Pool pool)
    : manifest_(std::move(manifest)),
      pool_(std::move(pool)),
      pages_(manifest_.page_hashes.size()),
      missing_count_(pages_.size()) {}

std::expected<Assembly, TransferError> Assembly::begin(Manifest manifest, std::size_t bytes_max,
                                                       const Image::Pool& pool, const Image& known) {
  require(pool->block_bytes() == page_bytes, "an image is assembled from blocks of a page");
  if (manifest.bytes > bytes_max) return std::unexpected(TransferError::too_large);
  if (manifest.page_hashes.size() != pages_of(manifest.bytes))
    return std::unexpected(TransferError::wrong_manifest);
  Assembly assembly(std::move(manifest), pool);
  const std::size_t common = std::min(known.pages(), assembly.pages_.size());
  for (std::size_t i = 0; i < common; ++i)
    if (known.page(i).size() == assembly.length_of(i) &&
        known.page_hash(i) == assembly.manifest_.page_hashes[i])
      assembly.keep(i, known.page(i));
  return assembly;
}

std::size_t Assembly::length_of(std::size_t index) const {
  return std::min<std::size_t>(page_bytes, manifest_.bytes - index * page_bytes);
}

void Assembly::keep(std::size_t index, ByteView content) {
  std::array<std::byte, page_bytes> page{};  // what follows the last byte is zero
  std::ranges::copy(std::as_bytes(content), page.begin());
  pages_[index] = Image(pool_, page.data(), content.size());
  --missing_count_;
}

std::expected<void, TransferError> Assembly::add(std::size_t index, ByteView content) {
  if (index >= pages_.size()) return std::unexpected(TransferError::no_such_page);
  if (content.size() != length_of(index)) return std::unexpected(TransferError::wrong_length);
  if (hash_bytes(content) != manifest_.page_hashes[index]) return std::unexpected(TransferError::wrong_hash);
  if (pages_[index].bytes() == 0) keep(index, content);
  return {};
}

std::vector<std::uint32_t> Assembly::missing(std::size_t count_max) const {
  std::vector<std::uint32_t> missing;
  for (std::size_t i = 0; i < pages_.size() && missing.size() < count_max; ++i)
    if (pages_[i].bytes() == 0) missing.push_back(static_cast<std::uint32_t>(i));
  return missing;
}

Image Assembly::image() const {
  require(complete(), "an image is used when all of it is there");
  std::vector<Image::Block> blocks;
  blocks.reserve(pages_.size());
  for (const auto& page : pages_) {
    blocks.push_back(page.blocks().front());
    pool_->hold(blocks.back());
  }
  return {pool_, std::move(blocks), manifest_.bytes};
}

}  // namespace tutti::memory
