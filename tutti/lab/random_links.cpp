#include "tutti/lab/random_links.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "tutti/base/shuffle.hpp"

namespace tutti::lab {
namespace {

using Link = Links::value_type;

constexpr std::uint64_t attempts_max = 100;  // at a connected graph
constexpr int draws_max = 1000;              // of a partner for one pair or one end

Link ordered(std::uint32_t a, std::uint32_t b) {
  return {std::min(a, b), std::max(a, b)};
}

/// Only asked, never walked through: its order means nothing.
class LinkSet {
 public:
  explicit LinkSet(std::size_t links) { keys_.reserve(links); }

  [[nodiscard]] bool contains(std::uint32_t a, std::uint32_t b) const { return keys_.contains(key(a, b)); }
  /// False if it was there.
  bool insert(std::uint32_t a, std::uint32_t b) { return keys_.insert(key(a, b)).second; }
  void erase(std::uint32_t a, std::uint32_t b) { keys_.erase(key(a, b)); }

 private:
  static std::uint64_t key(std::uint32_t a, std::uint32_t b) {
    const auto [low, high] = ordered(a, b);
    return std::uint64_t{low} << 32 | high;
  }

  std::unordered_set<std::uint64_t> keys_;
};

/// One big circle, all of them equally likely: what a connected graph of degree two is.
Links circle(std::uint32_t peers, Random& random) {
  std::vector<std::uint32_t> order(peers);
  std::iota(order.begin(), order.end(), 0u);
  shuffle(order, random);
  Links links;
  for (std::uint32_t i = 0; i < peers; ++i) links.push_back(ordered(order[i], order[(i + 1) % peers]));
  return links;
}

/// Swaps the ends of the pair a, b, which cannot be a link, with those of a link.
bool repair(std::uint32_t a, std::uint32_t b, Links& links, LinkSet& set, Random& random) {
  for (int draw = 0; draw < draws_max && !links.empty(); ++draw) {
    auto& link = links[random.below(links.size())];
    auto [c, d] = link;
    if (random.chance(0.5)) std::swap(c, d);
    const bool alike = ordered(a, c) == ordered(b, d);
    if (a == c || b == d || alike || set.contains(a, c) || set.contains(b, d)) continue;
    set.erase(c, d);
    set.insert(a, c);
    set.insert(b, d);
    link = ordered(a, c);
    links.push_back(ordered(b, d));
    return true;
  }
  return false;
}

std::optional<Links> paired(std::uint32_t peers, std::uint32_t degree, Random& random) {
  std::vector<std::uint32_t> halves;
  halves.reserve(std::size_t{peers} * degree);
  for (std::uint32_t peer = 0; peer < peers; ++peer) halves.insert(halves.end(), degree, peer);
  shuffle(halves, random);
  Links links;
  Links impossible;
  LinkSet set(halves.size() / 2);
  links.reserve(halves.size() / 2);
  for (std::size_t i = 0; i + 1 < halves.size(); i += 2) {
    const auto link = ordered(halves[i], halves[i + 1]);
    const bool possible = link.first != link.second && set.insert(link.first, link.second);
    (possible ? links : impossible).push_back(link);
  }
  for (const auto& [a, b] : impossible)
    if (!repair(a, b, links, set, random)) return std::nullopt;
  return links;
}

/// All links that are not there.
Links complement(std::uint32_t peers, const Links& links) {
  LinkSet set(links.size());
  for (const auto& [a, b] : links) set.insert(a, b);
  Links others;
  for (std::uint32_t a = 0; a < peers; ++a)
    for (std::uint32_t b = a + 1; b < peers; ++b)
      if (!set.contains(a, b)) others.emplace_back(a, b);
  return others;
}

}  // namespace

bool connected(std::uint32_t peers, const Links& links) {
  std::vector<std::uint32_t> parents(peers);
  std::iota(parents.begin(), parents.end(), 0u);
  const auto root_of = [&](std::uint32_t peer) {
    while (parents[peer] != peer) peer = parents[peer] = parents[parents[peer]];
    return peer;
  };
  std::uint32_t parts = peers;
  for (const auto& [a, b] : links) {
    const auto one = root_of(a);
    const auto other = root_of(b);
    if (one == other) continue;
    parents[one] = other;
    --parts;
  }
  return parts <= 1;
}

std::optional<Links> random_regular_links(std::uint32_t peers, std::uint32_t degree, std::uint64_t seed) {
  require(degree < peers && (degree >= 2 || peers <= 2) && std::uint64_t{peers} * degree % 2 == 0,
          "such a graph exists");
  for (std::uint64_t attempt = 0; attempt < attempts_max; ++attempt) {
    auto random = Random::keyed({seed, attempt});
    std::optional<Links> links;
    if (degree == 2) {
      links = circle(peers, random);
    } else if (degree > (peers - 1) / 2) {  // pairing gets stuck where most are linked: draw who is not
      links = paired(peers, peers - 1 - degree, random);
      if (links) links = complement(peers, *links);
    } else {
      links = paired(peers, degree, random);
    }
    if (!links || !connected(peers, *links)) continue;
    std::ranges::sort(*links);
    return links;
  }
  return std::nullopt;
}

std::optional<Links> small_world_links(std::uint32_t peers, std::uint32_t degree, double probability,
                                       std::uint64_t seed) {
  require(degree < peers && degree % 2 == 0, "a ring has neighbours on both sides");
  for (std::uint64_t attempt = 0; attempt < attempts_max; ++attempt) {
    auto random = Random::keyed({seed, attempt});
    Links links;
    LinkSet set(std::size_t{peers} * degree / 2);
    for (std::uint32_t step = 1; step <= degree / 2; ++step)
      for (std::uint32_t peer = 0; peer < peers; ++peer) {
        links.emplace_back(peer, (peer + step) % peers);
        set.insert(peer, (peer + step) % peers);
      }
    for (auto& [peer, other] : links) {
      if (!random.chance(probability)) continue;
      for (int draw = 0; draw < draws_max; ++draw) {
        const auto target = static_cast<std::uint32_t>(random.below(peers));
        if (target == peer || set.contains(peer, target)) continue;
        set.erase(peer, other);
        set.insert(peer, target);
        other = target;
        break;
      }
    }
    if (connected(peers, links)) return links;
  }
  return std::nullopt;
}

Links preferential_links(std::uint32_t peers, std::uint32_t degree, std::uint64_t seed) {
  require(degree >= 1 && degree < peers, "a newcomer finds enough others");
  Random random(seed);
  Links links;
  std::vector<std::uint32_t> ends;  // each peer as often as it has links: to draw one is to prefer it so
  const auto add = [&](std::uint32_t a, std::uint32_t b) {
    links.emplace_back(a, b);
    ends.push_back(a);
    ends.push_back(b);
  };
  for (std::uint32_t a = 0; a <= degree; ++a)
    for (std::uint32_t b = 0; b < a; ++b) add(a, b);
  std::vector<std::uint32_t> chosen_by(peers, 0);  // the last newcomer that has; peer 0 is none
  for (std::uint32_t peer = degree + 1; peer < peers; ++peer) {
    const auto ends_before = ends.size();
    for (std::uint32_t chosen = 0; chosen < degree;) {
      const auto target = ends[random.below(ends_before)];
      if (std::exchange(chosen_by[target], peer) == peer) continue;
      add(peer, target);
      ++chosen;
    }
  }
  return links;
}

}  // namespace tutti::lab
