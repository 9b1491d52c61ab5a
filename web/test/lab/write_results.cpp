// Writes results as the laboratory does, for the page's own reader to try. usage: write_results FOLDER
// REPORT.html
#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "tutti/lab/results_test_samples.hpp"

int main(int count, char** arguments) {
  using namespace tutti::lab;
  if (count != 3) {
    fmt::print(stderr, "usage: write_results FOLDER REPORT.html\n");
    return 2;
  }
  const std::filesystem::path folder(arguments[1]);
  std::filesystem::create_directories(folder);
  for (const auto& [name, results] :
       {std::pair{"small", small_results()}, std::pair{"bare", bare_results()},
        std::pair{"hostile", hostile_results()}, std::pair{"large", large_results()}}) {
    const auto json = to_json(results);
    const auto html = to_html(arguments[2], json);
    if (!html) {
      fmt::print(stderr, "{}\n", html.error());
      return 1;
    }
    std::ofstream(folder / fmt::format("{}.json", name)) << json;
    std::ofstream(folder / fmt::format("{}.html", name)) << *html;
  }
  return 0;
}
