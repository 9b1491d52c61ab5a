#include "tutti/net/model/models.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"

namespace tutti {
namespace {

/// A model that is one expression.
template <typename Rule>
class Simple final : public NetworkModel {
 public:
  explicit Simple(Rule rule) : rule_(std::move(rule)) {}
  std::optional<Duration> carry(const Passage& passage, Random& draw) const override {
    return rule_(passage, draw);
  }

 private:
  Rule rule_;
};

template <typename Rule>
NetworkModelPtr model(Rule rule) {
  return std::make_shared<Simple<Rule>>(std::move(rule));
}

using ParsedModel = std::expected<NetworkModelPtr, std::string>;

std::expected<std::pair<Duration, Duration>, std::string> parse_pair(std::string_view text, char separator) {
  const auto [first, second] = split(text, separator);
  if (!second)
    return std::unexpected(fmt::format("'{}' needs two times with '{}' between them", text, separator));
  const auto a = parse_duration(first);
  if (!a) return std::unexpected(a.error());
  const auto b = parse_duration(*second);
  if (!b) return std::unexpected(b.error());
  return std::pair(*a, *b);
}

ParsedModel parse_delay(std::string_view text) {
  const auto [kind, arguments] = split(text, ':');
  if (kind == "none" && !arguments) return constant_delay({});
  if (kind == "constant" && arguments) {
    const auto delay = parse_duration(*arguments);
    if (!delay) return std::unexpected(delay.error());
    return constant_delay(*delay);
  }
  if (kind == "uniform" && arguments) {
    const auto range = parse_pair(*arguments, '-');
    if (!range) return std::unexpected(range.error());
    if (range->first > range->second)
      return std::unexpected(fmt::format("'{}' begins after its end", *arguments));
    return uniform_delay(range->first, range->second);
  }
  if (kind == "normal" && arguments) {
    const auto moments = parse_pair(*arguments, ',');
    if (!moments) return std::unexpected(moments.error());
    return normal_delay(moments->first, moments->second);
  }
  return std::unexpected(fmt::format(
      "'{}' is no delay model: none, constant:50ms, uniform:10ms-30ms or normal:50ms,10ms is needed", text));
}

ParsedModel parse_loss(std::string_view text, NetworkModelPtr inner) {
  const auto [kind, argument] = split(text, ':');
  if (kind != "loss" || !argument) return std::unexpected(fmt::format("'{}' is not loss:1%", text));
  const auto percent =
      argument->ends_with('%') ? parse_real(argument->substr(0, argument->size() - 1)) : std::nullopt;
  if (!percent || *percent < 0 || *percent > 100)
    return std::unexpected(fmt::format("'{}' is no loss: 0% to 100% is needed", *argument));
  return with_loss(*percent / 100, std::move(inner));
}

}  // namespace

std::optional<Duration> carry(const NetworkModel& model, std::uint64_t seed, const Passage& passage) {
  auto draw = Random::keyed({seed, passage.source, passage.target, passage.sequence});
  const auto delay = model.carry(passage, draw);
  if (!delay) return std::nullopt;
  return std::max(*delay, Duration::zero());
}

NetworkModelPtr constant_delay(Duration delay) {
  return model([=](const Passage&, Random&) { return std::optional(delay); });
}

NetworkModelPtr uniform_delay(Duration least, Duration greatest) {
  require(least <= greatest, "a range begins before its end");
  const auto width = static_cast<std::uint64_t>((greatest - least).count()) + 1;
  return model([=](const Passage&, Random& draw) {
    return std::optional(least + Duration(static_cast<std::int64_t>(draw.below(width))));
  });
}

NetworkModelPtr normal_delay(Duration mean, Duration deviation) {
  return model([=](const Passage&, Random& draw) {
    const auto excess = from_seconds(draw.normal() * in_seconds(deviation));
    return std::optional(std::max(mean + excess, Duration::zero()));
  });
}

NetworkModelPtr with_loss(double probability, NetworkModelPtr inner) {
  require(probability >= 0 && probability <= 1, "a probability is between 0 and 1");
  return model([probability, inner = std::move(inner)](const Passage& passage,
                                                       Random& draw) -> std::optional<Duration> {
    if (draw.chance(probability)) return std::nullopt;
    return inner->carry(passage, draw);
  });
}

ParsedModel parse_network_model(std::string_view text) {
  const auto [delay, loss] = split(text, '+');
  auto result = parse_delay(delay);
  if (!result || !loss) return result;
  return parse_loss(*loss, *std::move(result));
}

}  // namespace tutti
