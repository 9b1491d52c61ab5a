#include "tutti/link/transport_measures.hpp"

#include <utility>

namespace tutti {

TransportMeasures::TransportMeasures(const std::vector<Tally>& tallies) {
  rows_.reserve(tallies.size());
  for (const auto& tally : tallies) rows_.push_back({tally});
}

void TransportMeasures::init(Peer& peer) {
  for (auto& row : rows_) row.counter = peer.measure().counter(row.tally.name);
  timer_.emplace(peer.runtime(), [this] { look(); });
}

void TransportMeasures::stop() {
  tell();
  timer_.reset();
}

void TransportMeasures::look() {
  tell();
  timer_->arm(period);
}

void TransportMeasures::tell() {
  for (auto& [tally, told, counter] : rows_) counter.add(*tally.count - std::exchange(told, *tally.count));
}

}  // namespace tutti
