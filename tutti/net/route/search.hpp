// The search for a direct way to one peer: which of the places where it may be is checked when (RFC 8445,
// 6.1.4), and what came of it. A pure function of what it is told.
//
// All candidates are checked side by side, begun one shortly after the other and repeated with growing pauses
// while none of them answers: the first packets of a punch are lost by design, for they only open the way for
// the other side's. Whatever place a genuine request comes from is a candidate from then on (RFC 8445,
// 7.3.1.3, "peer-reflexive") and checked at once: that is how a port which a symmetric NAT has chosen
// becomes known.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tutti/base/time.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/net/route/candidate_pair.hpp"

namespace tutti {

class Search {
 public:
  /// Between the first checks of two candidates.
  static constexpr Duration stagger = std::chrono::milliseconds(2);
  /// Between the first two checks of a candidate; doubled after each until `pause_max`.
  static constexpr Duration pause_min = std::chrono::milliseconds(50);
  static constexpr Duration pause_max = std::chrono::milliseconds(1600);
  /// For how long candidates are checked that do not answer.
  static constexpr Duration patience = std::chrono::seconds(5);
  /// The same once another has answered: a better way shows itself soon.
  static constexpr Duration patience_once_found = std::chrono::seconds(1);
  /// More are not considered: whatever somebody names is sent eight small packets, and some more if the
  /// search is prolonged.
  static constexpr std::size_t named_max = 8;
  /// The same of those that are known only because a request has come from there. They have room of their
  /// own, so that what is named cannot take it from them.
  static constexpr std::size_t seen_max = 8;
  /// To a place that nobody has named, for each request that has come from there: together with the response
  /// no more than three times what has come, for the source of a request proves nothing yet.
  static constexpr std::uint32_t checks_per_request = 2;

  /// What came of one candidate.
  struct Candidate {
    enum class Origin : std::uint8_t { named, seen } origin{};  ///< whether a request has come from there
    CandidatePair pair;
    TimePoint next;  ///< when it is checked again
    Duration pause{};
    std::uint32_t checks = 0;
    std::uint32_t checks_max = 0;  ///< more only when it is heard from again
    std::optional<Duration> round_trip{};

    /// It may be checked, later or now.
    [[nodiscard]] bool open() const;
  };

  /// `named`: where the peer says that it may be, the likeliest first.
  Search(std::span<const Endpoint> named, TimePoint now);

  /// The peer names more places, or the same again.
  void add(std::span<const Endpoint> named, TimePoint now);
  /// A genuine request has come from there, to that socket.
  void heard_from(const CandidatePair& pair, TimePoint now);
  /// A check of that candidate has been answered. False if it is none.
  bool answered(const CandidatePair& pair, Duration round_trip, TimePoint now);
  /// It is not given up before: something else may still bring about a request.
  void prolong(TimePoint end) { end_ = std::max(end_, end); }

  /// When next() has something again; TimePoint::max() if nothing is left to check.
  [[nodiscard]] TimePoint next_at() const;
  /// A candidate that is to be checked now, counted as checked.
  std::optional<CandidatePair> next(TimePoint now);

  [[nodiscard]] bool found() const { return found_at_.has_value(); }
  /// A candidate of that socket may be checked again.
  [[nodiscard]] bool needs(SocketNumber socket) const;
  [[nodiscard]] const std::vector<Candidate>& candidates() const { return candidates_; }
  /// What was tried and what came of it, a sentence for people.
  [[nodiscard]] std::string trace() const;

 private:
  Candidate* find(const CandidatePair& pair);
  [[nodiscard]] std::size_t count(Candidate::Origin origin) const;
  [[nodiscard]] TimePoint end() const;

  TimePoint end_;
  std::optional<TimePoint> found_at_;
  std::vector<Candidate> candidates_;
};

}  // namespace tutti
