#include "tutti/net/tcp/tcp_tunnels.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/ip/v6_only.hpp>
#include <fmt/format.h>

#include "tutti/net/tcp/tcp_endpoint.hpp"

namespace tutti {
namespace {

using boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Address = decltype(Endpoint::address);

/// The pause after the machine could not give a socket for a connection that others have begun.
constexpr Duration accept_pause = std::chrono::milliseconds(200);

/// Connections that exist, at whatever stage.
struct Census {
  std::map<Address, std::size_t> from;  // that others have begun, by their address
  std::size_t all = 0;
};

}  // namespace

/// What the handlers of Asio hold on to: they may come after the tunnels have gone, and find it `over_`.
class TcpTunnels::State final : public std::enable_shared_from_this<State> {
 public:
  State(RealRuntime& runtime, const Identity& identity, const std::string& protocol, Wrap wrap,
        const Options& options)
      : runtime_(runtime),
        credentials_(identity, protocol),
        wrap_(std::move(wrap)),
        options_(options),
        acceptor_(runtime.io()),
        accept_again_(runtime, [this] { accept(); }) {}

  void listen(const Endpoint& local) {
    const auto at = to_tcp_endpoint(local);
    try {
      acceptor_.open(at.protocol());
      acceptor_.set_option(tcp::acceptor::reuse_address(true));
      if (at.protocol() == tcp::v6()) acceptor_.set_option(boost::asio::ip::v6_only(false));
      acceptor_.bind(at);
      acceptor_.listen();
    } catch (const boost::system::system_error& error) {
      runtime_.log()(LogLevel::info, "no tunnels over TCP are accepted at {}: {}", local.text(),
                     error.code().message());
      acceptor_ = tcp::acceptor(runtime_.io());
    }
  }
  [[nodiscard]] bool listening() const { return acceptor_.is_open(); }

  void start(Handler handler) {
    handler_ = std::move(handler);
    if (listening()) accept();
  }

  void open(const Endpoint& place) {
    const bool asked = std::ranges::any_of(
        attempts_, [&](const auto& entry) { return entry.second->outgoing && entry.second->place == place; });
    if (asked || census_->all >= options_.tunnels_max) return;
    const auto number = begin(place, true);
    auto socket = std::make_shared<tcp::socket>(runtime_.io());
    socket->async_connect(to_tcp_endpoint(place),
                          [self = shared_from_this(), number, socket](const ErrorCode& error) {
                            if (self->over_ || !self->attempts_.contains(number)) return;
                            if (error) return self->failed(number, error.message());
                            self->connected(number, std::move(*socket), TlsSession::Side::client);
                          });
  }

  void end() {
    over_ = true;
    accept_again_.cancel();
    attempts_.clear();
    ErrorCode error;  // in any case it goes with this object
    [[maybe_unused]] const ErrorCode& closed = acceptor_.close(error);
  }

  Counters counters;

 private:
  /// Of which nobody has proved yet who is at the other end.
  struct Attempt {
    Attempt(State& state, std::uint64_t number, const Endpoint& its_place, bool is_outgoing)
        : place(its_place),
          outgoing(is_outgoing),
          patience(state.runtime_, [&state, number] { state.failed(number, "it does not answer"); }) {
      patience.arm(state.options_.patience);
    }
    Endpoint place;
    bool outgoing;
    std::shared_ptr<void> counted;
    std::unique_ptr<TcpTunnel> tunnel;  // once there is a connection
    Timer patience;
  };

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const ErrorCode& error, tcp::socket socket) {
      if (self->over_) return;
      if (error) return self->accept_again_.arm(accept_pause);
      self->accepted(std::move(socket));
      self->accept();
    });
  }

  void accepted(tcp::socket socket) {
    ErrorCode gone;
    const auto place = to_endpoint(socket.remote_endpoint(gone));
    if (gone) return;
    if (census_->all >= options_.tunnels_max ||
        census_->from[place.address] >= options_.from_one_address_max) {
      if (worth_a_line(++counters.refused))
        runtime_.log()(LogLevel::warning,
                       "no tunnel over TCP from {}: there are {}, {} from that address; {} refused",
                       place.text(), census_->all, census_->from[place.address], counters.refused);
      return;
    }
    connected(begin(place, false), std::move(socket), TlsSession::Side::server);
  }

  /// One more attempt, counted until its tunnel is gone.
  std::uint64_t begin(const Endpoint& place, bool outgoing) {
    const auto number = ++last_;
    auto& attempt =
        *attempts_.emplace(number, std::make_unique<Attempt>(*this, number, place, outgoing)).first->second;
    ++census_->all;
    if (!outgoing) ++census_->from[place.address];
    attempt.counted = {nullptr, [census = census_, place, outgoing](void*) {
                         --census->all;
                         if (!outgoing && --census->from[place.address] == 0)
                           census->from.erase(place.address);
                       }};
    return number;
  }

  void connected(std::uint64_t number, tcp::socket socket, TlsSession::Side side) {
    auto& attempt = *attempts_.at(number);
    attempt.tunnel = std::make_unique<TcpTunnel>(
        std::move(socket), credentials_, side, attempt.place,
        TcpTunnel::Handler{.ready = [this, number] { ready(number); },
                           .closed = [this, number](const std::string& why) { failed(number, why); }});
  }

  void ready(std::uint64_t number) {
    auto attempt = std::move(attempts_.extract(number).mapped());
    auto& tunnel = *attempt->tunnel;
    const auto peer = tunnel.peer();
    ++counters.opened;
    runtime_.log()(LogLevel::info, "a tunnel over TCP {} {} at {}", attempt->outgoing ? "to" : "from",
                   peer.brief(), attempt->place.text());
    // Counted until its socket is gone, whoever has it then.
    tunnel.set_handler({.ready = {}, .closed = [counted = attempt->counted](const std::string&) {}});
    std::unique_ptr<DatagramSocket> socket = std::move(attempt->tunnel);
    if (wrap_) socket = wrap_(std::move(socket));
    const auto socket_number = handler_.opened({peer, attempt->place, attempt->outgoing, std::move(socket)});
    tunnel.set_handler({.ready = {},
                        .closed = [self = shared_from_this(), counted = attempt->counted, socket_number,
                                   peer](const std::string& why) {
                          if (self->over_) return;
                          self->runtime_.log()(LogLevel::info, "the tunnel over TCP with {} has ended: {}",
                                               peer.brief(), why);
                          self->handler_.ended(socket_number);
                        }});
  }

  void failed(std::uint64_t number, const std::string& why) {
    const auto attempt = attempts_.extract(number);
    if (attempt.empty()) return;
    ++counters.failed;
    const auto& [place, outgoing] = std::pair(attempt.mapped()->place, attempt.mapped()->outgoing);
    if (outgoing)
      runtime_.log()(LogLevel::debug, "no tunnel over TCP to {}: {}", place.text(), why);
    else if (worth_a_line(++counters.failed_incoming))
      runtime_.log()(LogLevel::info, "no tunnel over TCP from {}: {}; {} so far", place.text(), why,
                     counters.failed_incoming);
  }

  RealRuntime& runtime_;
  TlsCredentials credentials_;
  Wrap wrap_;
  Options options_;
  Handler handler_;
  tcp::acceptor acceptor_;
  Timer accept_again_;
  bool over_ = false;
  std::uint64_t last_ = 0;
  std::shared_ptr<Census> census_ = std::make_shared<Census>();
  std::map<std::uint64_t, std::unique_ptr<Attempt>> attempts_;
};

TcpTunnels::TcpTunnels(RealRuntime& runtime, const Identity& identity, const std::string& protocol,
                       const Endpoint& listen, Wrap wrap, const Options& options)
    : state_(std::make_shared<State>(runtime, identity, protocol, std::move(wrap), options)) {
  state_->listen(listen);
}

TcpTunnels::~TcpTunnels() {
  state_->end();
}

void TcpTunnels::start(Handler handler) {
  state_->start(std::move(handler));
}

void TcpTunnels::open(const Endpoint& place) {
  state_->open(place);
}

bool TcpTunnels::listening() const {
  return state_->listening();
}

const TcpTunnels::Counters& TcpTunnels::counters() const {
  return state_->counters;
}

std::vector<Tally> TcpTunnels::tallies() const {
  const auto& all = counters();
  return {{"tunnel.opened", &all.opened},
          {"tunnel.refused", &all.refused},
          {"tunnel.failed", &all.failed},
          {"tunnel.failed_incoming", &all.failed_incoming}};
}

}  // namespace tutti
