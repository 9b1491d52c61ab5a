#include "tutti/symmetric/recording.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include "tutti/base/big_endian.hpp"
#include "tutti/base/hash.hpp"
#include "tutti/base/require.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::symmetric {
namespace {

// The first byte is no text's, and the last two show whether somebody has changed the ends of lines.
constexpr std::array<std::uint8_t, 8> magic{0x89, 't', 'u', 't', 't', 'i', '\r', '\n'};
constexpr std::size_t head_bytes = magic.size() + 4;
constexpr std::size_t chunk_header_bytes = 16;
constexpr std::size_t image_part_bytes = 256 * 1024;
constexpr std::size_t name_bytes_max = 1024;
static_assert(event_bytes_max + 1024 < chunk_bytes_max && image_part_bytes + 64 < chunk_bytes_max);
static_assert(head_bytes + chunk_header_bytes + name_bytes_max + 64 <= recorded_application_bytes_max);

// The image follows in parts, in order.
struct ImageBegin {
  Tick tick;
  std::uint64_t history = 0;
  std::uint64_t image_bytes = 0;
};
struct ImagePart {
  Bytes bytes;
};
using Record =
    std::variant<RecordedApplication, ImageBegin, ImagePart, RecordedEvent, Fingerprint, RecordedWithdrawal>;

void append_big_endian(std::uint64_t value, std::size_t bytes, Bytes& out) {
  out.resize(out.size() + bytes);
  write_big_endian(value, std::span(out).last(bytes));
}
std::uint64_t low_half(std::uint64_t hash) {
  return hash & 0xffff'ffff;
}

// The chunks of a file, one after the other.
class Chunks {
 public:
  explicit Chunks(ByteView bytes) : bytes_(bytes) {}

  std::expected<void, std::string> open() {
    if (bytes_.size() < magic.size() || !std::ranges::equal(bytes_.first(magic.size()), magic))
      return std::unexpected("this is no replay file");
    if (bytes_.size() < head_bytes) return std::unexpected("the replay file ends before its first chunk");
    if (const auto format = read_big_endian(bytes_.subspan(magic.size(), 4)); format != recording_format)
      return std::unexpected(fmt::format(
          "the replay file is of another version of tutti: its format is {}, this one reads format {}",
          format, recording_format));
    at_ = head_bytes;
    return {};
  }

  /// The next record; nothing at the end, which may be a cut.
  std::expected<std::optional<Record>, std::string> next() {
    begin_ = at_;
    const ByteView left = bytes_.subspan(at_);
    if (left.size() < chunk_header_bytes) return std::nullopt;
    const ByteView length_field = left.first(4);
    const std::size_t length = read_big_endian(length_field);
    if (low_half(hash_bytes(length_field)) != read_big_endian(left.subspan(4, 4)))
      return damaged("the length of the chunk does not match its checksum");
    if (length > chunk_bytes_max) return damaged("the chunk is longer than chunks are");
    if (left.size() - chunk_header_bytes < length) return std::nullopt;
    const ByteView content = left.subspan(chunk_header_bytes, length);
    if (hash_bytes(content) != read_big_endian(left.subspan(8, 8)))
      return damaged("the content of the chunk does not match its checksum");
    auto record = decode<Record>(content);
    if (!record) return damaged(describe(record.error()));
    at_ += chunk_header_bytes + length;
    return *std::move(record);
  }

  /// About the last record.
  [[nodiscard]] std::unexpected<std::string> damaged(std::string_view why) const {
    return std::unexpected(fmt::format("the replay file is damaged at byte {}: {}", begin_, why));
  }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool cut_off() const { return at_ < bytes_.size(); }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
};

std::expected<RecordedApplication, std::string> application_of(Chunks& chunks) {
  auto record = chunks.next();
  if (!record) return std::unexpected(record.error());
  if (!*record) return std::unexpected("the replay file ends before it says of which application it is");
  auto* application = std::get_if<RecordedApplication>(&**record);
  if (application == nullptr) return chunks.damaged("the first chunk does not name the application");
  if (application->name.empty() || application->name.size() > name_bytes_max)
    return chunks.damaged("the application's name is empty or too long");
  if (application->ticks_per_second < 1 || application->ticks_per_second > ticks_per_second_max)
    return chunks.damaged("the application has an impossible number of ticks a second");
  return std::move(*application);
}

bool possible(Tick tick) {
  return tick >= Tick(0) && tick <= recorded_tick_max;
}

/// Puts the records after the first one together. Returns what is wrong with one.
class Collector {
 public:
  explicit Collector(Recording& recording) : recording_(recording) {}

  std::optional<std::string_view> take(RecordedApplication&) { return "the application is named twice"; }

  std::optional<std::string_view> take(ImageBegin& begin) {
    if (incomplete_) return "a foundation begins within another one";
    if (!possible(begin.tick)) return "a foundation is of an impossible tick";
    incomplete_.emplace(RecordedFoundation{begin.tick, begin.history, {}});
    bytes_missing_ = begin.image_bytes;
    complete_foundation();
    return std::nullopt;
  }
  std::optional<std::string_view> take(ImagePart& part) {
    if (!incomplete_ || part.bytes.empty() || part.bytes.size() > bytes_missing_)
      return "a part of a foundation stands where none belongs";
    incomplete_->image.insert(incomplete_->image.end(), part.bytes.begin(), part.bytes.end());
    bytes_missing_ -= part.bytes.size();
    complete_foundation();
    return std::nullopt;
  }
  std::optional<std::string_view> take(RecordedEvent& event) {
    if (incomplete_) return "a foundation is incomplete";
    if (!possible(event.id.tick)) return "an event is due at an impossible tick";
    recording_.events.push_back(std::move(event));
    return std::nullopt;
  }
  std::optional<std::string_view> take(const RecordedWithdrawal& withdrawal) {
    if (incomplete_) return "a foundation is incomplete";
    std::erase_if(recording_.events, [&](const auto& event) { return event.id == withdrawal.id; });
    return std::nullopt;
  }
  std::optional<std::string_view> take(const Fingerprint& fingerprint) {
    if (incomplete_) return "a foundation is incomplete";
    if (!possible(fingerprint.tick)) return "a fingerprint is of an impossible tick";
    recording_.fingerprints.push_back(fingerprint);
    return std::nullopt;
  }

  /// A later foundation that was cut off leaves what was there before; the first one leaves nothing.
  [[nodiscard]] bool begins_incomplete() const {
    return incomplete_ && !recording_.foundation && recording_.events.empty() &&
           recording_.fingerprints.empty();
  }

 private:
  void complete_foundation() {
    if (bytes_missing_ > 0) return;
    const Tick tick = incomplete_->tick;
    std::erase_if(recording_.events, [&](const auto& event) { return event.id.tick <= tick; });
    std::erase_if(recording_.fingerprints, [&](const auto& fingerprint) { return fingerprint.tick < tick; });
    recording_.foundation = std::move(incomplete_);
    incomplete_.reset();
  }

  Recording& recording_;
  std::optional<RecordedFoundation> incomplete_;
  std::uint64_t bytes_missing_ = 0;
};

}  // namespace

Tick last_tick(const Recording& recording) {
  Tick last = recording.foundation ? recording.foundation->tick : Tick(0);
  for (const auto& event : recording.events) last = std::max(last, event.id.tick);
  for (const auto& fingerprint : recording.fingerprints) last = std::max(last, fingerprint.tick);
  return last;
}

std::expected<RecordedApplication, std::string> read_recorded_application(ByteView bytes) {
  Chunks chunks(bytes);
  if (auto opened = chunks.open(); !opened) return std::unexpected(opened.error());
  return application_of(chunks);
}

std::expected<Recording, std::string> read_recording(ByteView bytes) {
  Chunks chunks(bytes);
  if (auto opened = chunks.open(); !opened) return std::unexpected(opened.error());
  auto application = application_of(chunks);
  if (!application) return std::unexpected(application.error());
  Recording recording{.application = *std::move(application),
                      .foundation = {},
                      .events = {},
                      .fingerprints = {},
                      .cut_off_at = {}};
  Collector collector(recording);
  for (;;) {
    auto record = chunks.next();
    if (!record) return std::unexpected(record.error());
    if (!*record) break;
    const auto wrong = std::visit([&](auto& content) { return collector.take(content); }, **record);
    if (wrong) return chunks.damaged(*wrong);
  }
  if (collector.begins_incomplete())
    return std::unexpected("the replay file ends within the state that it begins with");
  if (chunks.cut_off()) recording.cut_off_at = chunks.at();
  return recording;
}

RecordingWriter::RecordingWriter(Sink sink, const RecordedApplication& application) : sink_(std::move(sink)) {
  require(application.name.size() <= name_bytes_max, "an application's name is at most 1024 bytes long");
  Bytes head(magic.begin(), magic.end());
  append_big_endian(recording_format, 4, head);
  sink_(head);
  write(application);
}

void RecordingWriter::add(const RecordedFoundation& foundation) {
  write(ImageBegin{foundation.tick, foundation.history, foundation.image.size()});
  ByteView left = foundation.image;
  while (!left.empty()) {
    const ByteView part = left.first(std::min(left.size(), image_part_bytes));
    write(ImagePart{Bytes(part.begin(), part.end())});
    left = left.subspan(part.size());
  }
}
void RecordingWriter::add(const RecordedEvent& event) {
  write(event);
}
void RecordingWriter::add(const RecordedWithdrawal& withdrawal) {
  write(withdrawal);
}
void RecordingWriter::add(const Fingerprint& fingerprint) {
  write(fingerprint);
}

template <typename Content>
void RecordingWriter::write(const Content& content) {
  content_.clear();
  encode(Record(content), content_);
  chunk_.clear();
  append_big_endian(content_.size(), 4, chunk_);
  append_big_endian(low_half(hash_bytes(chunk_)), 4, chunk_);
  append_big_endian(hash_bytes(content_), 8, chunk_);
  chunk_.insert(chunk_.end(), content_.begin(), content_.end());
  sink_(chunk_);
}

}  // namespace tutti::symmetric
