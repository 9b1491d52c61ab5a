// All network models, and the short texts that name them on command lines and in experiments.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/net/model/delays.hpp"
#include "tutti/net/model/effects.hpp"
#include "tutti/net/model/measured.hpp"

namespace tutti {

/// Reads parts joined by '+'. Delays add up; an effect is around all that stands before it.
///
///   none  constant:50ms  uniform:10ms-30ms  normal:50ms,10ms  normal:50ms,10ms,25%  pareto:50ms,3
///   coordinates:FILE  (or king:FILE)  matrix:FILE,unit=ms  regions:FILE,unit=ms  pairs:FILE
///   loss:1%  bursts:10s,200ms,50%,0.1%  loss-matrix:FILE,unit=percent
///   duplicate:0.1%  reorder:1%  bandwidth:1Mbit,64KiB  partition:0-9/10-19,60s-90s
///
/// After ';' a time and ':' and what the network is from then on: "constant:10ms;60s:constant:100ms+loss:5%".
///
/// Times take ns, us, ms or s; shares are percentages; a bandwidth takes bit, kbit, Mbit or Gbit (a second),
/// a queue B, KiB or MiB. Files may be followed by shuffle=SEED (see Placement); delay files also by
/// unit=us|ms|s, missing=fail|median|detour, one-way and symmetric (see DelayFileOptions). For matrix a
/// folder may stand, whose files are slices in time: every=10s says how long each is. File names hold no '+',
/// ',' or ';'.
///
/// The error names the offending part.
std::expected<NetworkModelPtr, std::string> parse_network_model(std::string_view text);

/// A word of one's own in such texts: `long_way:3` with the model that it stands for.
struct NetworkWord {
  std::string name;  ///< letters, digits, '-' and '_'; what is built in cannot be named anew
  std::string form;  ///< for people, such as "long_way:3"
  std::size_t values_min = 0;
  std::size_t values_max = 0;
  /// Makes the model from the values that stood behind ':' with commas between them. `before` is what stands
  /// before it in the text, or a network without delay: an effect goes around it, and a model of delays adds
  /// itself with sum_of(). The error is a sentence.
  std::function<std::expected<NetworkModelPtr, std::string>(std::span<const std::string_view> values,
                                                            NetworkModelPtr before)>
      make;
};

/// The same with words of one's own.
std::expected<NetworkModelPtr, std::string> parse_network_model(std::string_view text,
                                                                std::span<const NetworkWord> own);

}  // namespace tutti
