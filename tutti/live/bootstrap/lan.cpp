#include "tutti/live/bootstrap/lan.hpp"

#include <algorithm>
#include <utility>

#include "tutti/link/backoff.hpp"
#include "tutti/live/bootstrap/lan_service.hpp"

namespace tutti {
namespace {

constexpr std::uint32_t group_v4 = 0xe00000fb;  // 224.0.0.251
constexpr std::array<std::uint8_t, 16> group_v6{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfb};

/// RFC 6762, 8.3: said at least twice, a second apart.
constexpr int announcements = 2;
/// RFC 6762, 6: the same is not said more often than once a second.
constexpr Duration least_pause = std::chrono::seconds(1);
/// RFC 6762, 5.2 and 6: so that not all speak at once who were woken by the same.
constexpr Duration delay_least = std::chrono::milliseconds(20);
constexpr Duration delay_span = std::chrono::milliseconds(100);
/// RFC 6762, 5.2: further and further apart.
constexpr BackoffOptions questions{.first = std::chrono::seconds(1), .longest = std::chrono::minutes(10)};

class Lan final : public Bootstrap {
 public:
  Lan(RealRuntime& runtime, const LanOptions& options, const Announcement& self, Found found)
      : runtime_(runtime),
        port_(options.port),
        self_(self),
        found_(std::move(found)),
        asking_(questions),
        ask_(runtime,
             [this] {
               send(lan_service::question());
               ask_.arm(asking_.next(runtime_.random()));
             }),
        say_(runtime, [this] { say(); }) {
    const auto interfaces = options.interfaces.empty() ? multicast_interfaces() : options.interfaces;
    for (const auto& interface : interfaces)
      for (const auto& group : {Endpoint::v4(group_v4, port_), Endpoint::v6(group_v6, port_)})
        open(interface, group);
    ask_.arm(some_delay());
    say_.arm(some_delay());
  }
  ~Lan() override { send(lan_service::answer(self_, true)); }
  Lan(const Lan&) = delete;
  Lan& operator=(const Lan&) = delete;

  [[nodiscard]] bool works() const { return !sockets_.empty(); }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  Duration some_delay() {
    return delay_least + from_seconds(in_seconds(delay_span) * runtime_.random().uniform());
  }

  void open(const NetworkInterface& interface, const Endpoint& group) {
    auto socket = MulticastSocket::open(
        runtime_, interface, group,
        [this](ByteView bytes, std::uint16_t source_port) { take(bytes, source_port); });
    if (socket) {
      sockets_.push_back(*std::move(socket));
    } else {
      trouble_ = socket.error();
      runtime_.log()(LogLevel::debug, "{}", trouble_);  // many interfaces have only one kind of address
    }
  }

  void send(const MdnsMessage& message) {
    const auto bytes = encode_mdns(message);
    for (const auto& socket : sockets_) socket->send(bytes);
  }

  void say() {
    send(lan_service::answer(self_));
    said_at_ = runtime_.now();
    if (++said_ < announcements) say_.arm(least_pause);
  }

  void take(ByteView bytes, std::uint16_t source_port) {
    const auto message = decode_mdns(bytes);
    if (!message) return;
    if (lan_service::is_asked(*message) && !say_.armed())
      say_.arm_at(std::max(runtime_.now() + some_delay(), said_at_ + least_pause));
    if (source_port != port_) return;  // RFC 6762, 6: no answer comes from elsewhere
    for (const auto& target : lan_service::peers(*message, self_.session))
      if (target.peer != self_.peer) found_(target);
  }

  RealRuntime& runtime_;
  std::uint16_t port_;
  Announcement self_;
  Found found_;
  std::vector<std::unique_ptr<MulticastSocket>> sockets_;
  std::string trouble_;
  Backoff asking_;
  Timer ask_, say_;
  int said_ = 0;
  TimePoint said_at_{};
};

}  // namespace

BootstrapOpener lan(const LanOptions& options) {
  return [options](RealRuntime& runtime, const Announcement& self,
                   Bootstrap::Found found) -> std::expected<std::unique_ptr<Bootstrap>, std::string> {
    auto lan = std::make_unique<Lan>(runtime, options, self, std::move(found));
    if (!lan->works())
      return std::unexpected(fmt::format("the local network cannot be asked for peers: {}", lan->trouble()));
    return lan;
  };
}

}  // namespace tutti
