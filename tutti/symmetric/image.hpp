// An image of a state as plain bytes, in which it crosses to other threads and other peers.
#pragma once

#include <cstddef>
#include <memory>

#include "tutti/base/bytes.hpp"
#include "tutti/memory/image.hpp"
#include "tutti/symmetric/state_memory.hpp"

namespace tutti::symmetric {

[[nodiscard]] inline Bytes bytes_of(const memory::Image& image) {
  Bytes bytes(image.bytes());
  image.copy_to(reinterpret_cast<std::byte*>(bytes.data()));
  return bytes;
}

/// The inverse; in blocks that it shares with no other image.
[[nodiscard]] inline memory::Image image_of(Bytes bytes) {
  const std::size_t size = bytes.size();
  bytes.resize(memory::pages_of(size) * memory::page_bytes);
  const auto pool = std::make_shared<memory::BlockPool>(memory::page_bytes);
  return {pool, reinterpret_cast<const std::byte*>(bytes.data()), size};
}

/// Whether the bytes can be the image of a state of `App`: not whether it is the right one.
template <typename App>
[[nodiscard]] bool is_image_of(ByteView bytes) {
  return StateMemory<App>::fits(image_of(Bytes(bytes.begin(), bytes.end())));
}

}  // namespace tutti::symmetric
