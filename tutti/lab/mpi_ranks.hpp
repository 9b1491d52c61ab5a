// Sweeps over several machines: `mpirun -n 8 tutti lab run FILE`. Every rank reads the same command line and
// the same files. The first hands out the runs, one at a time to each, and alone writes the results.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tutti/lab/workforce.hpp"

namespace tutti::lab {

/// To the first rank, the others are a workforce.
class MpiRanks final : public Workforce {
 public:
  /// Joins the other ranks; null if mpirun has not started this process, or alone. The error says that tutti
  /// was built without MPI, or what MPI says. To be called once in a process.
  static std::expected<std::unique_ptr<MpiRanks>, std::string> join();
  /// Lets the others end, if this is the first; and waits for all, unless they were interrupted.
  ~MpiRanks() override;
  MpiRanks(const MpiRanks&) = delete;
  MpiRanks& operator=(const MpiRanks&) = delete;

  [[nodiscard]] bool first() const { return rank_ == 0; }
  /// For the ranks that are not the first: has `workers` run what the first hands out, until there is no more
  /// or an Interruption is asked for.
  void serve(Workforce& workers);

  [[nodiscard]] std::size_t idle() const override { return jobs_.size() - busy(); }
  [[nodiscard]] std::size_t busy() const override;
  std::expected<void, std::string> begin(const Job& job) override;
  /// Without waiting.
  std::vector<Ending> wait(Duration longest) override;
  void stop() override;

 private:
  MpiRanks(int rank, int size) : rank_(rank), jobs_(rank == 0 ? static_cast<std::size_t>(size - 1) : 0) {}

  int rank_;
  std::vector<std::optional<Job>> jobs_;   // the first's: what rank i + 1 is at
  [[maybe_unused]] bool stopped_ = false;  // not where MPI is absent
};

}  // namespace tutti::lab
