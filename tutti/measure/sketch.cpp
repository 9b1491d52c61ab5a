#include "tutti/measure/sketch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "tutti/base/require.hpp"

namespace tutti::measure {
namespace {

/// A bucket is a double without these: six bits of mantissa stay, 64 buckets to a power of two.
constexpr int dropped_bits = 52 - 6;
constexpr std::uint64_t bucket_offset = std::bit_cast<std::uint64_t>(Sketch::magnitude_min) >> dropped_bits;
static_assert((std::bit_cast<std::uint64_t>(Sketch::magnitude_max) >> dropped_bits) - bucket_offset ==
              Sketch::buckets_max);

/// Of a magnitude that does not count as zero.
std::uint32_t bucket_of(double magnitude) {
  const auto bucket = (std::bit_cast<std::uint64_t>(magnitude) >> dropped_bits) - bucket_offset;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(bucket, Sketch::buckets_max - 1));
}

double middle_of(std::uint32_t bucket) {
  const double low = Sketch::bucket_begin(bucket);
  const double high = Sketch::bucket_begin(bucket + 1);
  return low + (high - low) / 2;
}

/// Where a number is counted: a bucket and its side, zero in the middle; ordered as the numbers are.
std::int64_t place_of(double value) {
  if (std::abs(value) < Sketch::magnitude_min) return 0;
  const std::int64_t place = std::int64_t{bucket_of(std::abs(value))} + 1;
  return value < 0 ? -place : place;
}

/// The places of the first and the last of what is counted.
std::int64_t first_place(const Sketch& sketch) {
  const auto& [first, counts] = sketch.negative;
  if (!counts.empty()) return -static_cast<std::int64_t>(first + counts.size());
  return sketch.zeros > 0 ? 0 : std::int64_t{sketch.positive.first} + 1;
}
std::int64_t last_place(const Sketch& sketch) {
  const auto& [first, counts] = sketch.positive;
  if (!counts.empty()) return static_cast<std::int64_t>(first + counts.size());
  return sketch.zeros > 0 ? 0 : -std::int64_t{sketch.negative.first} - 1;
}

/// Adds the counts up; false if they are no buckets or more than count_max in all.
bool add_up(const Buckets& buckets, std::uint64_t& total) {
  if (buckets.counts.empty()) return buckets.first == 0;
  if (buckets.counts.size() > Sketch::buckets_max ||
      buckets.first > Sketch::buckets_max - buckets.counts.size() || buckets.counts.front() == 0 ||
      buckets.counts.back() == 0)
    return false;
  for (const auto count : buckets.counts) {
    if (count > Sketch::count_max - total) return false;
    total += count;
  }
  return true;
}

}  // namespace

void Buckets::reach(std::uint32_t bucket) {
  if (counts.empty()) {
    first = bucket;
    counts.assign(1, 0);
  } else if (bucket < first) {
    counts.insert(counts.begin(), first - bucket, 0);
    first = bucket;
  } else {
    counts.resize(bucket - first + 1);
  }
}

void Buckets::add(const Buckets& other) {
  if (other.counts.empty()) return;
  const auto others = static_cast<std::uint32_t>(other.counts.size());
  add(other.first, other.counts.front());
  if (others > 1) add(other.first + others - 1, other.counts.back());
  for (std::uint32_t i = 1; i + 1 < others; ++i) counts[other.first + i - first] += other.counts[i];
}

bool Sketch::add(double value) {
  if (std::isnan(value)) return false;
  constexpr double most = std::numeric_limits<double>::max();
  value = std::clamp(value, -most, most) + 0.0;  // there is one zero
  least = count == 0 ? value : std::min(least, value);
  greatest = count == 0 ? value : std::max(greatest, value);
  ++count;
  sum.add(value);
  const double magnitude = std::abs(value);
  if (magnitude < magnitude_min)
    ++zeros;
  else
    (value < 0 ? negative : positive).add(bucket_of(magnitude), 1);
  return true;
}

void Sketch::merge(const Sketch& other) {
  if (other.count == 0) return;
  least = count == 0 ? other.least : std::min(least, other.least);
  greatest = count == 0 ? other.greatest : std::max(greatest, other.greatest);
  count += other.count;
  zeros += other.zeros;
  sum.add(other.sum);
  positive.add(other.positive);
  negative.add(other.negative);
}

std::optional<double> Sketch::mean() const {
  if (count == 0) return std::nullopt;
  return sum.value() / static_cast<double>(count);
}

std::optional<double> Sketch::quantile(double q) const {
  require(q >= 0 && q <= 1, "a quantile is a share of all");
  if (count == 0) return std::nullopt;
  const auto rank = static_cast<std::uint64_t>(q * static_cast<double>(count - 1));
  if (rank == 0) return least;
  if (rank >= count - 1) return greatest;
  std::uint64_t seen = 0;
  // A bucket's middle may lie outside of what there is.
  const auto within = [&](double value) { return std::clamp(value, least, greatest); };
  for (auto i = negative.counts.size(); i-- > 0;)
    if ((seen += negative.counts[i]) > rank)
      return within(-middle_of(negative.first + static_cast<std::uint32_t>(i)));
  if ((seen += zeros) > rank) return within(0);
  for (std::size_t i = 0; i < positive.counts.size(); ++i)
    if ((seen += positive.counts[i]) > rank)
      return within(middle_of(positive.first + static_cast<std::uint32_t>(i)));
  return greatest;
}

double Sketch::bucket_begin(std::uint32_t bucket) {
  require(bucket <= buckets_max, "a bucket has a number below buckets_max");
  return std::bit_cast<double>((bucket + bucket_offset) << dropped_bits);
}

bool Sketch::valid() const {
  std::uint64_t total = zeros;
  if (zeros > count_max || !add_up(positive, total) || !add_up(negative, total) || total != count)
    return false;
  if (count == 0) return *this == Sketch{} && !std::signbit(least) && !std::signbit(greatest);
  const auto plain = [](double value) {
    return std::isfinite(value) && !(value == 0 && std::signbit(value));
  };
  if (!plain(least) || !plain(greatest) || least > greatest) return false;
  if (place_of(least) != first_place(*this) || place_of(greatest) != last_place(*this)) return false;
  // The mean lies between the least and the greatest, up to what rounding does.
  const auto clamped = [](double value) { return std::clamp(value, -magnitude_max, magnitude_max); };
  const auto size = static_cast<double>(count);
  const double slack =
      size * (0x1p-64 + 1e-12 * std::max(std::abs(clamped(least)), std::abs(clamped(greatest))));
  return sum.value() >= size * clamped(least) - slack && sum.value() <= size * clamped(greatest) + slack;
}

}  // namespace tutti::measure
