// What experiments can name: stacks of peerlets, and functions that compute what measures are compared with.
// tutti's own are those of the `tutti` command; a program of your own adds its own and has the same command
// line (see lab/command.hpp):
//
//   lab::Catalogue catalogue;
//   catalogue.add(lab::StackType{.name = "mine", .description = "...", .make = &MyStack::make});
//   return lab::command(argc, argv, catalogue);
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/lab/experiment.hpp"
#include "tutti/lab/vocabulary.hpp"
#include "tutti/measure/recorder.hpp"
#include "tutti/net/virtual/virtual_network.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti::lab {

class World;

/// Where one peer of a run lives.
struct Site {
  std::uint32_t number = 0;
  World& world;
  SimRuntime& runtime;
  PeerId id;
  const std::vector<std::uint32_t>& neighbours;  ///< whom the topology links it with, in either direction
  measure::Recorder& recorder;
};

/// The peers of one run: how each is built, and what only somebody who sees all of them can measure.
class Stack {
 public:
  virtual ~Stack() = default;

  /// Builds and starts the peer of a site; it counts into the site's recorder.
  virtual std::unique_ptr<Peer> start(const Site& site) = 0;
  /// The peer is about to be destroyed, or has vanished.
  virtual void ended(std::uint32_t /*number*/) {}
  /// An event of the application, as text. The error says what is wrong with it.
  virtual std::expected<void, std::string> submit(Peer& peer, std::string_view event);
  /// At the end of each window, between events.
  virtual void observe(World& /*world*/, measure::Recorder& /*recorder*/) {}
  /// After the last window; may let the world go on.
  virtual void finish(World& /*world*/, measure::Recorder& /*recorder*/) {}
};

struct OptionType {
  std::string name;
  std::string description;
  std::string fallback;  ///< what it is if the experiment does not say
};

struct StackType {
  std::string name;
  std::string description;
  std::vector<OptionType> options{};
  std::vector<const PeerletType*> peerlets{};  ///< whose commands scenarios may call
  Vocabulary::EventCheck check_event{};        ///< of submit("text")
  unsigned shards_max = Simulator::shards_max;
  /// `options` holds all of the above. The error says which of them is wrong.
  std::function<std::expected<std::unique_ptr<Stack>, std::string>(
      const Plan& plan, const std::map<std::string, std::string>& options)>
      make;
};

/// Computes what a measure is compared with, for one cell: from the plan alone, with nothing of what is
/// measured.
using ReferenceFunction = std::function<std::optional<double>(const Plan& plan, std::uint64_t seed)>;

class Catalogue {
 public:
  void add(StackType type) { stacks_.push_back(std::move(type)); }
  void add_reference(std::string name, ReferenceFunction function) {
    references_[std::move(name)] = std::move(function);
  }

  [[nodiscard]] const std::vector<StackType>& stacks() const { return stacks_; }
  /// The error names the nearest there is.
  [[nodiscard]] std::expected<const StackType*, std::string> stack(std::string_view name) const;
  [[nodiscard]] std::expected<ReferenceFunction, std::string> reference(std::string_view name) const;

 private:
  std::vector<StackType> stacks_;
  std::map<std::string, ReferenceFunction> references_;
};

}  // namespace tutti::lab
