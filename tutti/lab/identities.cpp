#include "tutti/lab/identities.hpp"

#include <cstring>

#include "tutti/base/random.hpp"

namespace tutti::lab {

Identity identity_of(std::uint64_t seed, std::uint32_t number) {
  auto draw = Random::keyed({seed, number});
  Identity::Seed bytes{};
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
    const auto drawn = draw();
    std::memcpy(&bytes[i], &drawn, sizeof drawn);
  }
  return Identity::from_seed(bytes);
}

std::vector<PeerId> ids_of(std::uint64_t seed, std::uint32_t count) {
  std::vector<PeerId> ids;
  for (std::uint32_t i = 0; i < count; ++i) ids.push_back(identity_of(seed, i).peer());
  return ids;
}

}  // namespace tutti::lab
