#include "tutti/measure/measures.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>

#include "tutti/wire/codec.hpp"
#include "tutti/wire/frame.hpp"

namespace tutti::measure {
namespace {

// A measure is 3 fields, [index, value], 1 field, the 7 of a sketch, 3 of its sum and 2 of each side.
constexpr std::size_t elements_per_measure = 1 + 3 + 2 + 1 + 7 + 1 + 3 + 2 * 2;
constexpr std::size_t envelope_elements = 64;  // of whatever message the measures travel in
constexpr std::size_t elements_max =
    Bounds{}.measures * elements_per_measure + Bounds{}.buckets + envelope_elements;
static_assert(elements_max <= DecodeLimits{}.elements_max);
constexpr std::size_t number_bytes_max = 9;
static_assert(elements_max * number_bytes_max + Bounds{}.measures * (name_bytes_max + unit_bytes_max) <=
              message_bytes_max);

auto key_of(const Measure& measure) {
  return std::tuple(std::string_view(measure.name), measure.value.index(), std::string_view(measure.unit));
}
bool before(const Measure& a, const Measure& b) {
  return key_of(a) < key_of(b);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_plain(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_';
}

/// The sketch within; null in a counter.
const Sketch* sketch_in(const Value& value) {
  if (const auto* gauge = std::get_if<GaugeValue>(&value)) return &gauge->levels;
  if (const auto* distribution = std::get_if<DistributionValue>(&value)) return &distribution->samples;
  return nullptr;
}

/// Both are of one kind.
void merge_into(Value& value, const Value& other) {
  if (auto* counter = std::get_if<CounterValue>(&value))
    counter->count += std::get<CounterValue>(other).count;
  else if (auto* gauge = std::get_if<GaugeValue>(&value))
    gauge->levels.merge(std::get<GaugeValue>(other).levels);
  else
    std::get<DistributionValue>(value).samples.merge(std::get<DistributionValue>(other).samples);
}

}  // namespace

std::string_view kind_of(const Value& value) {
  constexpr std::array<std::string_view, std::variant_size_v<Value>> names{"counter", "gauge",
                                                                           "distribution"};
  return names[value.index()];
}

const Measure* Measures::find(std::string_view name) const {
  const auto found =
      std::ranges::lower_bound(all, name, {}, [](const Measure& m) { return std::string_view(m.name); });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

std::uint64_t Measures::count_of(std::string_view name) const {
  const auto* measure = find(name);
  const auto* counter = measure == nullptr ? nullptr : std::get_if<CounterValue>(&measure->value);
  return counter == nullptr ? 0 : counter->count;
}

Measures merge(const Measures& a, const Measures& b) {
  Measures both;
  auto one = a.all.begin();
  auto other = b.all.begin();
  while (one != a.all.end() || other != b.all.end()) {
    if (other == b.all.end() || (one != a.all.end() && before(*one, *other))) {
      both.all.push_back(*one++);
    } else if (one == a.all.end() || before(*other, *one)) {
      both.all.push_back(*other++);
    } else {
      merge_into(both.all.emplace_back(*one++).value, (other++)->value);
    }
  }
  return both;
}

Measures summed(Measures measures, std::uint64_t windows) {
  for (auto& one : measures.all)
    if (auto* gauge = std::get_if<GaugeValue>(&one.value); gauge != nullptr && gauge->levels.count > 0) {
      const double sum = gauge->levels.sum.value();
      gauge->levels = {};
      gauge->levels.add(sum / static_cast<double>(windows));
    }
  return measures;
}

bool valid_name(std::string_view name) {
  return !name.empty() && name.size() <= name_bytes_max && is_letter(name.front()) &&
         std::ranges::all_of(name, is_plain);
}
bool valid_unit(std::string_view unit) {
  return unit.size() <= unit_bytes_max && std::ranges::all_of(unit, is_plain);
}

std::expected<void, std::string> check(const Measures& measures, Bounds bounds) {
  if (measures.all.size() > bounds.measures)
    return std::unexpected(fmt::format("more than {} measures", bounds.measures));
  std::size_t buckets = 0;
  const Measure* last = nullptr;
  for (const auto& measure : measures.all) {
    if (!valid_name(measure.name)) return std::unexpected("a measure's name is none");
    if (!valid_unit(measure.unit)) return std::unexpected("a measure's unit is none");
    if (last != nullptr && !before(*last, measure)) return std::unexpected("measures are out of order");
    last = &measure;
    if (const auto* counter = std::get_if<CounterValue>(&measure.value);
        counter != nullptr && counter->count > Sketch::count_max)
      return std::unexpected("a counter is beyond belief");
    if (const auto* sketch = sketch_in(measure.value)) {
      if (!sketch->valid()) return std::unexpected("a distribution contradicts itself");
      buckets += sketch->bucket_count();
    }
  }
  if (buckets > bounds.buckets)
    return std::unexpected(fmt::format("more than {} buckets in all", bounds.buckets));
  return {};
}

}  // namespace tutti::measure
