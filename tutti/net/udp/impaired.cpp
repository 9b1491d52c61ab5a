#include "tutti/net/udp/impaired.hpp"

#include <algorithm>
#include <functional>

#include "tutti/base/require.hpp"

namespace tutti {

Impaired::Impaired(Runtime& runtime, std::unique_ptr<DatagramSocket> inner, NetworkModelPtr model,
                   std::uint64_t seed)
    : Impaired(runtime, std::move(inner), std::make_shared<Machine>(std::move(model), runtime.now()), seed) {}

Impaired::Impaired(Runtime& runtime, std::unique_ptr<DatagramSocket> inner, std::shared_ptr<Machine> machine,
                   std::uint64_t seed)
    : runtime_(runtime),
      inner_(std::move(inner)),
      machine_(std::move(machine)),
      seed_(seed),
      delivery_(runtime, [this] { deliver_due(); }) {}

std::unique_ptr<Impaired> Impaired::sibling(std::unique_ptr<DatagramSocket> inner, std::uint64_t seed) const {
  return std::unique_ptr<Impaired>(new Impaired(runtime_, std::move(inner), machine_, seed));
}

void Impaired::start(DatagramHandler& handler) {
  require(handler_ == nullptr, "a socket is started once");
  handler_ = &handler;
  inner_->start(*this);
}

void Impaired::datagrams_received(std::span<const Datagram> datagrams) {
  if (machine_->cut)
    counters_.cut += datagrams.size();
  else
    handler_->datagrams_received(datagrams);
}

void Impaired::send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) {
  require(!bytes.empty() && segment_bytes > 0, "a batch has a size");
  for (; bytes.size() > segment_bytes; bytes = bytes.subspan(segment_bytes))
    send_packet(target, bytes.first(segment_bytes));
  send_packet(target, bytes);
}

void Impaired::send_packet(const Endpoint& target, ByteView bytes) {
  if (machine_->cut) {
    ++counters_.cut;
    return;
  }
  if (paths_.size() >= targets_max && !paths_.contains(target)) {
    paths_.clear();
    ++seed_;  // so that no draw is repeated
  }
  const std::hash<Endpoint> number_of;
  const auto arrivals = paths_[target].take(*machine_->model, seed_,
                                            {.source = number_of(inner_->local_endpoint()),
                                             .target = number_of(target),
                                             .bytes = bytes.size(),
                                             .sent = TimePoint(runtime_.now() - machine_->begun)});
  if (!arrivals) {
    ++(arrivals.error() == Path::Loss::queue_full ? counters_.queue_full : counters_.lost);
    return;
  }
  for (const Duration delay : *arrivals) send_later(target, bytes, delay);
}

void Impaired::send_later(const Endpoint& target, ByteView bytes, Duration delay) {
  if (delay == Duration::zero()) {
    inner_->send(target, bytes, bytes.size());
  } else if (under_way_.size() >= packets_max) {
    ++counters_.overflow;
  } else {
    under_way_.emplace(runtime_.now() + delay, Packet{target, Bytes(bytes.begin(), bytes.end())});
    delivery_.arm_at(under_way_.begin()->first);
  }
}

void Impaired::deliver_due() {
  const TimePoint now = runtime_.now();
  while (!under_way_.empty() && under_way_.begin()->first <= now) {
    const auto packet = under_way_.extract(under_way_.begin());
    if (machine_->cut)
      ++counters_.cut;
    else
      inner_->send(packet.mapped().target, packet.mapped().bytes, packet.mapped().bytes.size());
  }
  if (!under_way_.empty()) delivery_.arm_at(under_way_.begin()->first);
}

}  // namespace tutti
