#include "natlab/impaired_cable.hpp"

#include <cerrno>
#include <future>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tutti::natlab {
namespace {

/// An Ethernet frame of 1500 bytes of IP, with room to spare.
constexpr std::size_t frame_bytes_max = 2048;
/// Taken in a row, so that the other direction gets its turn.
constexpr std::size_t frames_per_turn = 64;
/// What may wait in a device until it is taken; the kernel gives it such a queue.
constexpr std::size_t frames_waiting_max = 1000;

/// The device lives as long as the descriptor.
int open_device(const ImpairedCable::End& end) {
  return end.space.inside([&] {
    Descriptor device(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
    ifreq request{};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    end.device.copy(request.ifr_name, IFNAMSIZ - 1);
    if (device.get() < 0 || ::ioctl(device.get(), TUNSETIFF, &request) != 0)
      throw std::system_error(errno, std::generic_category(), "no TAP device");
    return device.release();
  });
}

}  // namespace

ImpairedCable::ImpairedCable(const End& one, const End& other, NetworkModelPtr model, std::uint64_t seed)
    : seed_(seed),
      begun_(real_now()),
      model_(std::move(model)),
      directions_{Direction{.source{runtime_.io(), open_device(one)},
                            .delivery{runtime_, [this] { deliver_due(0); }}},
                  Direction{.source{runtime_.io(), open_device(other)},
                            .delivery{runtime_, [this] { deliver_due(1); }}}} {
  for (std::size_t direction = 0; direction < directions_.size(); ++direction) wait(direction);
  thread_ = std::thread([this] { runtime_.run(); });
}

ImpairedCable::~ImpairedCable() {
  runtime_.stop();
  thread_.join();
}

void ImpairedCable::set_model(NetworkModelPtr model) {
  std::promise<void> done;
  runtime_.post([&] {
    for (std::size_t direction = 0; direction < directions_.size(); ++direction)
      take_at_most(frames_waiting_max, direction);  // what was sent before
    model_ = std::move(model);
    done.set_value();
  });
  done.get_future().wait();
}

void ImpairedCable::wait(std::size_t direction) {
  directions_[direction].source.async_wait(boost::asio::posix::descriptor_base::wait_read,
                                           [this, direction](const boost::system::error_code& cancelled) {
                                             if (cancelled) return;
                                             take_at_most(frames_per_turn, direction);
                                             wait(direction);
                                           });
}

void ImpairedCable::take_at_most(std::size_t frames, std::size_t direction) {
  std::array<std::uint8_t, frame_bytes_max> frame;
  for (std::size_t taken = 0; taken < frames; ++taken) {
    const auto size = ::read(directions_[direction].source.native_handle(), frame.data(), frame.size());
    if (size <= 0) return;
    take(direction, ByteView(frame).first(static_cast<std::size_t>(size)));
  }
}

void ImpairedCable::take(std::size_t direction, ByteView frame) {
  auto& [source, path, under_way, delivery] = directions_[direction];
  const TimePoint now = runtime_.now();
  const auto arrivals = path.take(
      *model_, seed_,
      {.source = direction, .target = 1 - direction, .bytes = frame.size(), .sent = TimePoint(now - begun_)});
  if (!arrivals) return;
  for (const Duration delay : *arrivals) {
    if (delay == Duration::zero()) {
      put(direction, frame);
    } else if (under_way.size() < frames_max) {
      under_way.emplace(now + delay, Bytes(frame.begin(), frame.end()));
      delivery.arm_at(under_way.begin()->first);
    }
  }
}

void ImpairedCable::deliver_due(std::size_t direction) {
  auto& [source, path, under_way, delivery] = directions_[direction];
  const TimePoint now = runtime_.now();
  while (!under_way.empty() && under_way.begin()->first <= now)
    put(direction, under_way.extract(under_way.begin()).mapped());
  if (!under_way.empty()) delivery.arm_at(under_way.begin()->first);
}

/// A device that is down, or whose queue is full, loses it, as a cable does.
void ImpairedCable::put(std::size_t direction, ByteView frame) {
  static_cast<void>(!::write(directions_[1 - direction].source.native_handle(), frame.data(), frame.size()));
}

}  // namespace tutti::natlab
