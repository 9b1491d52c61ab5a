// The command line of the laboratory: run, list, show. `tutti lab` is this with tutti's own catalogue; a
// program with peerlets of its own calls it with its own.
#pragma once

#include <CLI/CLI.hpp>

#include "tutti/lab/catalogue.hpp"

namespace tutti::lab {

/// Adds the subcommands run, list and show to `app`; what was asked for runs when the arguments are parsed,
/// and `status` becomes the exit status: 0 if all went well and every bar holds, 1 if not, 2 for mistakes in
/// the experiment. `catalogue` outlives the parsing.
void add_commands(CLI::App& app, const Catalogue& catalogue, int& status);

/// The main function of a program that is a laboratory.
int command(int argc, char** argv, const Catalogue& catalogue);

}  // namespace tutti::lab
