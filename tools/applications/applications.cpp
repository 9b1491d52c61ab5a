#include "applications/applications.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <expected>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "tutti/base/text.hpp"
#include "tutti/symmetric/recording.hpp"

namespace tutti::tools {
namespace {

namespace fs = std::filesystem;

using Arguments = std::vector<std::string>;

bool is_program(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

// A replay file may come from a stranger: its name for the application must not lead anywhere else, nor be
// taken for an option.
bool is_plain_name(std::string_view name) {
  const auto plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.';
  };
  return !name.empty() && name.size() <= 100 && name[0] != '.' && name[0] != '-' &&
         std::ranges::all_of(name, plain);
}

std::expected<fs::path, std::string> program_named(std::string_view name) {
  if (!is_plain_name(name)) return std::unexpected("the application's name is no name of a program");
  std::error_code ignored;
  fs::path beside = fs::read_symlink("/proc/self/exe", ignored).parent_path() / name;
  if (is_program(beside)) return beside;
  const char* path = std::getenv("PATH");
  for (std::optional<std::string_view> rest = path == nullptr ? "" : path; rest;) {
    const auto [folder, more] = split(*rest, ':');
    if (!folder.empty() && is_program(fs::path(folder) / name)) return fs::path(folder) / name;
    rest = more;
  }
  return std::unexpected(fmt::format("there is no program '{}', neither beside this one nor in PATH", name));
}

std::expected<symmetric::RecordedApplication, std::string> application_of(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return std::unexpected("there is no such file");
  std::ifstream input(file, std::ios::binary);
  Bytes head(symmetric::recorded_application_bytes_max);
  input.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
  if (!input.is_open() || input.bad()) return std::unexpected("it cannot be read");
  head.resize(static_cast<std::size_t>(input.gcount()));
  return symmetric::read_recorded_application(head);
}

int become(const fs::path& program, Arguments arguments) {
  arguments.insert(arguments.begin(), program.string());
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  fmt::print(stderr, "tutti: '{}' cannot be started: {}\n", program.string(), std::strerror(errno));
  return 2;
}

int run_on_file(const fs::path& file, Arguments arguments) {
  const auto application = application_of(file);
  if (!application) {
    fmt::print(stderr, "tutti: '{}': {}\n", file.string(), application.error());
    std::error_code ignored;
    return fs::is_regular_file(file, ignored) ? 1 : 2;
  }
  const auto program = program_named(application->name);
  if (!program) {
    fmt::print(stderr,
               "tutti: '{0}' is a recording of '{1}': {2}; where that program is elsewhere, it is asked "
               "itself: PATH/TO/{1} --replay {0}\n",
               file.string(), application->name, program.error());
    return 2;
  }
  arguments.insert(arguments.begin(), {"--replay", fs::absolute(file).string()});
  return become(*program, std::move(arguments));
}

int self_test(const std::string& target, Arguments arguments) {
  arguments.insert(arguments.begin(), "--self-test");
  if (application_of(target)) return run_on_file(target, std::move(arguments));
  if (target.contains('/')) {
    if (is_program(target)) return become(target, std::move(arguments));
    fmt::print(stderr, "tutti: '{}' is neither a program nor a replay file\n", target);
    return 2;
  }
  const auto program = program_named(target);
  if (program) return become(*program, std::move(arguments));
  fmt::print(stderr, "tutti: {}\n", program.error());
  return 2;
}

}  // namespace

void add_application_commands(CLI::App& app, int& status) {
  auto* replay = app.add_subcommand("replay", "a recorded session: watch, verify or print it");
  auto file = std::make_shared<std::string>();
  replay->add_option("file", *file, "the replay file; its application is beside this program or in PATH")
      ->required()
      ->type_name("FILE");
  replay->footer(
      "What else is given goes to the application:\n"
      "  --verify           compare the states with the recorded ones: 0 if they agree, 1 if not\n"
      "  --print            print the events\n"
      "  --to TICK          stand or stop at this tick\n"
      "  --headless         without a window; with --image FILE, keep a picture");
  replay->allow_extras();
  replay->callback([replay, file, &status] { status = run_on_file(*file, replay->remaining()); });

  auto* test = app.add_subcommand("selftest", "whether an application is deterministic");
  auto target = std::make_shared<std::string>();
  test->add_option("target", *target, "a program, or a replay file whose application and events are tested")
      ->required()
      ->type_name("PROGRAM|FILE");
  test->footer("What else is given goes to the application:\n  --ticks NUMBER     how long it runs");
  test->allow_extras();
  test->callback([test, target, &status] { status = self_test(*target, test->remaining()); });
}

}  // namespace tutti::tools
