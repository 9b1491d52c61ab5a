// Lists of seeds as nobody wrote them: read within their bounds, or refused with the place of what is wrong.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tutti/base/require.hpp"
#include "tutti/live/bootstrap/seed_list.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutti;
  const auto seeds = parse_seeds({reinterpret_cast<const char*>(data), size});
  if (!seeds) {
    require(seeds.error().starts_with("line "), "a fault has a place");
    return 0;
  }
  for (const auto& seed : *seeds)
    require(!seed.host.empty() && seed.port != 0, "a seed has a host and a port");
  return 0;
}
