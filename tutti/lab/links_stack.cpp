#include "tutti/lab/links_stack.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tutti/net/route/peer_endpoint.hpp"

namespace tutti::lab {
namespace {

class LinksStack final : public Stack {
 public:
  std::unique_ptr<Peer> start(const Site& site) override {
    LinkOptions links{.network = "links 1", .name = fmt::format("peer {}", site.number)};
    links.links_max = std::max(links.links_max, std::size_t{site.house.peer_count()});
    for (const auto neighbour : site.neighbours())
      links.targets.push_back({site.house.endpoint_of(neighbour), site.house.peer_id(neighbour)});
    return site.house.link(site.build(), site, std::move(links)).start();
  }
  void ended(House& house, std::uint32_t number) override {
    for (const auto column : {up_column, direct_column, wanted_up_column})
      house.board().put(number, column, std::nullopt);
  }

  [[nodiscard]] std::size_t board_columns() const override { return columns; }
  void show(House& house, std::uint32_t number, Peer& peer, TimePoint /*now*/) override {
    const auto& links = peer.find<LinkManager>()->links();
    const auto direct = std::ranges::count_if(
        links, [](const auto& link) { return !peer_at(link.second.channel->remote_endpoint()); });
    // Not all: a peer also has links with its relays, and those that a mesh has found.
    const auto wanted = std::ranges::count_if(house.neighbours(number), [&](std::uint32_t neighbour) {
      return links.contains(house.peer_id(neighbour));
    });
    house.board().put(number, up_column, static_cast<std::int64_t>(links.size()));
    house.board().put(number, direct_column, direct);
    house.board().put(number, wanted_up_column, wanted);
  }

  void observe(const House& house, measure::Recorder& recorder) override {
    // Each link has two ends.
    double wanted_ends = 0;
    double wanted_up_ends = 0;
    double up_ends = 0;
    double direct_ends = 0;
    for (std::uint32_t i = 0; i < house.peer_count(); ++i) {
      const auto up = house.board().get(i, up_column);
      if (!up) continue;
      up_ends += static_cast<double>(*up);
      direct_ends += static_cast<double>(*house.board().get(i, direct_column));
      wanted_up_ends += static_cast<double>(*house.board().get(i, wanted_up_column));
      wanted_ends += static_cast<double>(std::ranges::count_if(house.neighbours(i), [&](std::uint32_t other) {
        return house.board().get(other, up_column).has_value();
      }));
    }
    recorder.gauge("links.wanted").set(wanted_ends / 2);
    recorder.gauge("links.wanted_up").set(wanted_up_ends / 2);
    recorder.gauge("links.up").set(up_ends / 2);
    recorder.gauge("links.direct").set(direct_ends / 2);
  }

 private:
  enum Column : std::size_t { up_column, direct_column, wanted_up_column, columns };
};

}  // namespace

StackType links_stack() {
  return {
      .name = "links",
      .description = "peers that are linked and say nothing: how many links are up, and how many direct",
      .make = [](const Plan&, const std::map<std::string, std::string>&)
          -> std::expected<std::unique_ptr<Stack>, std::string> { return std::make_unique<LinksStack>(); }};
}

}  // namespace tutti::lab
