#include "tutti/net/route/local_sockets.hpp"

namespace tutti {

LocalSockets::LocalSockets(std::unique_ptr<DatagramSocket> main, Open open, Receive receive)
    : open_(std::move(open)), receive_(std::move(receive)), main_(*this, main_socket, {}, std::move(main)) {}

std::optional<SocketNumber> LocalSockets::open(const Purpose& purpose) {
  auto socket = open_apart();
  if (!socket) return std::nullopt;
  return keep(++last_, purpose, std::move(socket));
}

SocketNumber LocalSockets::adopt(const Purpose& purpose, std::unique_ptr<DatagramSocket> tunnel) {
  const auto number = next_tunnel_;
  ++next_tunnel_;
  return keep(number, purpose, std::move(tunnel));
}

SocketNumber LocalSockets::keep(SocketNumber number, const Purpose& purpose,
                                std::unique_ptr<DatagramSocket> socket) {
  auto port = std::make_unique<Port>(*this, number, purpose, std::move(socket));
  further_.emplace(number, std::move(port)).first->second->start();
  return number;
}

void LocalSockets::send(const CandidatePair& pair, ByteView bytes, std::size_t segment_bytes) {
  if (pair.socket == main_socket) return main_.socket->send(pair.remote, bytes, segment_bytes);
  if (const auto found = further_.find(pair.socket); found != further_.end())
    found->second->socket->send(pair.remote, bytes, segment_bytes);
}

const LocalSockets::Purpose* LocalSockets::purpose_of(SocketNumber number) const {
  const auto found = further_.find(number);
  return found == further_.end() ? nullptr : &found->second->purpose;
}

}  // namespace tutti
