// All containers that a state in an arena may have, in one include.
#pragma once

#include "tutti/memory/flat_map.hpp"  // IWYU pragma: export
#include "tutti/memory/map.hpp"       // IWYU pragma: export
#include "tutti/memory/string.hpp"    // IWYU pragma: export
#include "tutti/memory/vector.hpp"    // IWYU pragma: export
