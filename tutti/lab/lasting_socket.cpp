#include "tutti/lab/lasting_socket.hpp"

#include "tutti/base/require.hpp"

namespace tutti::lab {

class LastingSocket::Lent final : public DatagramSocket {
 public:
  explicit Lent(LastingSocket& owner) : owner_(owner) {}
  ~Lent() override { owner_.lent_ = nullptr; }

  void start(DatagramHandler& user) override { handler = &user; }
  void send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) override {
    if (!silenced) owner_.inner_->send(target, bytes, segment_bytes);
  }
  [[nodiscard]] Endpoint local_endpoint() const override { return owner_.inner_->local_endpoint(); }

  DatagramHandler* handler = nullptr;
  bool silenced = false;

 private:
  LastingSocket& owner_;
};

LastingSocket::LastingSocket(std::unique_ptr<DatagramSocket> inner) : inner_(std::move(inner)) {
  inner_->start(*this);
}

std::unique_ptr<DatagramSocket> LastingSocket::lend() {
  require(lent_ == nullptr, "a lasting socket has one user at a time");
  auto lent = std::make_unique<Lent>(*this);
  lent_ = lent.get();
  return lent;
}

void LastingSocket::silence() {
  if (lent_ != nullptr) lent_->silenced = true;
}

void LastingSocket::datagrams_received(std::span<const Datagram> datagrams) {
  if (lent_ != nullptr && lent_->handler != nullptr) lent_->handler->datagrams_received(datagrams);
}

}  // namespace tutti::lab
