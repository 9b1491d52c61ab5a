// Changes to an experiment on the command line, made in its TOML before it is read: so they meet the same
// checks as the file.
#pragma once

#include <vector>

#include "tutti/lab/experiment.hpp"
#include "tutti/lab/toml.hpp"

namespace tutti::lab {

/// Makes the changes; mistakes in them, and those that the values turn out to be later, are reported as those
/// of "--set KEY=VALUE".
void apply(const std::vector<Setting>& settings, toml::table& table, TomlReport& report);

/// The changed experiment as a file again, with the changes noted at its top.
std::string changed_text(const std::vector<Setting>& settings, const toml::table& table);

}  // namespace tutti::lab
