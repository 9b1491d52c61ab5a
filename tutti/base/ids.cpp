#include "tutti/base/ids.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace tutti {

std::string PeerId::text() const {
  return to_hex(bytes);
}

std::string PeerId::brief() const {
  return to_hex(ByteView(bytes).first(4));
}

std::expected<PeerId, std::string> PeerId::parse(std::string_view text) {
  const auto raw = from_hex(text);
  if (!raw || raw->size() != size)
    return std::unexpected(fmt::format("a peer id has {} hexadecimal digits", size * 2));
  PeerId id;
  std::ranges::copy(*raw, id.bytes.begin());
  return id;
}

}  // namespace tutti

std::size_t std::hash<tutti::PeerId>::operator()(const tutti::PeerId& id) const noexcept {
  // Live ids are the output of a hash, so any part of one is as good as another.
  std::size_t part = 0;
  std::memcpy(&part, id.bytes.data(), sizeof part);
  return part;
}
