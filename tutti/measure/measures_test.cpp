#include "tutti/measure/measures.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/measure/recorder.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::measure {
namespace {

/// What some peer of some version of a program measured: names meet, kinds and units sometimes do not.
Measures any_measures() {
  Recorder recorder(TimePoint{});
  for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000))) {
    const auto name = std::string(1, static_cast<char>('a' + step % 4));
    const bool other_version = (step / 4) % 2 == 1;
    if (other_version) {
      recorder.gauge("other." + name, "bytes").add(step);
    } else if (step % 4 == 0) {
      recorder.counter(name).add(static_cast<std::uint64_t>(step));
    } else {
      recorder.distribution(name, "seconds").add(step / 7.0);
    }
  }
  return recorder.totals();
}
Measures with_other_kinds(Measures measures) {
  for (auto& measure : measures.all) measure.unit = "miles";
  return measures;
}

RC_GTEST_PROP(Measures, merge_to_the_same_bits_in_any_order, ()) {
  const auto a = any_measures();
  const auto b = with_other_kinds(any_measures());
  const auto c = any_measures();
  const auto expected = encode(merge(a, merge(b, c)));
  RC_ASSERT(encode(merge(merge(a, b), c)) == expected);
  RC_ASSERT(encode(merge(merge(c, b), a)) == expected);
  RC_ASSERT(encode(merge(b, merge(a, c))) == expected);
  RC_ASSERT(check(merge(a, merge(b, c))).has_value());
  RC_ASSERT(merge(a, {}) == a);
}

RC_GTEST_PROP(Measures, survive_a_journey_in_a_window, ()) {
  const Window window{
      .peer = PeerId{}, .begin = Duration(-5), .end = Duration(7), .measures = any_measures()};
  const auto decoded = decode<Window>(encode(window));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == window);
}

TEST(Measures, of_one_name_but_other_kinds_stay_apart) {
  Recorder one(TimePoint{});
  Recorder other(TimePoint{});
  one.counter("events").add(3);
  other.distribution("events").add(5);
  const auto both = merge(other.totals(), one.totals());
  ASSERT_EQ(both.all.size(), 2u);
  EXPECT_EQ(both.count_of("events"), 3u);
  EXPECT_EQ(kind_of(both.all[1].value), "distribution");
}

TEST(Measures, of_a_gauge_tell_how_it_stands_over_all_peers) {
  Measures all;
  for (const double level : {4.0, 1.0, 7.0}) {
    Recorder recorder(TimePoint{});
    recorder.gauge("links").set(level);
    all = merge(all, recorder.totals());
  }
  const auto& levels = std::get<GaugeValue>(all.find("links")->value).levels;
  EXPECT_EQ(levels.sum.value(), 12);
  EXPECT_EQ(levels.least, 1);
  EXPECT_EQ(levels.greatest, 7);
  EXPECT_EQ(levels.count, 3u);
}

TEST(Measures, that_no_recorder_makes_are_refused_with_a_reason) {
  const auto reason = [](std::vector<Measure> all) { return check({std::move(all)}).error(); };
  Sketch contradiction;
  contradiction.count = 1;
  EXPECT_EQ(reason({{"a,b", "", {}}}), "a measure's name is none");
  EXPECT_EQ(reason({{"", "", {}}}), "a measure's name is none");
  EXPECT_EQ(reason({{std::string(name_bytes_max + 1, 'a'), "", {}}}), "a measure's name is none");
  EXPECT_EQ(reason({{"a", "a\nb", {}}}), "a measure's unit is none");
  EXPECT_EQ(reason({{"b", "", {}}, {"a", "", {}}}), "measures are out of order");
  EXPECT_EQ(reason({{"a", "", {}}, {"a", "", {}}}), "measures are out of order");
  EXPECT_EQ(reason({{"a", "", CounterValue{~std::uint64_t{0}}}}), "a counter is beyond belief");
  EXPECT_EQ(reason({{"a", "", GaugeValue{contradiction}}}), "a distribution contradicts itself");
  EXPECT_EQ(reason(std::vector<Measure>(Bounds{}.measures + 1)), "more than 256 measures");
  Sketch wide;
  for (const double value : {1e-12, 1e18, -1e-12, -1e18}) wide.add(value);
  std::vector<Measure> wide_ones;
  for (const char* name : {"a", "b", "c"}) wide_ones.push_back({name, "", DistributionValue{wide}});
  EXPECT_EQ(reason(wide_ones), "more than 32768 buckets in all");
}

TEST(Measures, as_large_as_allowed_fit_a_message) {
  Measures measures;
  Sketch full;
  for (std::uint64_t i = 0; i < 127; ++i) full.add(1e9 * (1 + static_cast<double>(i) / 64));
  for (std::size_t i = 0; i < Bounds{}.measures; ++i) {
    auto name = std::to_string(1000 + i);
    name.insert(0, name_bytes_max - name.size(), 'x');
    measures.all.push_back({name, "seconds", DistributionValue{full}});
  }
  ASSERT_TRUE(check(measures).has_value());
  const auto decoded = decode<Measures>(encode(measures));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, measures);
}

}  // namespace
}  // namespace tutti::measure
