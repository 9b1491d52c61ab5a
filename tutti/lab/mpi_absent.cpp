#include <cstdlib>

#include "tutti/base/require.hpp"
#include "tutti/lab/mpi_ranks.hpp"

namespace tutti::lab {

std::expected<std::unique_ptr<MpiRanks>, std::string> MpiRanks::join() {
  const char* size = std::getenv("OMPI_COMM_WORLD_SIZE");
  if (size == nullptr) size = std::getenv("PMI_SIZE");
  if (size == nullptr || std::string_view(size) == "1") return nullptr;
  return std::unexpected("tutti was built without MPI: install libopenmpi-dev and build again");
}

// Nobody has ranks to call these on.
MpiRanks::~MpiRanks() = default;
void MpiRanks::serve(Workforce& /*workers*/) {}
std::size_t MpiRanks::busy() const {
  return 0;
}
std::expected<void, std::string> MpiRanks::begin(const Job& /*job*/) {
  require(false, "there are no ranks");
  return {};
}
std::vector<Ending> MpiRanks::wait(Duration /*longest*/) {
  return {};
}
void MpiRanks::stop() {}

}  // namespace tutti::lab
