// Whom this peer's NAT or firewall lets in, found out with the help of neighbours (in the manner of RFC 5780,
// 4.4, with peers for servers):
//
//   Ada             Rita              Tess, of whom Ada knows nothing
//    |   Knock       |                 |
//    |-------------->|  Knock for Ada  |
//    |               |---------------->|
//    |<.. check, from another port ....|
//    |<............................. check
//    |   Knocked     |                 |
//    |<--------------|                 |
//
// What comes through tells: a stranger's check, that everybody is let in; only the one from another port of
// Rita's, that whom Ada has spoken to is; neither, that only who was spoken to at that very port is. Several
// neighbours are asked, and most of them are believed: one alone could have its checks sent by somebody Ada
// does know, or not at all.
//
// What somebody asks for makes two others send two packets of 52 bytes each, to where the neighbour itself
// sees who asks.
#pragma once

#include <map>
#include <optional>

#include "tutti/base/token_bucket.hpp"
#include "tutti/link/helpers.hpp"
#include "tutti/link/introductions.hpp"
#include "tutti/link/mesh.hpp"

namespace tutti {

/// To a neighbour: let checks come to where you see me, from another port and from somebody I do not know.
/// Or, with a place: send one there, for a neighbour of mine.
struct Knock {
  MeetingId number;
  CheckKey key{};
  std::optional<Endpoint> place{};
};
/// To who asked: what has been sent.
struct Knocked {
  MeetingId number;
  bool from_another_port = false;
  bool by_a_stranger = false;
};
template <>
struct MessageTraits<Knock> {
  static constexpr MessageId id{0x000b};
};
template <>
struct MessageTraits<Knocked> {
  static constexpr MessageId id{0x000c};
};

class FilteringDiscovery final : public Peerlet {
 public:
  /// Between two neighbours that are asked, in the mean.
  static constexpr Duration period = std::chrono::seconds(5);
  /// From asking a neighbour to judging what has come.
  static constexpr Duration patience = std::chrono::seconds(3);
  /// With so many judgements no more are asked for.
  static constexpr std::size_t helpers = 3;
  /// A neighbour is not asked again before.
  static constexpr Duration respite = std::chrono::minutes(1);
  /// A neighbour may ask for so much for itself,
  static constexpr RateLimit own_rate{.rate = 0.2, .burst = 8};
  /// and so much for all its neighbours. Whoever exceeds it would have them think that nobody is let in.
  static constexpr RateLimit others_rate{.rate = 2, .burst = 64};

  explicit FilteringDiscovery(RoutedSocket& socket) : socket_(socket) {}

  void init(Peer& peer) override;
  void find_others(Peer& peer) override;
  void start() override { ask_later(); }
  void stop() override;
  void link_down(PeerId peer) override;

  void asked(PeerId from, const Knock& message);
  void answered(PeerId from, const Knocked& message);
  static constexpr auto handlers = tutti::handlers<&FilteringDiscovery::asked, &FilteringDiscovery::answered>;

 private:
  /// What has come of what one neighbour was asked for.
  struct Question {
    MeetingId number;
    PeerId helper;
    Endpoint place;  ///< where the helper is
    std::optional<Knocked> answer{};
    bool another_port_heard = false;
    bool stranger_heard = false;
    bool acquaintance_heard = false;
  };

  void ask();
  void ask_later();
  void heard(const Endpoint& source);
  std::optional<Question> end_question();
  void judge();
  /// Somebody that is linked here, and not with `asker` as far as is known.
  std::optional<PeerId> stranger_to(PeerId asker);

  RoutedSocket& socket_;
  Peer* peer_ = nullptr;
  LinkManager* links_ = nullptr;
  Introductions* introductions_ = nullptr;
  Mesh* mesh_ = nullptr;  // if there is one
  std::optional<Question> question_;
  Helpers helpers_{respite};
  std::map<PeerId, TokenBucket> own_rates_;
  std::map<PeerId, TokenBucket> others_rates_;
  std::optional<Timer> asker_;
  std::optional<Timer> judge_;
};

}  // namespace tutti
