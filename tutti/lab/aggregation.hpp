// What a whole network measures, gathered by the network itself up a tree to any peer that asks: nobody
// collects for the others, and a peer answers with one message however many are behind it.
//
//   aggregation.ask(Scope::totals, [](const Measures& measures, std::uint32_t peers_heard) { ... });
//
// How it works is told in gathering.hpp. Each peer has a recorder of its own (Peer::measure()); one that has
// none passes on what others say.
//
// A peer that dies and starts again could be heard in both of its lives. So who has lived for less than a
// question may take passes it on and says nothing itself: a young network is not heard before `timeout`.
//
// What a hostile neighbour can do: ask (a few questions a second are passed on, the rest is dropped; enough
// of such neighbours keep honest questions from being heard), keep back the answers of those who heard of a
// question through it first, and lie about itself and them: numbers within the limits of check() are
// believed. It cannot make messages or memory grow beyond their limits, nor speak for those who have another
// parent.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "tutti/base/token_bucket.hpp"
#include "tutti/lab/gathering.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti::lab {

enum class Scope : std::uint8_t {
  totals,       ///< since each peer's start
  last_window,  ///< the last whole window of each peer: see AggregationOptions::window
  window,       ///< the window of a certain number, of peers that have a Source which keeps them
};

/// Names a question: drawn at random, so that nobody can take its name before it is asked.
using QuestionId = Strong<struct QuestionIdTag, std::uint64_t>;

struct AggregationQuestion {
  QuestionId id;
  Scope scope{};
  Duration timeout{};        ///< of the whole question
  Duration patience{};       ///< for how long the sender waits for the receiver's answer
  std::uint32_t window = 0;  ///< which, for Scope::window
};
struct AggregationAnswer {
  QuestionId id;
  Contribution contribution;
};

}  // namespace tutti::lab

namespace tutti {

template <>
struct WireEnum<lab::Scope> {
  static constexpr lab::Scope last = lab::Scope::window;
};
template <>
struct MessageTraits<lab::AggregationQuestion> {
  static constexpr MessageId id{0x0070};
};
template <>
struct MessageTraits<lab::AggregationAnswer> {
  static constexpr MessageId id{0x0071};
};

}  // namespace tutti

namespace tutti::lab {

struct AggregationOptions {
  /// How often this peer takes a window from its recorder; nobody else may take them then.
  Duration window = std::chrono::seconds(10);
  /// How long a question of this peer may take when something is lost. With `hop` it bounds how deep the tree
  /// can be: here 40 hops.
  Duration timeout = std::chrono::seconds(10);
  /// For the way of a question to a neighbour and of the answer back.
  Duration hop = std::chrono::milliseconds(250);
  /// Others' questions with a longer timeout are a broken rule.
  Duration timeout_max = std::chrono::seconds(60);
  /// Questions from one neighbour; those beyond are not heard.
  RateLimit neighbour_limit{.rate = 2, .burst = 20};
  /// Questions under way; further ones are not heard.
  std::size_t gatherings_max = 16;
  /// Questions remembered so as not to hear them twice; further ones are not heard.
  std::size_t questions_max = 1024;
};

class Aggregation final : public Peerlet {
 public:
  /// `peers_heard` counts the asker too.
  using Handler = std::move_only_function<void(const measure::Measures&, std::uint32_t peers_heard)>;

  /// What this peer says of itself, if not what its recorder holds; nothing if it is silent and not counted.
  using Source = std::function<std::optional<measure::Measures>(Scope, std::uint32_t window)>;

  explicit Aggregation(AggregationOptions options = {}) : options_(options) {}
  /// Leaves the recorder alone: whoever knows what to say decides from when on, too.
  Aggregation(AggregationOptions options, Source source) : options_(options), source_(std::move(source)) {}

  /// Asks everybody; the handler is called once, later, at most `timeout` from now, and never if the peer
  /// stops before. False, and nothing is asked, if gatherings_max are under way.
  bool ask(Scope scope, Handler handler) { return ask(scope, 0, std::move(handler)); }
  bool ask_window(std::uint32_t window, Handler handler) {
    return ask(Scope::window, window, std::move(handler));
  }
  /// This peer's own last window; nothing before the first has ended or without a recorder.
  [[nodiscard]] const std::optional<measure::Window>& last_window() const { return last_window_; }

  void init(Peer& peer) override;
  void start() override;
  void stop() override;
  void link_up(PeerId neighbour) override;
  void link_down(PeerId neighbour) override;

  void question_received(PeerId from, const AggregationQuestion& question);
  void answer_received(PeerId from, const AggregationAnswer& answer);
  static constexpr auto handlers =
      tutti::handlers<&Aggregation::question_received, &Aggregation::answer_received>;

 private:
  bool ask(Scope scope, std::uint32_t window, Handler handler);

  struct UnderWay {
    Gathering gathering;
    Handler handler{};  // if this peer asked
  };

  void begin(const AggregationQuestion& question, std::optional<PeerId> parent, Patience patience,
             Handler handler);
  [[nodiscard]] std::optional<measure::Measures> own_measures(const AggregationQuestion& question) const;
  [[nodiscard]] Contribution own_contribution(const AggregationQuestion& question) const;
  /// Answers what is complete or due, forgets what is old, and sleeps until there is more to do.
  void settle();
  void conclude(QuestionId id);
  void end_window();

  AggregationOptions options_;
  Source source_;
  Peer* peer_ = nullptr;
  TimePoint born_;
  std::optional<Timer> settle_timer_;
  std::optional<Timer> window_timer_;
  std::optional<measure::Window> last_window_;
  std::map<PeerId, TokenBucket> neighbours_;
  std::map<QuestionId, UnderWay> under_way_;
  std::map<QuestionId, TimePoint> heard_;  // and when to forget it
};

}  // namespace tutti::lab
