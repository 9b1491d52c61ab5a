#include "tutti/live/bootstrap/irc.hpp"

#include <utility>

#include "tutti/live/bootstrap/tcp_stream.hpp"

namespace tutti {
namespace {

class Irc final : public Bootstrap {
 public:
  Irc(RealRuntime& runtime, IrcPlace place, IrcMeetingOptions options, const Announcement& self, Found found)
      : runtime_(runtime),
        place_(std::move(place)),
        found_(std::move(found)),
        meeting_(std::move(options), self, Random(runtime.random()()), runtime.log()),
        timer_(runtime, [this] {
          meeting_.advance(runtime_.now());
          act();
        }) {
    timer_.arm({});
  }

  void announce(const Announcement& self) override { meeting_.announce(self); }

 private:
  /// Does what the meeting wants after something has happened.
  void act() {
    const auto now = runtime_.now();
    while (const auto found = meeting_.next_found()) found_(*found);
    if (!meeting_.wants_connection()) {
      stream_.reset();
    } else if (!stream_) {
      connect();
    } else {
      while (const auto line = meeting_.next_line(now)) stream_->send(*line);
    }
    if (const auto next = meeting_.next_at(); next != TimePoint::max())
      timer_.arm_at(next);
    else
      timer_.cancel();
  }

  void connect() {
    stream_ = std::make_unique<TcpStream>(
        runtime_,
        TcpStream::Options{
            .host = place_.host, .port = place_.port, .tls = place_.tls, .fingerprint = place_.fingerprint},
        TcpStream::Handler{.connected =
                               [this] {
                                 meeting_.connected(runtime_.now());
                                 act();
                               },
                           .received =
                               [this](std::string_view bytes) {
                                 meeting_.receive(runtime_.now(), bytes);
                                 act();
                               },
                           .closed =
                               [this](const std::string& why) {
                                 runtime_.log()(LogLevel::warning, "no connection with {}:{}: {}",
                                                place_.host, place_.port, why);
                                 meeting_.disconnected(runtime_.now());
                                 act();
                               }});
  }

  RealRuntime& runtime_;
  IrcPlace place_;
  Found found_;
  IrcMeeting meeting_;
  std::unique_ptr<TcpStream> stream_;
  Timer timer_;
};

}  // namespace

BootstrapOpener irc(const IrcPlace& place, const IrcMeetingOptions& options) {
  return [place, options](RealRuntime& runtime, const Announcement& self,
                          Bootstrap::Found found) -> std::expected<std::unique_ptr<Bootstrap>, std::string> {
    auto own = options;
    own.channel = place.channel;
    return std::make_unique<Irc>(runtime, place, std::move(own), self, std::move(found));
  };
}

}  // namespace tutti
