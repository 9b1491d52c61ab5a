// The axes' values in one cell, by name: what stands for them in braces.
#pragma once

#include <map>
#include <string>

#include "tutti/lab/experiment.hpp"

namespace tutti::lab {

struct CellValues {
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> words;
};
/// `cell` has a value for each axis.
CellValues values_at(const Experiment& experiment, const Cell& cell);

}  // namespace tutti::lab
