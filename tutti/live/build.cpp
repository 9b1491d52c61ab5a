#include "tutti/live/build.hpp"

#include <array>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <xxhash.h>

#include "tutti/base/require.hpp"

namespace tutti {

std::expected<std::string, std::string> build_of(const std::filesystem::path& program) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> hash(XXH3_createState(), &XXH3_freeState);
  require(hash != nullptr && XXH3_64bits_reset(hash.get()) == XXH_OK, "a hash can be begun");
  std::ifstream file(program, std::ios::binary);
  std::array<char, 65'536> part;
  while (file.read(part.data(), part.size()) || file.gcount() > 0)
    XXH3_64bits_update(hash.get(), part.data(), static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || file.bad())
    return std::unexpected(fmt::format("'{}' cannot be read", program.string()));
  return fmt::format("{:08x}", XXH3_64bits_digest(hash.get()) >> 32);
}

}  // namespace tutti
