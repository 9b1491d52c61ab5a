// The build of the program that runs: peers of different builds do not meet.
//
// An application computes the same on all peers because they run the same instructions. A compiler's other
// version, another flag, or a line that was changed while the version was not, is another program, whose
// states come to differ sooner or later, and nobody knows why. So peers compare the hashes of their programs
// before anything else, and say both when they differ.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace tutti {

/// Eight digits, which are of the XXH3 of a program's file. The error is a sentence.
[[nodiscard]] std::expected<std::string, std::string> build_of(const std::filesystem::path& program);

/// Of the file that this program was started from, even if another has taken its place.
[[nodiscard]] inline std::expected<std::string, std::string> build_of_this_program() {
  return build_of("/proc/self/exe");
}

}  // namespace tutti
