// One line of an experiment's scenario: a call ("4 14.3 Peer.start()") or a generator ("ramp every=1s"),
// which begins with a letter. Here they stay text; this only says what is wrong with one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tutti/lab/mistake.hpp"

namespace tutti::lab {

/// Without the comment and the blanks around; empty if nothing else is there.
std::string_view without_comment(std::string_view line);

/// What is wrong with a line that is not empty.
std::optional<Fault> fault_in_line(std::string_view line);

}  // namespace tutti::lab
