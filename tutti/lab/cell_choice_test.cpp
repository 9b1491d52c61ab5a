#include "tutti/lab/cell_choice.hpp"

#include <gtest/gtest.h>

namespace tutti::lab {
namespace {

Experiment table() {
  Experiment experiment;
  experiment.axes = {{.name = "latency", .title = {}, .unit = {}, .values = {5.0, 50.0, 500.0}},
                     {.name = "overlay", .title = {}, .unit = {}, .values = {"flood", "gossip"}}};
  return experiment;
}

using Cells = std::set<std::uint32_t>;

TEST(CellChoice, means_the_cells_that_fit_every_named_axis) {
  EXPECT_EQ(cells_meant(table(), {"latency=50"}), Cells({2, 3}));
  EXPECT_EQ(cells_meant(table(), {"latency=50,overlay=gossip"}), Cells({3}));
  EXPECT_EQ(cells_meant(table(), {"latency=5,500,overlay=flood"}), Cells({0, 4}));
  EXPECT_EQ(cells_meant(table(), {"overlay=flood", "latency=5", "latency=50.0"}), Cells({0, 2}));
}

TEST(CellChoice, means_all_if_nothing_is_said) {
  EXPECT_EQ(cells_meant(table(), {}), Cells());
}

TEST(CellChoice, says_what_there_is_instead_of_what_was_asked_for) {
  EXPECT_EQ(cells_meant(table(), {"latncy=50"}).error(),
            "--only: there is no axis 'latncy'; did you mean 'latency'?");
  EXPECT_EQ(cells_meant(table(), {"latency=51"}).error(),
            "--only: the axis latency has no value 51, only 5, 50, 500");
  EXPECT_EQ(cells_meant(table(), {"50"}).error(), "--only: '50' is not AXIS=VALUE");
}

}  // namespace
}  // namespace tutti::lab
