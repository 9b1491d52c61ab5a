// The sockets of one peer: the main one, and those that are opened for a while to reach one peer from many
// ports (birthday.hpp). They are alike but for one thing: others know the main one and may speak up there,
// while a further one is for one peer alone, at one place. The near ends of tunnels are further ones, too.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "tutti/base/ids.hpp"
#include "tutti/net/route/candidate_pair.hpp"
#include "tutti/net/udp/datagram_socket.hpp"

namespace tutti {

class LocalSockets {
 public:
  /// One more socket, like the main one but at a port of its own; null if there is none to be had.
  using Open = std::function<std::unique_ptr<DatagramSocket>()>;
  /// What has come to one of them. Must not close any.
  using Receive = std::function<void(SocketNumber, std::span<const Datagram>)>;
  /// Whom a further socket is for.
  struct Purpose {
    PeerId peer;
    Endpoint place;
  };

  LocalSockets(std::unique_ptr<DatagramSocket> main, Open open, Receive receive);

  /// Must be called once, before anything is sent.
  void start() { main_.start(); }
  [[nodiscard]] bool can_open() const { return static_cast<bool>(open_); }
  /// Nothing if there is none to be had.
  std::optional<SocketNumber> open(const Purpose& purpose);
  /// One that is not of these.
  [[nodiscard]] std::unique_ptr<DatagramSocket> open_apart() const { return open_ ? open_() : nullptr; }
  /// Takes the near end of a tunnel.
  SocketNumber adopt(const Purpose& purpose, std::unique_ptr<DatagramSocket> tunnel);
  /// What is sent from a socket that has been closed is lost, as any datagram may be.
  void send(const CandidatePair& pair, ByteView bytes, std::size_t segment_bytes);

  [[nodiscard]] Endpoint local_endpoint() const { return main_.socket->local_endpoint(); }
  /// Null for the main one, and for one that has been closed.
  [[nodiscard]] const Purpose* purpose_of(SocketNumber number) const;
  /// Those that are open besides the main one.
  [[nodiscard]] std::size_t further() const { return further_.size(); }
  /// Closes further ones, all of which it is not true that they are in use.
  template <typename InUse>
  void close_unless(InUse in_use) {
    std::erase_if(further_, [&](const auto& entry) { return !in_use(entry.first, entry.second->purpose); });
  }

 private:
  /// Tells one socket's datagrams from another's.
  struct Port final : DatagramHandler {
    Port(LocalSockets& its_owner, SocketNumber its_number, const Purpose& its_purpose,
         std::unique_ptr<DatagramSocket> its_socket)
        : owner(its_owner), number(its_number), purpose(its_purpose), socket(std::move(its_socket)) {}
    void start() { socket->start(*this); }
    void datagrams_received(std::span<const Datagram> datagrams) override {
      owner.receive_(number, datagrams);
    }

    LocalSockets& owner;
    SocketNumber number;
    Purpose purpose;
    std::unique_ptr<DatagramSocket> socket;
  };

  SocketNumber keep(SocketNumber number, const Purpose& purpose, std::unique_ptr<DatagramSocket> socket);

  Open open_;
  Receive receive_;
  SocketNumber last_ = main_socket;
  SocketNumber next_tunnel_ = first_tunnel;
  Port main_;
  std::map<SocketNumber, std::unique_ptr<Port>> further_;
};

}  // namespace tutti
