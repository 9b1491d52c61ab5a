// Birthday probing: a direct way between two peers one of whom is behind a NAT that gives each destination a
// port of its own (symmetric), and the other behind one that lets in only what comes from where it has sent
// to (port-restricted). The search (search.hpp) fails between them, because the port from which the first
// one's packets come is known to nobody beforehand.
//
//   the symmetric side, many sockets                      the other side, many ports
//   a check from each of 256 sockets to the one     --X   not let in: nothing was sent there yet
//   endpoint of the other; each opens a port of
//   its own NAT for that endpoint
//             let in if the port is one of the 256  <---  checks to up to 2000 random ports, one by one
//
// As many people in a room have soon a birthday in common, a probe soon hits one of 256 among 64,512 ports:
// half of the pairs meet within 175 probes, and one in 3000 does not within 2000. Each probe is an ordinary
// check (check.hpp), so all that follows the first hit is the search's.
//
// Packets to ports where nobody waits are a burden for whoever owns the address. So nobody sends more than
// 2000 of 70 bytes, one every 2 ms, only to an address at which the peer that introduces the two sees the
// other one itself (and which that one says is its own), one such probing at a time and none again with the
// same peer or against the same address within a minute (BirthdayLimit). What anybody says of its own place
// is not enough; whoever introduces and lies about what it sees can turn no more than that on others.
//
// Not done: to guess the next port of a NAT that counts them up. It saves a second with few NATs, and with
// all others nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/base/ids.hpp"
#include "tutti/base/random.hpp"
#include "tutti/base/time.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/net/nat/nat_kind.hpp"

namespace tutti {

/// When one side sends its probes, and where to. A pure function of what it is told and of its random stream.
class Birthday {
 public:
  enum class Side : std::uint8_t {
    many_sockets,  ///< sends from ever new sockets to one endpoint
    many_ports,    ///< sends from one socket to ever new ports
  };

  /// The search is given so much time before.
  static constexpr Duration delay = std::chrono::milliseconds(1500);
  /// From one probe to the next.
  static constexpr Duration pause = std::chrono::milliseconds(2);
  /// From the first probe on: the 4 s of all probes, and some more because the other side need not begin at
  /// the same moment.
  static constexpr Duration patience = std::chrono::seconds(6);
  static constexpr std::uint32_t sockets_max = 256;
  static constexpr std::uint32_t ports_max = 2000;
  /// Below are those that no NAT gives away.
  static constexpr std::uint16_t first_port = 1024;

  /// What the NATs' mappings leave a peer to do. Nothing unless just one of them stays the same for all
  /// destinations: if both do, plain checks are enough, and if neither does, nobody knows where to send to.
  /// What the NATs let in is not known; that checks have failed shows it.
  static std::optional<Side> side_of(std::optional<NatDependence> own, std::optional<NatDependence> other);

  /// `seen`: where the other peer is, or is at another port.
  Birthday(Side side, const Endpoint& seen, TimePoint now, Random random);

  [[nodiscard]] Side side() const { return side_; }
  [[nodiscard]] const Endpoint& seen() const { return seen_; }
  /// The time has come to begin() or to refuse().
  [[nodiscard]] bool is_due(TimePoint now) const { return stage_ == Stage::waiting && now >= next_; }
  void begin(TimePoint now);
  /// It will not begin: `why` is the end of a sentence.
  void refuse(std::string_view why);
  [[nodiscard]] bool under_way() const { return stage_ == Stage::under_way; }
  /// Until when it is under way, once it has begun.
  [[nodiscard]] TimePoint end() const { return end_; }
  /// A check has been answered.
  void met();

  /// When is_due() or next() has something again; TimePoint::max() if that is never.
  [[nodiscard]] TimePoint next_at() const;
  /// Where a probe is to be sent now, counted as sent. At its end it is over.
  std::optional<Endpoint> next(TimePoint now);
  /// What was done and what came of it, a sentence for people.
  [[nodiscard]] std::string trace() const;

 private:
  enum class Stage : std::uint8_t { waiting, under_way, met, in_vain, refused };

  [[nodiscard]] std::uint32_t probes_max() const {
    return side_ == Side::many_sockets ? sockets_max : ports_max;
  }
  std::uint16_t new_port();

  Side side_;
  Endpoint seen_;
  Random random_;
  Stage stage_ = Stage::waiting;
  TimePoint next_;
  TimePoint end_ = TimePoint::max();
  std::uint32_t probes_ = 0;
  std::string refusal_;
  std::vector<bool> used_;  // by port, while it is under way
};

/// How often one peer may probe.
class BirthdayLimit {
 public:
  static constexpr Duration pause = std::chrono::minutes(1);
  /// In that time, with whomever.
  static constexpr std::size_t most = 64;

  /// Why not now; otherwise it counts.
  std::optional<std::string_view> begin(const PeerId& other, const Endpoint& seen, TimePoint now);

 private:
  struct Begun {
    PeerId other;
    Endpoint seen;
    TimePoint at;
  };
  std::vector<Begun> begun_;
};

}  // namespace tutti
