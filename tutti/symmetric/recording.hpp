// What a replay file holds, and how: the bytes of a recorded session.
//
// A recording is everything that leads to an application's states: which application it was, the state it
// began with unless that is the started one, and the events in the order in which they became known. To
// find out later whether a run of them is the run that was recorded, there are fingerprints of some ticks.
//
// It is written by appending only, so that a process may die at any moment: first a magic number and the
// version of the format, then chunks. A chunk is a header of 16 bytes (length of the content, a checksum of
// the length, a checksum of the content; all big-endian, XXH3) and one record, encoded as wire/codec.hpp
// says. A file that ends inside a chunk was cut off and is read up to there; since the length has a checksum
// of its own, a damaged chunk is never mistaken for that.
//
// A fingerprint tells the history it is of (fingerprint.hpp). One that was taken before a late event became
// known is of another past than the recording's last word: it is no lie, but says nothing any more.
//
// A peer that was away for long may take over others' foundation. Then what was recorded before does not lead
// to what follows: a recording begins at the last foundation in it.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tutti/base/bytes.hpp"
#include "tutti/symmetric/event.hpp"
#include "tutti/symmetric/fingerprint.hpp"

namespace tutti::symmetric {

inline constexpr std::uint32_t recording_format = 1;
/// Of one chunk's content: beyond it, a recording is damaged.
inline constexpr std::size_t chunk_bytes_max = 1 << 20;
/// A thousand ticks a second for two hundred years: no recording has a later one.
inline constexpr Tick recorded_tick_max{std::int64_t{1} << 43};

/// As the application says of itself (application.hpp).
struct RecordedApplication {
  std::string name;
  std::uint32_t version = 0;
  std::int32_t ticks_per_second = 0;

  bool operator==(const RecordedApplication&) const = default;
};

struct RecordedEvent {
  EventId id;
  Bytes event;  ///< as of encode_event(); whether it is one of the application, only that can tell

  bool operator==(const RecordedEvent&) const = default;
};

/// It was known already under another id: it is taken out again.
struct RecordedWithdrawal {
  EventId id;
};

/// The state a recording begins with, with all events up to its tick. See TimeMachine::Foundation.
struct RecordedFoundation {
  Tick tick;
  std::uint64_t history = 0;
  Bytes image;

  bool operator==(const RecordedFoundation&) const = default;
};

struct Recording {
  RecordedApplication application;
  std::optional<RecordedFoundation> foundation;  ///< nothing: the session's own beginning
  std::vector<RecordedEvent> events;             ///< as they became known
  std::vector<Fingerprint> fingerprints;
  /// Where the last whole chunk ends, if bytes follow that are none: the recording process died.
  std::optional<std::size_t> cut_off_at;

  bool operator==(const Recording&) const = default;
};

/// The last tick that something is known of.
[[nodiscard]] Tick last_tick(const Recording& recording);

/// Nobody vouches for the bytes; what the result takes is bounded by a small multiple of them. The error is a
/// sentence that names the byte where the damage begins.
[[nodiscard]] std::expected<Recording, std::string> read_recording(ByteView bytes);
/// The application alone, of which the first 4 KiB of a recording always tell.
[[nodiscard]] std::expected<RecordedApplication, std::string> read_recorded_application(ByteView bytes);
inline constexpr std::size_t recorded_application_bytes_max = 4096;

/// Gives a recording to a sink, piece by piece.
class RecordingWriter {
 public:
  /// Called with whole chunks, to be appended to what came before.
  using Sink = std::function<void(ByteView)>;

  RecordingWriter(Sink sink, const RecordedApplication& application);

  /// Ahead of the events after it; once more when the machine has taken over another one.
  void add(const RecordedFoundation& foundation);
  void add(const RecordedEvent& event);
  void add(const RecordedWithdrawal& withdrawal);
  void add(const Fingerprint& fingerprint);

 private:
  template <typename Content>
  void write(const Content& content);

  Sink sink_;
  Bytes content_;
  Bytes chunk_;
};

}  // namespace tutti::symmetric
