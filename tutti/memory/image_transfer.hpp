// How an image travels: a manifest, which is small and says what every page is, and then pages in any order
// and from anybody, each checked against the manifest before it is used.
//
//   giver:     manifest_of(image), image.page(i)
//   newcomer:  auto assembly = Assembly::begin(manifest, limits, pool, what_it_still_has);
//              while (!assembly->complete()) ... assembly->add(index, bytes) ...
//              Image image = assembly->image();
//
// Whoever comes back with an older image asks for the pages that differ only: assembly takes from it those at
// the same place with the same hash. What the manifest is worth is for its receiver to know, for instance
// because several peers name the same hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "tutti/memory/image.hpp"

namespace tutti::memory {

/// An aggregate, so that it can be a message.
struct Manifest {
  std::uint64_t bytes = 0;
  std::vector<std::uint64_t> page_hashes;

  bool operator==(const Manifest&) const = default;
};

[[nodiscard]] Manifest manifest_of(const Image& image);
/// Image::hash() of the image it describes.
[[nodiscard]] std::uint64_t hash_of(const Manifest& manifest);

enum class TransferError : std::uint8_t {
  too_large,       ///< the image exceeds what its receiver takes
  wrong_manifest,  ///< there is not one hash for each page
  no_such_page,    ///< the index is beyond the last page
  wrong_length,    ///< the bytes are more or fewer than the page has
  wrong_hash,      ///< the bytes are not those of the manifest
};
std::string_view describe(TransferError error);

/// An image under way. Nothing of it is to be used before it is complete.
class Assembly {
 public:
  /// Takes the pages of `known` (maybe an empty image) that are right. Memory for what is missing is used as
  /// it comes. `pool` makes blocks of page_bytes.
  static std::expected<Assembly, TransferError> begin(Manifest manifest, std::size_t bytes_max,
                                                      const Image::Pool& pool, const Image& known);

  /// Takes a page in. One that is there already changes nothing.
  std::expected<void, TransferError> add(std::size_t index, ByteView content);

  /// The pages that are missing, in order, `count_max` of them at most.
  [[nodiscard]] std::vector<std::uint32_t> missing(std::size_t count_max) const;
  [[nodiscard]] bool complete() const { return missing_count_ == 0; }
  /// Only of a complete one.
  [[nodiscard]] Image image() const;

 private:
  Assembly(Manifest manifest, Image::Pool pool);
  [[nodiscard]] std::size_t length_of(std::size_t index) const;
  void keep(std::size_t index, ByteView content);

  Manifest manifest_;
  Image::Pool pool_;
  std::vector<Image> pages_;  // of one page each; empty where it is missing
  std::size_t missing_count_;
};

}  // namespace tutti::memory
