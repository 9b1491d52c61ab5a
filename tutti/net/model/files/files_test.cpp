#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/net/model/files/readers.hpp"
#include "tutti/net/model/models.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

const DelayFileOptions in_ms{.unit = 1ms};

template <typename T>
std::string error_of(const std::expected<T, std::string>& result) {
  return result ? "no error" : result.error();
}

// Coordinates
// --------------------------------------------------------------------------------------------------------

TEST(CoordinatesFile, is_read_with_comments_blank_lines_and_any_line_ends) {
  const auto places =
      read_coordinates("f", "# a comment\n0 -30.8 -183.3 h 0.4\n\n1\t1.5 3 h 5.4\r\n2 6.6 6.7 h 7");
  ASSERT_TRUE(places.has_value()) << places.error();
  ASSERT_EQ(places->size(), 3u);
  EXPECT_EQ((*places)[0].y_ms, -183.3);
  EXPECT_EQ((*places)[1].x_ms, 1.5);
  EXPECT_EQ((*places)[2].height_ms, 7);
}

TEST(CoordinatesFile, names_line_and_column_of_what_is_wrong) {
  const auto error = [](std::string_view text) { return error_of(read_coordinates("f", text)); };
  EXPECT_EQ(error("0 1 2 h 3\n1 1 x h 3\n"), "f:2:5: 'x' is no number");
  EXPECT_EQ(error("0 1 2 h -3\n"), "f:1:9: '-3' is below zero");
  EXPECT_EQ(error("0 1 2 3\n"), "f:1:1: 'id x y h height' is needed");
  EXPECT_EQ(error("#\n0 1 2 h 3\n2 1 2 h 3\n"), "f:3:1: '2' is not the next id, 1");
  EXPECT_EQ(error("0 1e9 2 h 3\n"), "f:1:3: '1e9' is beyond 600000 ms");
  EXPECT_EQ(error("# nothing\n"), "f:2:1: no coordinates");
  EXPECT_EQ(error("0 nan 2 h 3\n"), "f:1:3: 'nan' is no number");
}

TEST(CoordinatesFile, refuses_more_nodes_than_the_limit) {
  std::string text;
  for (std::size_t i = 0; i <= measured_rows_max; ++i) text += std::to_string(i) + " 1 2 h 3\n";
  EXPECT_EQ(error_of(read_coordinates("f", text)), "f:4097:1: more than 4096 nodes");
}

// Matrix
// -------------------------------------------------------------------------------------------------------------

TEST(MatrixFile, holds_round_trips_of_which_one_way_is_half) {
  const auto matrix = read_delay_matrix("f", "0 0.158 3\n0.2\t0\t5\n3 5 0\n", in_ms);
  ASSERT_TRUE(matrix.has_value()) << matrix.error();
  EXPECT_EQ(matrix->rows, 3u);
  EXPECT_EQ(matrix->at(0, 1), 79us);
  EXPECT_EQ(matrix->at(1, 0), 100us);
  EXPECT_EQ(matrix->at(2, 1), 2500us);
  const auto one_way = read_delay_matrix("f", "0 2\n4 0\n", {.unit = 1s, .one_way = true});
  ASSERT_TRUE(one_way.has_value()) << one_way.error();
  EXPECT_EQ(one_way->at(0, 1), 2s);
}

TEST(MatrixFile, names_line_and_column_of_what_is_wrong) {
  const auto error = [](std::string_view text) { return error_of(read_delay_matrix("f", text, in_ms)); };
  EXPECT_EQ(error("0 1\n2 x\n"), "f:2:3: 'x' is no number");
  EXPECT_EQ(error("0 1\n-2 0\n"), "f:2:1: '-2' is below zero");
  EXPECT_EQ(error("0 1\n2 0 3\n"), "f:2:5: 3 numbers in this row, 2 in the first");
  EXPECT_EQ(error("0 1\n2 0\n3 4\n"), "f:3:1: more rows than the 2 numbers in each");
  EXPECT_EQ(error("0 1\n"), "f:2:1: 1 rows of 2 numbers: a square is needed");
  EXPECT_EQ(error(""), "f:1:1: 0 rows of 0 numbers: a square is needed");
  EXPECT_EQ(error("0\n"), "f:2:1: a network has at least two rows");
  EXPECT_EQ(error("0 9e9\n1 0\n"), "f:1:3: '9e9' is longer than an hour");
  EXPECT_EQ(error("0 \"1\"\n1 0\n"), "f:1:3: quoted cells are not understood");
  EXPECT_EQ(error_of(read_delay_matrix("f", "0 1\n1 0\n", {})),
            "f:1:1: the file does not say the unit of its numbers: it must be given, such as unit=ms");
}

TEST(MatrixFile, refuses_rows_beyond_the_limit) {
  std::string row;
  for (std::size_t i = 0; i <= measured_rows_max; ++i) row += "1 ";
  EXPECT_EQ(error_of(read_delay_matrix("f", row, in_ms)), "f:1:8193: 1 to 4096 numbers are possible");
  EXPECT_EQ(error_of(read_delay_matrix("f", row + row, in_ms)), "f:1:8195: more than 4097 cells in one row");
}

TEST(MatrixFile, is_checked_for_symmetry_if_asked) {
  const DelayFileOptions symmetric{.unit = 1ms, .symmetric = true};
  EXPECT_TRUE(read_delay_matrix("f", "0 1\n1 0\n", symmetric));
  EXPECT_EQ(error_of(read_delay_matrix("f", "0 1 2\n1 0 3\n2 4 0\n", symmetric)),
            "f:2:5: row 2 to 3 is not the same there and back");
}

/// Row 1 to 3 is missing in both directions, 2 to 1 in one.
constexpr std::string_view holes = "0 10 0 80\n0 0 20 30\n0 40 0 50\n60 70 90 0\n";

TEST(MatrixFile, a_missing_delay_is_an_error_unless_told_otherwise) {
  EXPECT_EQ(error_of(read_delay_matrix("f", holes, in_ms)), "f:1:6: row 1 to 3 is missing");
}

TEST(MatrixFile, missing_delays_become_the_median_if_asked) {
  const auto matrix = read_delay_matrix("f", holes, {.unit = 1ms, .missing = MissingDelays::median});
  ASSERT_TRUE(matrix.has_value()) << matrix.error();
  // The median of 10 20 30 40 50 60 70 80 90 is 50, one way 25.
  EXPECT_EQ(matrix->at(0, 2), 25ms);
  EXPECT_EQ(matrix->at(1, 0), 25ms);
  EXPECT_EQ(matrix->at(1, 2), 10ms);
}

TEST(MatrixFile, missing_delays_become_the_way_back_or_the_shortest_way_around_if_asked) {
  const auto matrix = read_delay_matrix("f", holes, {.unit = 1ms, .missing = MissingDelays::detour});
  ASSERT_TRUE(matrix.has_value()) << matrix.error();
  EXPECT_EQ(matrix->at(1, 0), 5ms);
  EXPECT_EQ(matrix->at(0, 2), 15ms);  // 10 + 20 over row 2, not 80 + 90 over row 4
  EXPECT_EQ(matrix->at(2, 0), 25ms);  // 40 + 10 over row 2, whose way back to row 1 is as long as there
}

TEST(MatrixFile, says_so_when_nothing_can_replace_a_missing_delay) {
  for (const auto missing : {MissingDelays::median, MissingDelays::detour})
    EXPECT_EQ(error_of(read_delay_matrix("f", "0 0\n0 0\n", {.unit = 1ms, .missing = missing})),
              "f:1:3: row 1 to 2 is missing, and nothing can replace it");
}

// Regions
// ------------------------------------------------------------------------------------------------------------

TEST(RegionsFile, has_its_names_in_the_first_row_and_column) {
  const auto matrix =
      read_delay_regions("f", "# ms\nregion,Oregon,Tokyo\nOregon,0,98\nTokyo, 96 ,0\n", in_ms);
  ASSERT_TRUE(matrix.has_value()) << matrix.error();
  EXPECT_EQ(matrix->names, (std::vector<std::string>{"Oregon", "Tokyo"}));
  EXPECT_EQ(matrix->at(0, 1), 49ms);
  EXPECT_EQ(matrix->at(1, 0), 48ms);
}

TEST(RegionsFile, names_line_and_column_of_what_is_wrong) {
  const auto error = [](std::string_view text) { return error_of(read_delay_regions("f", text, in_ms)); };
  EXPECT_EQ(error("region,A,B\nA,0,1\nC,1,0\n"), "f:3:1: 'C' is not the name in that column");
  EXPECT_EQ(error("region,A,B\nA,0,1\nB,1, x\n"), "f:3:6: 'x' is no number");
  EXPECT_EQ(error("region,A,B\nA,0,\nB,1,0\n"), "f:2:5: A to B is missing");
  EXPECT_EQ(error("region,A,B\nA,0,1\n"), "f:3:1: 1 rows of 2 numbers: a square is needed");
  EXPECT_EQ(error("region,A,B,C\nA,0,1\nB,1,0\n"), "f:4:1: 3 names for 2 rows");
  EXPECT_EQ(error("region,A\n"), "f:1:1: a first row with the names of the nodes is needed");
}

// Pairs
// --------------------------------------------------------------------------------------------------------------

TEST(PairsFile, has_extremes_and_deviation_of_each_pair) {
  const auto matrix = read_delay_pairs("f",
                                       "from,to,avg_ms,min_ms,max_ms,mdev_ms\n"
                                       "Albany,Algiers,266.5,229,368,43\nAlgiers,Albany,300,300,300,0\n",
                                       {});
  ASSERT_TRUE(matrix.has_value()) << matrix.error();
  EXPECT_EQ(matrix->names, (std::vector<std::string>{"Albany", "Algiers"}));
  EXPECT_EQ(matrix->at(0, 1), 133'250us);
  EXPECT_EQ(matrix->spread[1], (DelaySpread{.least = 114'500us, .greatest = 184ms, .deviation = 21'500us}));
}

TEST(PairsFile, may_have_other_columns_another_order_and_averages_only) {
  const auto matrix = read_delay_pairs("f", "avg_us,note,to,from\n50,x,B,A\n70,y,A,B\n", {});
  ASSERT_TRUE(matrix.has_value()) << matrix.error();
  EXPECT_EQ(matrix->names, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(matrix->at(0, 1), 25us);
  EXPECT_EQ(matrix->at(1, 0), 35us);
  EXPECT_TRUE(matrix->spread.empty());
}

TEST(PairsFile, a_pair_that_is_not_listed_is_missing) {
  const std::string_view text =
      "from,to,avg_ms,min_ms,max_ms,mdev_ms\nA,B,10,8,20,1\nB,C,30,30,30,0\nC,B,40,40,40,0\n";
  EXPECT_EQ(error_of(read_delay_pairs("f", text, {})), "f:5:1: A to C is missing");
  const auto matrix = read_delay_pairs("f", text, {.missing = MissingDelays::detour});
  ASSERT_TRUE(matrix.has_value()) << matrix.error();
  EXPECT_EQ(matrix->at(1, 0), 5ms);
  EXPECT_EQ(matrix->spread[1 * 3 + 0].greatest, 10ms);
  EXPECT_EQ(matrix->at(0, 2), 20ms);
  EXPECT_EQ(matrix->at(2, 0), 25ms);
  EXPECT_EQ(matrix->spread[0 * 3 + 2], (DelaySpread{.least = 20ms, .greatest = 20ms, .deviation = 0ms}));
}

TEST(PairsFile, names_line_and_column_of_what_is_wrong) {
  const auto error = [](std::string_view text) { return error_of(read_delay_pairs("f", text, {})); };
  EXPECT_EQ(error("from,to,avg\nA,B,1\n"),
            "f:1:1: columns from, to and avg_ms (or avg_s, avg_us) are needed");
  EXPECT_EQ(error("from,to,avg_ms,min_ms\nA,B,1,1\n"),
            "f:1:1: columns min, max and mdev are needed, or none of them");
  EXPECT_EQ(error("from,to,avg_ms,avg_ms\n"), "f:1:16: 'avg_ms' a second time");
  EXPECT_EQ(error("from,to,avg_ms,min_s,max_ms,mdev_ms\n"),
            "f:1:16: 'min_s' has another unit than was given or than the columns before");
  EXPECT_EQ(error("from,to,avg_ms\nA,B,1\nA,B,1\n"), "f:3:5: this pair a second time");
  EXPECT_EQ(error("from,to,avg_ms\nA,,1\n"), "f:2:3: a name is needed");
  EXPECT_EQ(error("from,to,avg_ms\nA,B\n"), "f:2:3: 2 cells, 3 in the first row");
  EXPECT_EQ(error("from,to,avg_ms,min_ms,max_ms,mdev_ms\nA,B,10,11,12,0\n"),
            "f:2:8: the least is above the average");
  EXPECT_EQ(error("from,to,avg_ms,min_ms,max_ms,mdev_ms\nA,B,10,9,8,0\n"),
            "f:2:10: the greatest is below the average");
  EXPECT_EQ(error("from,to,avg_ms\n"), "f:2:1: a network has at least two rows");
  EXPECT_EQ(error_of(read_delay_pairs("f", "from,to,avg_ms\nA,B,1\n", {.unit = 1s})),
            "f:1:9: 'avg_ms' has another unit than was given or than the columns before");
}

// Losses
// -------------------------------------------------------------------------------------------------------------

TEST(LossFile, holds_probabilities_or_percentages) {
  const auto losses = read_loss_matrix("f", "0 0.5\n0.25 0\n", LossUnit::probability);
  ASSERT_TRUE(losses.has_value()) << losses.error();
  EXPECT_EQ(losses->probability, (std::vector<double>{0, 0.5, 0.25, 0}));
  const auto percent = read_loss_matrix("f", "0 50\n25 0\n", LossUnit::percent);
  ASSERT_TRUE(percent.has_value()) << percent.error();
  EXPECT_EQ(percent->probability, losses->probability);
  EXPECT_EQ(error_of(read_loss_matrix("f", "0 50\n25 0\n", LossUnit::probability)), "f:1:3: '50' is above 1");
}

RC_GTEST_PROP(MatrixFile, any_matrix_comes_back_from_its_text, ()) {
  const auto rows = *rc::gen::inRange<std::size_t>(2, 12);
  DelayMatrix matrix{.rows = rows, .mean = {}, .spread = {}, .names = {}};
  std::string text;
  for (std::size_t i = 0; i < rows * rows; ++i) {
    const auto us = i % (rows + 1) == 0 ? 0 : *rc::gen::inRange(1, 1'000'000);
    matrix.mean.emplace_back(std::chrono::microseconds(us));
    text += std::to_string(us) + (i % rows == rows - 1 ? "\n" : " ");
  }
  const auto read = read_delay_matrix("f", text, {.unit = 1us, .one_way = true});
  RC_ASSERT(read.has_value());
  RC_ASSERT((read->mean == matrix.mean));
}

// Files and texts
// ----------------------------------------------------------------------------------------------------

/// A folder for one test's files.
class Folder : public testing::Test {
 protected:
  Folder()
      : folder_(std::filesystem::path(testing::TempDir()) /
                (std::string("tutti_") + testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~Folder() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  [[nodiscard]] std::string path() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
};

Arrivals at(const NetworkModel& model, std::uint64_t source, std::uint64_t target, Duration sent = {}) {
  return carry(model, 1, {.source = source, .target = target, .sent = TimePoint(sent)});
}

using NetworkFiles = Folder;

TEST_F(NetworkFiles, each_kind_is_named_in_a_models_text) {
  const auto model = [](const std::string& text) {
    auto parsed = parse_network_model(text);
    EXPECT_TRUE(parsed.has_value()) << parsed.error();
    return parsed.value_or(constant_delay({}));
  };
  const auto coordinates = write("c", "0 0 0 h 1\n1 30 40 h 2\n");
  EXPECT_EQ(at(*model("king:" + coordinates), 0, 1), Arrivals(53ms));
  EXPECT_EQ(at(*model("coordinates:" + coordinates + ",shuffle=3+constant:1ms"), 0, 1), Arrivals(54ms));
  const auto matrix = write("m", "0 2\n0 0\n");
  EXPECT_EQ(at(*model("matrix:" + matrix + ",unit=s,missing=detour"), 1, 0), Arrivals(1s));
  EXPECT_EQ(at(*model("matrix:" + matrix + ",unit=us,missing=median,one-way"), 1, 0), Arrivals(2us));
  EXPECT_EQ(at(*model("regions:" + write("r", "x,A,B\nA,0,6\nB,6,0\n") + ",unit=ms,symmetric"), 0, 1),
            Arrivals(3ms));
  EXPECT_EQ(at(*model("pairs:" + write("p", "from,to,avg_ms\nA,B,8\nB,A,8\n")), 0, 1), Arrivals(4ms));
  const auto lossy = model("constant:1ms+loss-matrix:" + write("l", "0 100\n0 0\n") + ",unit=percent");
  EXPECT_EQ(at(*lossy, 0, 1), Arrivals());
  EXPECT_EQ(at(*lossy, 1, 0), Arrivals(1ms));
}

TEST_F(NetworkFiles, a_folder_of_slices_changes_over_time_in_the_order_people_count) {
  write("slice_10.txt", "0 60\n60 0\n");
  write("slice_2.txt", "0 40\n40 0\n");
  write("slice_1.txt", "0 20\n20 0\n");
  write(".hidden", "not a matrix");
  EXPECT_EQ(error_of(parse_network_model("matrix:" + path() + ",unit=ms")),
            "'" + path() + "' holds 3 slices: how long each is must be given, such as every=10s");
  const auto model = parse_network_model("matrix:" + path() + ",unit=ms,every=10s");
  ASSERT_TRUE(model.has_value()) << model.error();
  EXPECT_EQ(at(**model, 0, 1, 0s), Arrivals(10ms));
  EXPECT_EQ(at(**model, 0, 1, 10s), Arrivals(20ms));
  EXPECT_EQ(at(**model, 0, 1, 1h), Arrivals(30ms));
  EXPECT_EQ((*model)->delay_min(), 10ms);
}

TEST_F(NetworkFiles, slices_are_of_one_size) {
  write("1", "0 20\n20 0\n");
  const auto second = write("2", "0 1 1\n1 0 1\n1 1 0\n");
  EXPECT_EQ(error_of(parse_network_model("matrix:" + path() + ",unit=ms,every=10s")),
            second + ":1:1: 3 rows, 2 in the slices before");
}

TEST_F(NetworkFiles, errors_name_the_file) {
  EXPECT_EQ(error_of(parse_network_model("matrix:" + path() + ",unit=ms")), path() + ": an empty folder");
  const auto broken = write("broken", "0 1\n1 y\n");
  EXPECT_EQ(error_of(parse_network_model("matrix:" + broken + ",unit=ms")),
            broken + ":2:3: 'y' is no number");
  EXPECT_EQ(error_of(parse_network_model("king:" + path())), path() + ": no such file");
}

TEST_F(NetworkFiles, a_file_beyond_the_limit_is_refused_unread) {
  const auto large = write("large", "");
  std::filesystem::resize_file(large, network_file_bytes_max + 1);
  EXPECT_EQ(error_of(read_network_file(large)), large + ": longer than 64 MiB");
}

}  // namespace
}  // namespace tutti
