// Averaging (averaging.hpp) as a stack, on peers that need no links: for simulations of very many peers.
//
// Observed once a window: averaging.variance of the running peers' values, and
// averaging.online, how many there are.
#pragma once

#include "tutti/lab/catalogue.hpp"

namespace tutti::lab {

StackType averaging_stack();

}  // namespace tutti::lab
