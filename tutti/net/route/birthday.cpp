#include "tutti/net/route/birthday.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tutti {

std::optional<Birthday::Side> Birthday::side_of(std::optional<NatDependence> own,
                                                std::optional<NatDependence> other) {
  if (!own || !other) return std::nullopt;
  const bool own_stays = *own == NatDependence::endpoint_independent;
  const bool other_stays = *other == NatDependence::endpoint_independent;
  if (own_stays == other_stays) return std::nullopt;
  return own_stays ? Side::many_ports : Side::many_sockets;
}

Birthday::Birthday(Side side, const Endpoint& seen, TimePoint now, Random random)
    : side_(side), seen_(seen), random_(random), next_(now + delay) {}

void Birthday::begin(TimePoint now) {
  stage_ = Stage::under_way;
  next_ = now;
  end_ = now + patience;
  if (side_ == Side::many_ports) used_.resize(std::numeric_limits<std::uint16_t>::max() + std::size_t{1});
}

void Birthday::refuse(std::string_view why) {
  stage_ = Stage::refused;
  refusal_ = why;
}

void Birthday::met() {
  if (stage_ != Stage::waiting && stage_ != Stage::under_way) return;
  if (stage_ == Stage::waiting) return refuse("a check was answered before");
  stage_ = Stage::met;
  used_ = {};
}

TimePoint Birthday::next_at() const {
  if (stage_ == Stage::waiting) return next_;
  if (stage_ == Stage::under_way) return probes_ < probes_max() ? std::min(next_, end_) : end_;
  return TimePoint::max();
}

std::optional<Endpoint> Birthday::next(TimePoint now) {
  if (stage_ != Stage::under_way) return std::nullopt;
  if (now >= end_) {
    stage_ = Stage::in_vain;
    used_ = {};
    return std::nullopt;
  }
  if (now < next_ || probes_ >= probes_max()) return std::nullopt;
  // Never two at once: a timer that is late makes it slower, and no burst.
  next_ = now + pause;
  ++probes_;
  return side_ == Side::many_sockets ? seen_ : Endpoint{seen_.address, new_port()};
}

std::uint16_t Birthday::new_port() {
  constexpr auto ports = std::numeric_limits<std::uint16_t>::max() - first_port + 1u;
  static_assert(ports_max <= ports / 2, "most draws are new");
  for (;;) {
    const auto port = static_cast<std::uint16_t>(first_port + random_.below(ports));
    if (used_[port]) continue;
    used_[port] = true;
    return port;
  }
}

std::string Birthday::trace() const {
  const auto what =
      side_ == Side::many_sockets
          ? fmt::format("birthday probing from {} sockets to {}", probes_, seen_.text())
          : fmt::format("birthday probing of {} ports of who is seen at {}", probes_, seen_.text());
  switch (stage_) {
    case Stage::waiting:
      return "birthday probing comes next";
    case Stage::under_way:
      return what + ": under way";
    case Stage::met:
      return what + ": answered";
    case Stage::in_vain:
      return what + ": no answer";
    case Stage::refused:
      break;
  }
  return "no birthday probing: " + refusal_;
}

std::optional<std::string_view> BirthdayLimit::begin(const PeerId& other, const Endpoint& seen,
                                                     TimePoint now) {
  std::erase_if(begun_, [&](const Begun& begun) { return now - begun.at >= pause; });
  for (const auto& begun : begun_)
    if (begun.other == other || begun.seen.address == seen.address)
      return "the last one with that peer or that address was less than a minute ago";
  if (begun_.size() >= most) return "there have been too many within a minute";
  begun_.push_back({other, seen, now});
  return std::nullopt;
}

}  // namespace tutti
