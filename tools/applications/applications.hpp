// Commands about recordings and applications. `tutti` knows no application: a replay file names its own, and
// the program of that name does the work.
#pragma once

#include <CLI/CLI.hpp>

namespace tutti::tools {

/// Adds the subcommands replay and selftest to `app`. They run when the arguments are parsed, and if all is
/// well this process becomes the application; `status` becomes the exit status if it is not.
void add_application_commands(CLI::App& app, int& status);

}  // namespace tutti::tools
