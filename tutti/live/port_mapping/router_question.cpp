#include "tutti/live/port_mapping/router_question.hpp"

#include <utility>

#include "tutti/net/udp/udp_socket.hpp"

namespace tutti {
namespace {

class Deaf final : public DatagramHandler {
  void datagrams_received(std::span<const Datagram> /*datagrams*/) override {}
};

}  // namespace

OpenSocket machine_sockets(RealRuntime& runtime) {
  return [&runtime](const Endpoint& own) -> std::unique_ptr<DatagramSocket> {
    auto socket = UdpSocket::open(runtime, {own.address, 0}, {.buffer_bytes = 1 << 16});
    return socket ? *std::move(socket) : nullptr;
  };
}

RouterQuestion::RouterQuestion(Runtime& runtime, std::unique_ptr<DatagramSocket> socket,
                               const Endpoint& target, Bytes question, IsAnswer is_answer, Ended ended)
    : socket_(std::move(socket)),
      target_(target),
      question_(std::move(question)),
      is_answer_(std::move(is_answer)),
      ended_(std::move(ended)),
      timer_(runtime, [this] { go_on(); }) {
  socket_->start(*this);
  timer_.arm({});
}

void RouterQuestion::put_once(std::unique_ptr<DatagramSocket> socket, const Endpoint& target,
                              ByteView question) {
  Deaf deaf;
  socket->start(deaf);
  socket->send(target, question, question.size());
  socket.reset();
}

void RouterQuestion::datagrams_received(std::span<const Datagram> datagrams) {
  for (const auto& datagram : datagrams) {
    if (answered_ || !is_answer_(datagram)) continue;
    answered_ = true;
    timer_.arm({});  // not from here, where the socket must stay
  }
}

void RouterQuestion::go_on() {
  if (answered_ || times_ == times_max) {
    auto ended = std::move(ended_);
    return ended(answered_);
  }
  socket_->send(target_, question_, question_.size());
  timer_.arm(first_pause * (1 << times_++));
}

}  // namespace tutti
