// Commands about this machine's network.
#pragma once

#include <CLI/CLI.hpp>

namespace tutti::tools {

/// Adds the subcommand net to `app`. It runs when the arguments are parsed, and `status` becomes the exit
/// status.
void add_net_commands(CLI::App& app, int& status);

}  // namespace tutti::tools
