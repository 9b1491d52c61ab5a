// A NAT of a NatLab that gives port mappings to who asks from inside, as home routers do: by PCP, NAT-PMP and
// UPnP. It is miniupnpd, which many of them run, in the NAT's own namespace.
#pragma once

#include <optional>
#include <string>

#include "natlab/nat_lab.hpp"
#include "natlab/process.hpp"
#include "tutti/base/temporary_folder.hpp"

namespace tutti::natlab {

class PortMappingRouter {
 public:
  struct Options {
    bool pcp_and_nat_pmp = true;
    bool upnp = true;
    /// Refuses what is asked for.
    bool refuses = false;
  };

  /// The laboratory outlives it.
  PortMappingRouter(const NatLab& lab, NatLab::Network nat, Options options);
  PortMappingRouter(const NatLab& lab, NatLab::Network nat) : PortMappingRouter(lab, nat, Options{}) {}

  /// The mappings that it has, as rules of nft(8).
  [[nodiscard]] std::string mappings() const;
  /// Of the program.
  [[nodiscard]] std::string output() const { return program_->output(); }

 private:
  const NetworkNamespace& space_;
  TemporaryFolder folder_;
  std::optional<Process> program_;
};

}  // namespace tutti::natlab
