#include "tutti/lab/mpi_ranks.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>

// The C interface alone: the one of C++ has left the standard, and has a library of its own.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include "tutti/base/require.hpp"
#include "tutti/lab/interruption.hpp"

namespace tutti::lab {
namespace {

enum Tag : int { order_tag = 1, line_tag = 2, failure_tag = 3 };
/// A job, or that there is no more: the cell is then this.
using Order = std::array<std::uint32_t, 2>;
constexpr std::uint32_t no_more = UINT32_MAX;
/// A waiting MPI turns at full speed. So nothing waits in MPI: it is asked now and then.
constexpr Duration pause = std::chrono::milliseconds(10);

void send_order(int rank, Order order) {
  MPI_Send(order.data(), 2, MPI_UINT32_T, rank, order_tag, MPI_COMM_WORLD);
}

std::optional<MPI_Status> message_from(int rank, int tag) {
  int there = 0;
  MPI_Status status;
  MPI_Iprobe(rank, tag, MPI_COMM_WORLD, &there, &status);
  return there != 0 ? std::optional(status) : std::nullopt;
}

std::string receive_text(const MPI_Status& status) {
  int size = 0;
  MPI_Get_count(&status, MPI_CHAR, &size);
  std::string text(static_cast<std::size_t>(size), '\0');
  MPI_Recv(text.data(), size, MPI_CHAR, status.MPI_SOURCE, status.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  return text;
}

}  // namespace

std::expected<std::unique_ptr<MpiRanks>, std::string> MpiRanks::join() {
  // Of Open MPI, and of those who start ranks through PMI.
  if (std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr && std::getenv("PMI_SIZE") == nullptr) return nullptr;
  if (MPI_Init(nullptr, nullptr) != MPI_SUCCESS) return std::unexpected("MPI does not start");
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return std::unique_ptr<MpiRanks>(new MpiRanks(rank, size));
}

MpiRanks::~MpiRanks() {
  if (stopped_) return;  // the others may be gone, and MPI would wait for them
  for (int rank = 1; rank <= static_cast<int>(jobs_.size()); ++rank) send_order(rank, {no_more, 0});
  MPI_Finalize();
}

void MpiRanks::serve(Workforce& workers) {
  require(!first(), "the first rank hands out");
  while (!Interruption::asked()) {
    if (message_from(0, order_tag)) {
      Order order{};
      MPI_Recv(order.data(), 2, MPI_UINT32_T, 0, order_tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      if (order[0] == no_more) return;
      const Job job{order[0], order[1]};
      if (auto begun = workers.begin(job); !begun)
        MPI_Send(begun.error().data(), static_cast<int>(begun.error().size()), MPI_CHAR, 0, failure_tag,
                 MPI_COMM_WORLD);
    }
    for (const auto& ending : workers.wait(pause)) {
      const auto& text = ending.line ? *ending.line : ending.line.error();
      MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, 0, ending.line ? line_tag : failure_tag,
               MPI_COMM_WORLD);
    }
  }
  workers.stop();
  stopped_ = true;
}

std::size_t MpiRanks::busy() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(jobs_, [](const auto& job) { return job.has_value(); }));
}

std::expected<void, std::string> MpiRanks::begin(const Job& job) {
  const auto free = std::ranges::find(jobs_, std::optional<Job>());
  require(free != jobs_.end(), "a rank is idle");
  *free = job;
  send_order(static_cast<int>(free - jobs_.begin()) + 1, {job.cell, job.repetition});
  return {};
}

std::vector<Ending> MpiRanks::wait(Duration /*longest*/) {
  std::vector<Ending> endings;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (!jobs_[i]) continue;
    const auto status = message_from(static_cast<int>(i) + 1, MPI_ANY_TAG);
    if (!status) continue;
    auto text = receive_text(*status);
    const Job job = *std::exchange(jobs_[i], std::nullopt);
    if (status->MPI_TAG == line_tag)
      endings.push_back({job, std::move(text)});
    else
      endings.push_back({job, std::unexpected(std::move(text))});
  }
  return endings;
}

void MpiRanks::stop() {
  stopped_ = true;  // mpirun interrupts the others too
  std::ranges::fill(jobs_, std::optional<Job>());
}

}  // namespace tutti::lab
