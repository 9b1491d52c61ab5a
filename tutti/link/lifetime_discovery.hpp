// How long this peer's NAT remembers a mapping that nothing uses (RFC 4787, 4.3), found out with a
// neighbour's help (in the manner of RFC 5780, 4.6, with peers for servers); and how often the links
// therefore have to say something.
//
//   Ada, from another port            Rita
//    | check ...........................>|
//    |<........................... check |   at once: Rita can be reached from there
//    | check ...........................>|   the NAT knows by now that this is no single question
//    |<........................... check |
//    |                                   |   silence
//    |<........................... check |   the mapping is still there, or nothing comes
//
// That silence is 20 s first, and twice as long as long as the mapping outlives it. Nobody can pretend that
// it does, for the check has to come through; a neighbour that does not answer, or a packet that is lost,
// makes it seem shorter, so it takes two failures to believe them.
//
// A neighbour that has the same NAT in front of it, or is behind one that lets no stranger's port in, is no
// help. Where there is no other, links go on to be kept alive as if mappings were short-lived. Where nothing
// stands between this peer and strangers, there is nothing to be tried.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>

#include "tutti/link/helpers.hpp"
#include "tutti/link/introductions.hpp"

namespace tutti {

/// To a neighbour: checks will come to you from another port of mine. Answer each at once, and once more when
/// there has been none for so long.
struct Linger {
  MeetingId number;
  CheckKey key{};
  Duration silence{};
};
template <>
struct MessageTraits<Linger> {
  static constexpr MessageId id{0x000e};
};

class LifetimeDiscovery final : public Peerlet, private DatagramHandler {
 public:
  /// What is tried, one after the other.
  static constexpr std::array<Duration, 3> silences{std::chrono::seconds(20), std::chrono::seconds(40),
                                                    std::chrono::seconds(80)};
  /// Between two looks whether something is to be tried, in the mean.
  static constexpr Duration period = std::chrono::seconds(5);
  /// A neighbour is not asked again before.
  static constexpr Duration respite = std::chrono::seconds(30);
  /// So many failures of the same silence are believed.
  static constexpr int failures_believed = 2;
  /// What this peer does for others: for so many neighbours at once, and each waits no longer than this.
  static constexpr std::size_t served_max = 16;
  static constexpr Duration silence_max = std::chrono::minutes(5);
  /// Checks of one neighbour's that are answered.
  static constexpr int answers_max = 8;

  explicit LifetimeDiscovery(RoutedSocket& socket) : socket_(socket) {}

  /// After how much silence links say something behind a NAT whose mappings have outlived this much: soon
  /// enough for a sign of life that is lost to be repeated in time. Nothing if none has been tried.
  [[nodiscard]] static std::optional<Duration> keep_alive(Duration outlived);

  void init(Peer& peer) override;
  void find_others(Peer& peer) override;
  void start() override { look_later(); }
  void stop() override;
  void link_down(PeerId peer) override;

  void asked(PeerId from, const Linger& message);
  static constexpr auto handlers = tutti::handlers<&LifetimeDiscovery::asked>;

 private:
  /// One silence, tried with one neighbour.
  struct Trial {
    Endpoint place;  ///< where the helper is
    Endpoint seen;   ///< where this peer was seen when it began
    MeetingId number;
    CheckKey key;
    Duration silence;
    std::unique_ptr<DatagramSocket> socket;
    int requests = 0;
    TimePoint last_request{};
    bool answered = false;
    bool disturbed = false;  ///< something came in between: the mapping was not left alone
    bool outlived = false;
  };
  /// What a neighbour has asked for.
  struct Served {
    Served(Runtime& runtime, std::move_only_function<void()> over) : timer(runtime, std::move(over)) {}
    MeetingId number;
    CheckKey key;
    Duration silence{};
    std::optional<Endpoint> source{};
    int answers = 0;
    Timer timer;
  };

  void look();
  void look_later();
  /// Strangers reach this peer at its own address: nothing is there that could forget.
  [[nodiscard]] bool in_the_open() const;
  [[nodiscard]] std::optional<Duration> next_silence() const;
  void try_out(Duration silence);
  void step();
  void request();
  void judge();
  void datagrams_received(std::span<const Datagram> datagrams) override;
  void requested(PeerId from, const Endpoint& source);
  void silence_over(PeerId from);
  void end_serving(PeerId from);

  RoutedSocket& socket_;
  Peer* peer_ = nullptr;
  LinkManager* links_ = nullptr;
  Introductions* introductions_ = nullptr;
  std::optional<Duration> keep_alive_;  // as the links were told
  std::optional<Trial> trial_;
  Helpers helpers_{respite};
  std::map<PeerId, Served> served_;
  std::optional<Timer> looker_;
  std::optional<Timer> stepper_;
};

}  // namespace tutti
