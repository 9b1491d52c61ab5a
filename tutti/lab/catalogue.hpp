// What experiments can name: stacks of peerlets, functions that compute what measures are compared with, and
// network models of one's own.
// tutti's own are those of the `tutti` command; a program of your own adds its own and has the same command
// line (see lab/command.hpp):
//
//   lab::Catalogue catalogue;
//   catalogue.add(lab::StackType{.name = "mine", .description = "...", .make = &MyStack::make});
//   return lab::command(argc, argv, catalogue);
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/lab/experiment.hpp"
#include "tutti/lab/house.hpp"
#include "tutti/lab/vocabulary.hpp"
#include "tutti/measure/recorder.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/runtime/simulator.hpp"

// The installed package says where its files lie, to whoever is built with it.
#ifndef TUTTI_INSTALLED_SHARE
#define TUTTI_INSTALLED_SHARE ""
#endif

namespace tutti::lab {

/// The peers of one run: how each is built, and what only somebody who sees all of them can measure.
///
/// What a stack shows and observes goes over the house's board, so that it works live too: there each process
/// has a stack of its own, of which start() and show() are called for its one peer, and observe(), settled()
/// and conclude() in one of the processes.
class Stack {
 public:
  virtual ~Stack() = default;

  /// Builds and starts the peer of a site, from Site::build().
  virtual std::unique_ptr<Peer> start(const Site& site) = 0;
  /// The peer is about to be destroyed, or has vanished.
  virtual void ended(House& /*house*/, std::uint32_t /*number*/) {}
  /// An event of the application, as text. The error says what is wrong with it.
  virtual std::expected<void, std::string> submit(Peer& peer, std::string_view event);

  /// How many numbers of each peer the board has.
  [[nodiscard]] virtual std::size_t board_columns() const { return 0; }
  /// At the end of each window, for each running peer: puts on the board what observe() is to see of it.
  /// `now` is the window's end by the peer's clock; live this is called a little later.
  virtual void show(House& /*house*/, std::uint32_t /*number*/, Peer& /*peer*/, TimePoint /*now*/) {}
  /// When all have shown themselves.
  virtual void observe(const House& /*house*/, measure::Recorder& /*recorder*/) {}

  /// Whether there is nothing to wait for after the last window. Otherwise everybody who is not running is
  /// started and every path healed, and every settle_step all show themselves and this is asked again, until
  /// settle_max. What the peers count meanwhile is not part of the results.
  virtual bool settled(const House& /*house*/) { return true; }
  /// Last of all; `settled` is what settled() said last.
  virtual void conclude(bool /*settled*/, measure::Recorder& /*recorder*/) {}
};

/// No multiple of a second, so that what happens once a second is not always seen at the same point.
inline constexpr Duration settle_step = std::chrono::milliseconds(4700);
inline constexpr Duration settle_max = std::chrono::seconds(60);

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
  /// A word for `network`, beside those of docs/networks.md.
  void add_network(NetworkWord word) { networks_.push_back(std::move(word)); }

  [[nodiscard]] const std::vector<StackType>& stacks() const { return stacks_; }
  /// The error names the nearest there is.
  [[nodiscard]] std::expected<const StackType*, std::string> stack(std::string_view name) const;
  [[nodiscard]] std::expected<ReferenceFunction, std::string> reference(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, ReferenceFunction>& references() const { return references_; }
  [[nodiscard]] const std::vector<NetworkWord>& networks() const { return networks_; }
  /// Where tutti is installed, with the page that reports are made from; empty if it is not.
  [[nodiscard]] const std::filesystem::path& share() const { return share_; }

 private:
  std::vector<StackType> stacks_;
  std::map<std::string, ReferenceFunction> references_;
  std::vector<NetworkWord> networks_;
  std::filesystem::path share_ = TUTTI_INSTALLED_SHARE;
};

}  // namespace tutti::lab
