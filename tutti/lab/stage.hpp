// The stage: where a scenario is played. One virtual function for each call that every peer understands, and
// one for the commands of peerlets; the simulated and the live laboratory implement it.
//
// The calls of `Peer` are a table of these functions under the names that scenarios use, made like the
// command table of a peerlet: the types of the parameters are what the values are checked against before a
// run.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "tutti/lab/peer_set.hpp"
#include "tutti/lab/scenario.hpp"
#include "tutti/peer/command.hpp"

namespace tutti::lab {

/// Peers of different groups cannot reach each other. Everybody begins in group 0.
using Group = Strong<struct GroupTag, std::uint32_t>;

/// How long what a peer sends takes, in the words of the experiment's networks: whoever plays a scenario has
/// a NetworkReader for them.
struct DelayModel {
  std::string text;
};
/// The share of what a peer sends that is lost, 0 to 1; written as "1%".
struct Loss {
  double probability = 0;
};
/// How much faster than real time a clock runs, in millionths; at most 100,000, a tenth.
struct ClockDrift {
  double ppm = 0;
};

/// How far a clock is set forwards, or backwards if negative; at most 100 years.
struct ClockStep {
  Duration by{};
};

class Stage {
 public:
  /// Why a call could not be made, in a sentence.
  using Outcome = std::expected<void, std::string>;

  [[nodiscard]] virtual bool is_running(PeerNumber peer) const = 0;

  virtual Outcome start(PeerNumber peer) = 0;
  /// It says goodbye to its neighbours.
  virtual Outcome stop(PeerNumber peer) = 0;
  /// It does not: the others notice by silence.
  virtual Outcome kill(PeerNumber peer) = 0;
  /// See Peer::set_drop_messages.
  virtual Outcome set_drop_messages(PeerNumber peer, bool drop) = 0;
  /// Unplugs the peer from the network: nothing arrives and nothing leaves until heal().
  virtual Outcome cut(PeerNumber peer) = 0;
  virtual Outcome heal(PeerNumber peer) = 0;
  /// Breaks the path between two peers in both directions.
  virtual Outcome cut_link(PeerNumber peer, PeerNumber other) = 0;
  virtual Outcome heal_link(PeerNumber peer, PeerNumber other) = 0;
  virtual Outcome partition(PeerNumber peer, Group group) = 0;
  /// Of what the peer sends from now on.
  virtual Outcome set_delay(PeerNumber peer, const DelayModel& delay) = 0;
  virtual Outcome set_loss(PeerNumber peer, Loss loss) = 0;
  virtual Outcome set_clock_drift(PeerNumber peer, ClockDrift drift) = 0;
  virtual Outcome step_clock(PeerNumber peer, ClockStep step) = 0;
  /// An event of the application, in whatever text it reads.
  virtual Outcome submit(PeerNumber peer, std::string_view event) = 0;
  /// A command of a peerlet, see Peer::command.
  virtual Outcome call(PeerNumber peer, std::string_view peerlet, std::string_view method,
                       std::span<const CommandValue> values) = 0;

 protected:
  ~Stage() = default;
};

/// A call that every peer understands.
struct BuiltInCall {
  CommandSignature signature;
  Stage::Outcome (*call)(Stage& stage, PeerNumber peer, std::span<const CommandValue> values);
};

/// All of them, in the order of Stage.
std::span<const BuiltInCall> built_in_calls();

/// Makes one call. The error is the stage's, or says what is wrong with a call that nobody checked.
Stage::Outcome perform(Stage& stage, PeerNumber peer, const Call& call);

}  // namespace tutti::lab

template <>
struct tutti::CommandArgument<tutti::lab::PeerNumber> {
  using Written = std::int64_t;
  static constexpr std::string_view form = "peer";
  static std::expected<lab::PeerNumber, std::string> read(std::int64_t written);
};
template <>
struct tutti::CommandArgument<tutti::lab::Group> {
  using Written = std::int64_t;
  static constexpr std::string_view form = "group";
  static std::expected<lab::Group, std::string> read(std::int64_t written);
};
template <>
struct tutti::CommandArgument<tutti::lab::DelayModel> {
  using Written = std::string;
  static constexpr std::string_view form = "\"normal:50ms,10ms\"";
  static std::expected<lab::DelayModel, std::string> read(const std::string& written) {
    return lab::DelayModel{written};
  }
};
template <>
struct tutti::CommandArgument<tutti::lab::Loss> {
  using Written = std::string;
  static constexpr std::string_view form = "\"1%\"";
  static std::expected<lab::Loss, std::string> read(const std::string& written);
};
template <>
struct tutti::CommandArgument<tutti::lab::ClockDrift> {
  using Written = double;
  static constexpr std::string_view form = "ppm";
  static std::expected<lab::ClockDrift, std::string> read(double written);
};
template <>
struct tutti::CommandArgument<tutti::lab::ClockStep> {
  using Written = double;
  static constexpr std::string_view form = "seconds";
  static std::expected<lab::ClockStep, std::string> read(double written);
};
