// The vocabulary: which calls a scenario may make, so that its mistakes are found before the run.
//
//   Vocabulary vocabulary;                     // the calls of Peer
//   vocabulary.add(peerlet_type<Flood>);       // the commands of a class ...
//   vocabulary.add(*peer);                     // ... or of all peerlets of a peer
//   for (const auto& mistake : check(scenario, vocabulary, peers)) fmt::print("{}\n", mistake.text());
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tutti/lab/mistake.hpp"
#include "tutti/lab/network_reader.hpp"
#include "tutti/lab/scenario.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti::lab {

class Vocabulary {
 public:
  /// Says what is wrong with the text of an application's event.
  using EventCheck = std::function<std::expected<void, std::string>(std::string_view)>;

  /// A peerlet class that the peers of the experiment have. It lives as long as the vocabulary.
  void add(const PeerletType& type) { types_.push_back(&type); }
  void add(const Peer& peer);
  /// What reads setDelay("model"): without it, one that knows what is built in.
  void set_networks(NetworkReader networks) { networks_ = std::move(networks); }
  /// What submit("text") takes: without it, any text.
  void set_event_check(EventCheck check) { check_event_ = std::move(check); }

  /// What is wrong with `call` in an experiment of `peers`; the offset is that of the part concerned, in the
  /// line that the call stands in.
  [[nodiscard]] std::optional<Fault> fault_in(const Call& call, std::uint32_t peers) const;
  /// All calls, for people: "Peer.start()", "Peer.Flood.setDropMessages(true|false)".
  [[nodiscard]] std::vector<std::string> list() const;

 private:
  /// The methods of the peer itself, or of the peerlets of that name.
  [[nodiscard]] std::vector<const CommandSignature*> methods_of(std::string_view peerlet) const;

  std::vector<const PeerletType*> types_;
  NetworkReader networks_;
  EventCheck check_event_;
};

/// All mistakes in an experiment of `peers`, one a line, up to mistakes_max and none twice.
Mistakes check(const Scenario& scenario, const Vocabulary& vocabulary, std::uint32_t peers);

}  // namespace tutti::lab
