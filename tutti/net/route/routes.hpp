// The ways to one peer, and which of them is taken: one that works before one that is in doubt, a direct one
// before any relay, of the direct ones datagrams before a tunnel, and of two direct ones that with the
// shorter round trip, where a new one must be better by some milliseconds, so that traffic does not swing to
// and fro. Of two relays the newer one is taken: there was a reason to look for it, and the other side takes
// it too. Where all are in doubt they take turns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tutti/base/time.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/net/route/candidate_pair.hpp"
#include "tutti/net/route/check.hpp"

namespace tutti {

/// One way to a peer.
struct Route {
  Endpoint endpoint;  ///< where its datagrams are sent: the peer's own, or one that names a relay
  std::optional<MeetingId> relay{};   ///< under which the relay knows the two; none on a direct route
  SocketNumber socket = main_socket;  ///< of a direct route: from which of our own they are sent

  static Route to(const CandidatePair& pair) { return {pair.remote, std::nullopt, pair.socket}; }
  [[nodiscard]] bool direct() const { return !relay; }
  /// Of the direct ones: whether it goes through a tunnel.
  [[nodiscard]] bool tunnelled() const { return is_tunnel(socket); }
  [[nodiscard]] CandidatePair pair() const { return {endpoint, socket}; }
  bool operator==(const Route&) const = default;
};

/// For people: "directly at 192.0.2.1:5000", "over TCP at ...", "over the relay 5f3a1c20".
std::string describe(const Route& route);

class Routes {
 public:
  /// More are not remembered: the one that has not been confirmed for longest goes.
  static constexpr std::size_t routes_max = 8;
  static constexpr Duration hysteresis = std::chrono::milliseconds(5);

  /// It leads to the peer, as an answered check has shown.
  void confirm(const Route& route, std::optional<Duration> round_trip, TimePoint now);
  /// The peer itself has just been heard from there, by proof: that is where it is now, and it has left all
  /// other places; tunnels stay.
  void follow(const Route& route, TimePoint now);
  /// What is sent that way has not been answered for long: it is taken only if there is no other.
  void doubt(const Route& route, TimePoint now);
  /// Something has come from there.
  void trust(const Route& route);
  /// It leads there no longer.
  void remove(const Route& route);
  /// It has left all places.
  void remove_direct();
  /// Whatever leads over that meeting's relay.
  void remove_relay(MeetingId meeting);

  /// The one to take; null if there is none.
  [[nodiscard]] const Route* best() const { return best_ ? &known_[*best_].route : nullptr; }
  /// The best direct one; null if there is none.
  [[nodiscard]] const Route* best_direct() const {
    return best_ && known_[*best_].route.direct() ? best() : nullptr;
  }
  /// All ways are.
  [[nodiscard]] bool in_doubt() const { return best_ && known_[*best_].doubted; }
  [[nodiscard]] bool empty() const { return known_.empty(); }

  struct Known {
    Route route;
    std::optional<Duration> round_trip{};
    TimePoint confirmed;
    std::optional<TimePoint> doubted{};  ///< since when, if it is
  };
  [[nodiscard]] const std::vector<Known>& all() const { return known_; }

 private:
  Known* find(const Route& route);
  Known& insert(const Route& route);
  /// Looks again which is the best after `change`.
  template <typename Change>
  void after(Change&& change);
  void choose(const std::optional<Route>& present);

  std::vector<Known> known_;
  std::optional<std::size_t> best_;
};

}  // namespace tutti
