// The public data sets as they are, against the percentiles that are known of them.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/net/model/files/readers.hpp"
#include "tutti/net/model/models.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

const std::string networks = TUTTI_NETWORKS;
const std::string unpacked = TUTTI_UNPACKED;

template <typename T>
T value_of(std::expected<T, std::string> result) {
  EXPECT_TRUE(result.has_value()) << result.error();
  return std::move(result).value_or(T{});
}

struct Percentiles {
  double low, median, high;  // 5, 50 and 95 %
};
Percentiles percentiles(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](std::size_t percent) { return values.at(percent * (values.size() - 1) / 100); };
  return {at(5), at(50), at(95)};
}

/// Delays between different rows, in milliseconds.
void collect(const DelayMatrix& matrix, std::vector<double>& into) {
  for (std::size_t source = 0; source < matrix.rows; ++source)
    for (std::size_t target = 0; target < matrix.rows; ++target)
      if (source != target) into.push_back(in_milliseconds(matrix.at(source, target)));
}

void expect_coordinates(const std::string& file, std::size_t nodes, Percentiles expected, double within) {
  const auto path = networks + "/" + file;
  const auto places = value_of(read_coordinates(path, value_of(read_network_file(path))));
  ASSERT_EQ(places.size(), nodes);
  std::vector<double> delays;
  for (std::size_t one = 0; one < nodes; ++one)
    for (std::size_t other = 0; other < one; ++other)
      delays.push_back(in_milliseconds(coordinate_distance(places[one], places[other])));
  const auto found = percentiles(std::move(delays));
  EXPECT_NEAR(found.low, expected.low, within);
  EXPECT_NEAR(found.median, expected.median, within);
  EXPECT_NEAR(found.high, expected.high, within);
}

TEST(PublicNetworks, king_has_its_percentiles) {
  expect_coordinates("king-1740.syscoord", 1740, {19.7, 80.6, 203}, 0.3);
}

TEST(PublicNetworks, meridian_has_its_percentiles) {
  expect_coordinates("meridian-2500.syscoord", 2500, {19, 59, 223}, 0.5);
}

TEST(PublicNetworks, harvard_has_its_percentiles) {
  expect_coordinates("harvard-226.syscoord", 226, {20, 121, 375}, 0.5);
}

TEST(PublicNetworks, planetlab_is_symmetric_complete_and_has_its_percentiles) {
  const auto slices = value_of(network_files(unpacked + "/PlanetLab"));
  ASSERT_EQ(slices.size(), 18u);
  EXPECT_TRUE(slices[1].ends_with("_2"));
  EXPECT_TRUE(slices[17].ends_with("_18"));
  std::vector<double> delays;
  for (const auto& slice : slices)
    collect(value_of(read_delay_matrix(slice, value_of(read_network_file(slice)),
                                       {.unit = 1ms, .symmetric = true})),
            delays);
  ASSERT_EQ(delays.size(), 18u * 490 * 489);
  const auto found = percentiles(std::move(delays));
  EXPECT_NEAR(2 * found.low, 19, 0.5);
  EXPECT_NEAR(2 * found.median, 135, 0.5);
  EXPECT_NEAR(2 * found.high, 331, 0.5);
}

TEST(PublicNetworks, seattle_is_asymmetric_with_holes_that_detours_fill) {
  const auto slices = value_of(network_files(unpacked + "/Seattle"));
  ASSERT_EQ(slices.size(), 688u);
  const auto text = value_of(read_network_file(slices[0]));
  const auto symmetric =
      read_delay_matrix(slices[0], text, {.unit = 1s, .missing = MissingDelays::detour, .symmetric = true});
  ASSERT_FALSE(symmetric.has_value());
  EXPECT_NE(symmetric.error().find("is not the same there and back"), std::string::npos);
  const auto incomplete = read_delay_matrix(slices[0], text, {.unit = 1s});
  ASSERT_FALSE(incomplete.has_value());
  EXPECT_NE(incomplete.error().find("is missing"), std::string::npos);
  const auto matrix =
      value_of(read_delay_matrix(slices[0], text, {.unit = 1s, .missing = MissingDelays::detour}));
  EXPECT_EQ(matrix.rows, 99u);
  std::vector<double> delays;
  collect(matrix, delays);
  EXPECT_GT(*std::min_element(delays.begin(), delays.end()), 0);
}

TEST(PublicNetworks, a_whole_folder_of_slices_is_one_model) {
  const auto model = value_of(
      parse_network_model("matrix:" + unpacked + "/Seattle,unit=s,missing=detour,every=16s,shuffle=3"));
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->delay_min(), 5ms);
  std::vector<Duration> over_time;
  for (int slice = 0; slice < 688; ++slice)
    over_time.push_back(
        carry(*model, 1, {.source = 3, .target = 7, .sent = TimePoint(16s * slice)}).earliest());
  EXPECT_NE(*std::min_element(over_time.begin(), over_time.end()),
            *std::max_element(over_time.begin(), over_time.end()));
}

TEST(PublicNetworks, wondernetwork_has_its_cities_and_its_median) {
  const auto path = unpacked + "/wondernetwork-2018-11-matrix.csv";
  const auto text = value_of(read_network_file(path));
  EXPECT_FALSE(read_delay_pairs(path, text, {}).has_value());  // some pairs are missing
  const auto matrix = value_of(read_delay_pairs(path, text, {.missing = MissingDelays::detour}));
  EXPECT_EQ(matrix.rows, 242u);
  EXPECT_EQ(matrix.spread.size(), 242u * 242);
  std::vector<double> delays;
  collect(matrix, delays);
  // The known median is that of the listed pairs, without the 515 that detours replace.
  EXPECT_NEAR(2 * percentiles(std::move(delays)).median, 143, 1);
  // Adelaide to Albany: 266.75 ms on average, 229.78 to 368.58 with a deviation of 43.03.
  EXPECT_EQ(matrix.at(0, 1), 133'375us);
  EXPECT_EQ(matrix.spread[1].deviation, 21'515us);
}

TEST(PublicNetworks, cloud_regions_are_symmetric_and_complete) {
  const auto path = networks + "/aws-region-rtt-2019-01.csv";
  const auto matrix =
      value_of(read_delay_regions(path, value_of(read_network_file(path)), {.unit = 1ms, .symmetric = true}));
  ASSERT_EQ(matrix.rows, 11u);
  EXPECT_EQ(matrix.names[6], "Tokyo");
  EXPECT_EQ(matrix.at(6, 10), 117ms);
}

}  // namespace
}  // namespace tutti
