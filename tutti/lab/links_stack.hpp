// Links and nothing on them: what a network, its NATs and who is there leave of the links that peers want.
#pragma once

#include "tutti/lab/catalogue.hpp"

namespace tutti::lab {

/// The stack "links". Observed of those who are there: links.wanted, how many of the topology's links have
/// both ends running; links.wanted_up, how many of these are up; links.up, how many links there are;
/// links.direct, how many of these go over no relay.
StackType links_stack();

}  // namespace tutti::lab
