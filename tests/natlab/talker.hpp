// Who sends short texts over UDP from some host of a NatLab, and remembers which have come and from where.
//
// That a text does not come is never found by waiting: whoever wants to know sends a second one after it that
// is let in, by the same way or a longer one. All are sent by one thread on one processor, and there the
// kernel handles packets in the order they were sent: when the second has come, the first would have. (Cables
// with a delay of their own keep no such order.)
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sched.h>

#include "natlab/nat_lab_fixture.hpp"
#include "tutti/net/udp/udp_socket.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::natlab {

class Talker final : DatagramHandler {
 public:
  Talker(RealRuntime& runtime, const NatLab& lab, NatLab::Host host, std::uint16_t port = 0)
      : runtime_(runtime),
        socket_(lab.inside(host, [&] { return UdpSocket::open(runtime, Endpoint::v4(0, port)).value(); })),
        endpoint_(lab.endpoint(host, socket_->local_endpoint().port)) {
    socket_->start(*this);
  }

  /// As of its host, when it was made.
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  void send(const Endpoint& target, std::string_view text) {
    const Bytes bytes(text.begin(), text.end());
    socket_->send(target, bytes, bytes.size());
  }

  /// Where this text came from, the first time; nothing if it has not come.
  [[nodiscard]] std::optional<Endpoint> source_of(const std::string& text) const {
    const auto found = sources_.find(text);
    return found == sources_.end() ? std::nullopt : std::optional(found->second);
  }

  /// As source_of(), but waits until the text has come; that it does not within ten seconds is a failure.
  Endpoint await(const std::string& text) {
    const auto end = real_now() + std::chrono::seconds(10);
    while (!sources_.contains(text) && real_now() < end) runtime_.poll();
    EXPECT_TRUE(sources_.contains(text)) << text << " has not come to " << endpoint_.text();
    return sources_[text];
  }

  /// The last that came from anybody but `known`.
  [[nodiscard]] std::optional<Endpoint> last_source_but(const Endpoint& known) const {
    for (auto source = order_.rbegin(); source != order_.rend(); ++source)
      if (*source != known) return *source;
    return std::nullopt;
  }

  /// Where `other` sees it.
  Endpoint seen_by(Talker& other) {
    const auto text = fresh("who am I?");
    send(other.endpoint(), text);
    return other.await(text);
  }

  /// Whether what it sends to `target` comes to `other`. Afterwards `other` has sent to it, in any case.
  bool reaches(Talker& other, const Endpoint& target) {
    const auto text = fresh("am I let in?");
    send(target, text);
    const auto open = other.seen_by(*this);
    const auto second = fresh("this is let in");
    send(open, second);
    other.await(second);
    return other.source_of(text).has_value();
  }

 private:
  /// A text that nobody has sent before.
  std::string fresh(std::string_view words) {
    return endpoint_.text() + ": " + std::string(words) + " " + std::to_string(++sent_);
  }

  void datagrams_received(std::span<const Datagram> datagrams) override {
    for (const auto& datagram : datagrams) {
      sources_.try_emplace(std::string(datagram.bytes.begin(), datagram.bytes.end()), datagram.source);
      order_.push_back(datagram.source);
    }
  }

  RealRuntime& runtime_;
  std::unique_ptr<UdpSocket> socket_;
  Endpoint endpoint_;
  std::map<std::string, Endpoint> sources_;
  std::vector<Endpoint> order_;
  int sent_ = 0;
};

/// A test in which all is sent by one thread on one processor.
class TalkTest : public NatLabTest {
 protected:
  void SetUp() override {
    NatLabTest::SetUp();
    if (IsSkipped()) return;
    cpu_set_t processor;
    CPU_ZERO(&processor);
    CPU_SET(static_cast<unsigned>(::sched_getcpu()), &processor);
    ASSERT_EQ(::sched_setaffinity(0, sizeof processor, &processor), 0);
  }

  std::unique_ptr<Talker> talker(NatLab::Host host, std::uint16_t port = 0) {
    return std::make_unique<Talker>(runtime_, lab(), host, port);
  }
  /// In a host of its own.
  std::unique_ptr<Talker> talker(NatLab::Network network, std::uint16_t port = 0) {
    return talker(lab().add_host(network), port);
  }

  /// Tells `outside` the hardware address of the NAT: from then on what it sends there leaves at once. Else
  /// its first packet waits until that is asked for, and may come only after a later one from inside has
  /// opened it the way.
  void introduce(NatLab::Network nat, Talker& outside) { talker(nat)->seen_by(outside); }

  RealRuntime runtime_;
};

}  // namespace tutti::natlab
