// A live session of an application, for any main loop:
//
//   auto session = LiveSession<Rectangle>::open({.links = {...}, .name = "Ada"});
//   if (!session) ...                       // session.error() says why
//   for (;;) {                              // once a frame
//     (*session)->submit(Rectangle::Pause{});     // whenever the user does something
//     (*session)->frame();
//     draw((*session)->state());
//   }
//
// All calls on one thread, the application's. The network has its own.
#pragma once

#include <memory>
#include <utility>

#include "tutti/live/live_peer.hpp"
#include "tutti/live/recording_file.hpp"
#include "tutti/symmetric/application.hpp"
#include "tutti/symmetric/replica.hpp"
#include "tutti/symmetric/slice.hpp"

namespace tutti {

template <typename App>
class LiveSession {
  static_assert(symmetric::check_application<App>());

 public:
  using Event = App::Event;
  using State = App::State;

  /// Opens the socket and joins. The error is a sentence.
  static std::expected<std::unique_ptr<LiveSession>, std::string> open(
      const LiveOptions& options, const symmetric::ReplicaOptions& replica = {}) {
    symmetric::RecordingWriter::Sink recording;
    if (!options.record.empty()) {
      auto sink = recording_sink(options.record, options.log);
      if (!sink) return std::unexpected(sink.error());
      recording = *std::move(sink);
    }
    auto peer = LivePeer::open(
        options, {.network = symmetric::network_name<App>(),
                  .build = std::string(symmetric::build_name<App>()),
                  .ticks_per_second = symmetric::ticks_per_second<App>(),
                  .is_event = [](ByteView bytes) { return symmetric::decode_event<App>(bytes).has_value(); },
                  .is_image = symmetric::is_image_of<App>});
    if (!peer) return std::unexpected(peer.error());
    auto replica_options = replica;
    replica_options.watches = (*peer)->watches();
    std::unique_ptr<LiveSession> session(new LiveSession(*std::move(peer), replica_options));
    if (recording) session->replica_.record(std::move(recording));
    return session;
  }
  /// Ends the recording, if there is one.
  ~LiveSession() { replica_.end_recording(); }
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  /// What the user did; everybody applies it when it is due. Fails where he only watches.
  std::expected<void, symmetric::EventError> submit(const Event& event) { return replica_.submit(event); }

  /// How far ahead what the user does is stamped, from now on.
  void choose_deadline(symmetric::DeadlinePolicy policy) { replica_.choose_deadline(policy); }

  /// Takes in what has arrived and goes to the tick that is due, for at most `budget`: what is left of a long
  /// replay goes on at the next frame, and until then the old state is shown.
  void frame(Duration budget = std::chrono::milliseconds(8)) {
    const TimePoint begin = real_now();
    for (std::size_t i = 0; i < messages_per_frame_max; ++i) {
      auto message = peer_->receive();
      if (!message) break;
      replica_.receive(*std::move(message));
    }
    symmetric::advance_for(budget - (real_now() - begin), replica_, slice_, real_now);
  }

  /// The moment from which frame() has a new tick to run.
  [[nodiscard]] TimePoint next_tick_at() const {
    const TimePoint now = real_now();
    return replica_.behind(now) ? now : replica_.next_tick_at().value_or(now + look_again);
  }

  /// Tells `audience` of the application's effects, in frame(). See symmetric/effects.hpp.
  void set_audience(symmetric::EffectAudience<symmetric::EffectOf<App>> audience) {
    replica_.set_audience(std::move(audience));
  }

  [[nodiscard]] const State& state() const { return replica_.state(); }
  [[nodiscard]] const symmetric::Replica<App>& replica() const { return replica_; }
  [[nodiscard]] LivePeer& peer() { return *peer_; }

 private:
  static constexpr std::size_t messages_per_frame_max = 100'000;
  /// While others are waited for, what ends the waiting is among what has arrived.
  static constexpr Duration look_again = std::chrono::milliseconds(5);

  LiveSession(std::unique_ptr<LivePeer> peer, const symmetric::ReplicaOptions& options)
      : peer_(std::move(peer)),
        replica_([this](symmetric::ToSession message) { peer_->send(std::move(message)); }, options) {}

  std::unique_ptr<LivePeer> peer_;
  symmetric::Replica<App> replica_;
  symmetric::Slice slice_;
};

}  // namespace tutti
