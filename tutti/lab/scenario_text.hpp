// One line of an experiment's scenario: a call ("4 14.3 Peer.start()") or a generator ("ramp every=1s"),
// which begins with a letter.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "tutti/lab/experiment.hpp"
#include "tutti/lab/mistake.hpp"

namespace tutti::lab {

/// Without the comment and the blanks around; empty if nothing else is there.
std::string_view without_comment(std::string_view line);

/// Reads a line that is not empty; `source` is what later mistakes are reported under, with `number` as the
/// line.
std::expected<ScenarioPart, Fault> read_part(std::string_view line, const std::string& source,
                                             std::uint32_t number);

}  // namespace tutti::lab
