// The messages of one priority class on their way through a reliable stream: a queue with two marks, what has
// been handed to QUIC and what the other side has acknowledged. QUIC keeps pointers, not copies, and may ask
// for the same bytes again after a loss, so all bytes stay in place until they are acknowledged.
//
//   | acknowledged, gone |  sent, kept  |  unsent  |
//                        ^ front        ^ sent     ^ back
//
// The queue consists of pieces. Headers and small bodies are copied side by side into chunks; a large body
// stays in its envelope, which all receivers share. So a packet is made of two or three pieces, however small
// the messages. (With many pieces a packet, ngtcp2 0.12 also leaks memory when it repeats lost ones.)
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "tutti/base/require.hpp"
#include "tutti/base/time.hpp"
#include "tutti/wire/frame.hpp"
#include "tutti/wire/message.hpp"

namespace tutti {

class SendStream {
 public:
  static constexpr std::size_t chunk_bytes = 4096;
  /// Bodies up to a packet's size are copied.
  static constexpr std::size_t copied_bytes_max = 1400;
  /// What comes within so much of each other is taken to have come at once.
  static constexpr Duration mark_interval = std::chrono::milliseconds(10);

  void push(const Envelope& message, TimePoint now) {
    const auto body = message.body();
    if (!has_unsent()) marks_.clear();
    if (marks_.empty() || now - marks_.back().since >= mark_interval) marks_.push_back({pushed_total_, now});
    pushed_total_ += frame_header_bytes + body.size();
    append(frame_header(message.id(), body.size()));
    if (body.size() <= copied_bytes_max)
      append(body);
    else
      pieces_.push_back({.chunk = {}, .message = message});
    held_bytes_ += frame_header_bytes + body.size();
  }

  [[nodiscard]] bool has_unsent() const {
    return sent_pieces_ + 1 < pieces_.size() ||
           (sent_pieces_ < pieces_.size() && sent_bytes_ < pieces_[sent_pieces_].bytes().size());
  }
  /// Since when the oldest of what is unsent waits.
  [[nodiscard]] std::optional<TimePoint> waiting_since() const {
    return has_unsent() ? std::optional(marks_.front().since) : std::nullopt;
  }
  /// Everything pushed and not yet acknowledged, headers included.
  [[nodiscard]] std::size_t queue_bytes() const { return held_bytes_ - acknowledged_bytes_; }

  /// The beginning of what is unsent: as many pieces as `out` has room for. Returns how many. Their bytes
  /// stay in place until acknowledged() covers them.
  std::size_t unsent(std::span<ByteView> out) const {
    std::size_t count = 0;
    std::size_t skip = sent_bytes_;
    for (auto index = sent_pieces_; index < pieces_.size() && count < out.size(); ++index) {
      const auto rest = pieces_[index].bytes().subspan(skip);
      if (!rest.empty()) out[count++] = rest;
      skip = 0;
    }
    return count;
  }

  /// QUIC has taken the first `bytes` of what was unsent.
  void sent(std::size_t bytes) {
    sent_total_ += bytes;
    while (marks_.size() > 1 && marks_[1].begin <= sent_total_) marks_.pop_front();
    sent_bytes_ += bytes;
    // The last piece is never passed, for a chunk may still grow.
    while (sent_pieces_ + 1 < pieces_.size() && sent_bytes_ >= pieces_[sent_pieces_].bytes().size())
      sent_bytes_ -= pieces_[sent_pieces_++].bytes().size();
    require(bytes == 0 || sent_bytes_ <= pieces_[sent_pieces_].bytes().size(),
            "no more is sent than there was");
  }

  /// The other side has received `bytes` more, counted without gaps.
  void acknowledged(std::size_t bytes) {
    acknowledged_bytes_ += bytes;
    while (!pieces_.empty() && acknowledged_bytes_ >= pieces_.front().bytes().size()) {
      const auto size = pieces_.front().bytes().size();
      acknowledged_bytes_ -= size;
      held_bytes_ -= size;
      pieces_.pop_front();
      if (sent_pieces_ > 0)
        --sent_pieces_;
      else
        sent_bytes_ = 0;
    }
  }

 private:
  struct Piece {
    Bytes chunk;                      // never grows beyond its capacity, so that its bytes never move
    std::optional<Envelope> message;  // instead of a chunk
    [[nodiscard]] ByteView bytes() const { return message ? message->body() : ByteView(chunk); }
  };

  struct Mark {
    std::uint64_t begin = 0;  // of what came then, in all that was ever pushed
    TimePoint since;
  };

  void append(ByteView bytes) {
    if (pieces_.empty() || pieces_.back().message || pieces_.back().chunk.size() + bytes.size() > chunk_bytes)
      pieces_.emplace_back().chunk.reserve(chunk_bytes);
    auto& chunk = pieces_.back().chunk;
    chunk.insert(chunk.end(), bytes.begin(), bytes.end());
  }

  std::deque<Piece> pieces_;            // a deque, for its elements never move
  std::size_t sent_pieces_ = 0;         // the first of these are sent in full
  std::size_t sent_bytes_ = 0;          // and so much of the next
  std::size_t acknowledged_bytes_ = 0;  // of the first piece
  std::size_t held_bytes_ = 0;          // of all pieces
  std::deque<Mark> marks_;
  std::uint64_t pushed_total_ = 0;
  std::uint64_t sent_total_ = 0;
};

}  // namespace tutti
