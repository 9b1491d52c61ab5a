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
//
// Bytes that are in a piece are sent. So messages that may expire, and all that come after them, wait as
// messages until they are about to be sent, a packet's worth at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>

#include <boost/container/devector.hpp>

#include "tutti/base/require.hpp"
#include "tutti/base/time.hpp"
#include "tutti/net/expiring_queue.hpp"
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

  void push(const Envelope& message, TimePoint now, TimePoint useful_until = TimePoint::max()) {
    if (!waiting_ && useful_until == TimePoint::max()) return frame(message, now);
    if (!waiting_) waiting_ = std::make_unique<ExpiringQueue>();
    waiting_bytes_ += frame_bytes(message);
    waiting_->push({message, {}, now, useful_until});
  }
  /// Drops what has expired. Returns how many messages.
  std::size_t expire(TimePoint now) {
    if (!waiting_) return 0;
    std::size_t count = 0;
    waiting_->expire(now, [&](const ExpiringQueue::Waiting& expired) {
      waiting_bytes_ -= frame_bytes(expired.message);
      ++count;
    });
    if (waiting_->empty()) waiting_.reset();
    return count;
  }
  /// When expire() has something to do: TimePoint::max() if that is never.
  [[nodiscard]] TimePoint next_expiry() const {
    return waiting_ ? waiting_->next_expiry() : TimePoint::max();
  }

  [[nodiscard]] bool has_unsent() const { return waiting_ || framed_total_ > sent_total_; }
  /// Since when the oldest of what is unsent waits.
  [[nodiscard]] std::optional<TimePoint> waiting_since() const {
    if (framed_total_ > sent_total_) return marks_.front().since;
    return waiting_ ? std::optional(waiting_->front().since) : std::nullopt;
  }
  /// Everything pushed and neither acknowledged nor dropped, headers included.
  [[nodiscard]] std::size_t queue_bytes() const { return held_bytes_ - acknowledged_bytes_ + waiting_bytes_; }
  /// The part of it that is unsent.
  [[nodiscard]] std::size_t unsent_bytes() const {
    return static_cast<std::size_t>(framed_total_ - sent_total_) + waiting_bytes_;
  }

  /// Has at least `bytes` of what is unsent ready for unsent(), as far as there are.
  void prepare(std::size_t bytes) {
    while (waiting_ && framed_total_ - sent_total_ < bytes) {
      const auto next = waiting_->take();
      waiting_bytes_ -= frame_bytes(next.message);
      if (waiting_->empty()) waiting_.reset();
      frame(next.message, next.since);
    }
  }
  /// The beginning of what is unsent and ready: as many pieces as `out` has room for. Returns how many. Their
  /// bytes stay in place until acknowledged() covers them.
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
    std::uint64_t begin = 0;  // of what came then, in all that was ever framed
    TimePoint since;
  };

  static std::size_t frame_bytes(const Envelope& message) {
    return frame_header_bytes + message.body().size();
  }

  void frame(const Envelope& message, TimePoint since) {
    const auto body = message.body();
    if (framed_total_ == sent_total_) marks_.clear();
    if (marks_.empty() || since - marks_.back().since >= mark_interval)
      marks_.push_back({framed_total_, since});
    framed_total_ += frame_bytes(message);
    append(frame_header(message.id(), body.size()));
    if (body.size() <= copied_bytes_max)
      append(body);
    else
      pieces_.push_back({.chunk = {}, .message = message});
    held_bytes_ += frame_bytes(message);
  }

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
  boost::container::devector<Mark> marks_;
  std::uint64_t framed_total_ = 0;
  std::uint64_t sent_total_ = 0;
  std::unique_ptr<ExpiringQueue> waiting_;  // never empty
  std::size_t waiting_bytes_ = 0;           // of its frames
};

}  // namespace tutti
