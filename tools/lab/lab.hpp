// What experiments of the `tutti` command can name.
#pragma once

#include "tutti/lab/catalogue.hpp"

namespace tutti::tools {

lab::Catalogue lab_catalogue();

}  // namespace tutti::tools
