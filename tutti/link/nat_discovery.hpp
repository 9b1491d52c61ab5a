// Where a peer is seen from outside, and what kind of NAT it is behind: concluded from what its neighbours
// say about where they see it, with no server asked. A pure function of what they say.
//
// One neighbour may lie, or be behind the same NAT and see what nobody outside sees. So what most of them say
// counts, and neighbours at one address have one voice. If they agree on address and port, the NAT's mapping
// is endpoint-independent (RFC 4787, 4.1) and others will see the same; if they agree on the address only, it
// is not, and no stranger's view can be predicted.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tutti/base/ids.hpp"
#include "tutti/base/time.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/net/nat/nat_kind.hpp"

namespace tutti {

class NatDiscovery {
 public:
  /// The neighbour `observer`, who is at `place`, sees this peer at `seen`.
  void observed(const PeerId& observer, const Endpoint& place, const Endpoint& seen);
  /// A neighbour is gone, and its word with it.
  void forget(const PeerId& observer);
  /// This peer is somewhere else.
  void forget_all() { *this = {}; }

  /// Where this peer is seen, what most say first.
  [[nodiscard]] const std::vector<Endpoint>& external() const { return external_; }
  /// Whether the mapping depends on who is sent to; nothing before two neighbours at different addresses have
  /// spoken. Where it does, nobody could tell whether also on the port: that makes no difference for a punch.
  [[nodiscard]] std::optional<NatDependence> mapping() const { return mapping_; }
  /// With a neighbour's help it has turned out whom the NAT lets in (RFC 4787, 5).
  void judged(const PeerId& helper, NatDependence filtering) {
    judgements_.insert_or_assign(helper, filtering);
  }
  [[nodiscard]] std::size_t filtering_judgements() const { return judgements_.size(); }
  [[nodiscard]] bool filtering_judged_by(const PeerId& helper) const { return judgements_.contains(helper); }
  /// As most have found; of equally many the narrower one.
  [[nodiscard]] std::optional<NatDependence> filtering() const;
  /// A mapping that nothing used for so long was still there, or was not.
  void tried(Duration silence, bool outlived) {
    if (outlived)
      outlived_ = std::max(outlived_, silence);
    else
      ++failures_[silence];
  }
  /// The longest silence that a mapping has outlived; zero if none has been tried.
  [[nodiscard]] Duration outlived() const { return outlived_; }
  /// How often a mapping was gone after that silence, or the word that it was not has been lost.
  [[nodiscard]] int failures(Duration silence) const {
    const auto found = failures_.find(silence);
    return found == failures_.end() ? 0 : found->second;
  }
  /// Where a neighbour sees this peer, if it has said so.
  [[nodiscard]] std::optional<Endpoint> seen_by(const PeerId& observer) const {
    const auto found = observations_.find(observer);
    return found == observations_.end() ? std::nullopt : std::optional(found->second.seen);
  }
  /// What is known, a sentence for people. `own` is where this peer's socket is on its own network.
  [[nodiscard]] std::string describe(const std::vector<Endpoint>& own) const;

 private:
  struct Observation {
    Endpoint place;
    Endpoint seen;
    friend bool operator==(const Observation&, const Observation&) = default;
  };

  void conclude();

  std::map<PeerId, Observation> observations_;
  // Concluded from the observations: asked for far more often than they change.
  std::vector<Endpoint> external_;
  std::optional<NatDependence> mapping_;
  std::map<PeerId, NatDependence> judgements_;
  Duration outlived_{};
  std::map<Duration, int> failures_;
};

}  // namespace tutti
