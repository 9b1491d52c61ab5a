#include "tutti/live/network_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tutti/live/interfaces.hpp"

namespace tutti {
namespace {

constexpr std::uint32_t groups =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
/// Messages per turn: the other sockets and timers of the runtime get theirs in between.
constexpr int messages_per_turn = 64;

Duration reading(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Duration slept() {
  return reading(CLOCK_BOOTTIME) - reading(CLOCK_MONOTONIC);
}

std::expected<std::unique_ptr<NetworkWatch>, std::string> NetworkWatch::open(
    RealRuntime& runtime, Changed changed, std::function<Duration()> slept) {
  const int descriptor = ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (descriptor >= 0 && ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return std::unique_ptr<NetworkWatch>(
        new NetworkWatch(runtime, descriptor, std::move(changed), std::move(slept)));
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  return std::unexpected(fmt::format("the network cannot be watched: {}", std::strerror(error)));
}

NetworkWatch::NetworkWatch(RealRuntime& runtime, int descriptor, Changed changed,
                           std::function<Duration()> slept)
    : news_(runtime.io(), descriptor),
      changed_(std::move(changed)),
      slept_(std::move(slept)),
      slept_before_(slept_()),
      view_(look()),
      settling_(runtime, [this] { settled(); }),
      sleep_(runtime, [this] { look_at_sleep(); }) {
  sleep_.arm(sleep_look);
  wait();
}

NetworkWatch::~NetworkWatch() = default;

NetworkWatch::View NetworkWatch::look() {
  View view{.addresses = reachable_endpoints({}), .gateway = find_gateway()};
  std::ranges::sort(view.addresses);  // the kernel's order is that of their coming
  return view;
}

void NetworkWatch::wait() {
  news_.async_wait(
      boost::asio::posix::descriptor_base::wait_read,
      [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& cancelled) {
        if (cancelled || alive.expired()) return;
        // What they say does not matter, not even that some were lost.
        std::array<char, 64> beginning;
        for (int i = 0; i < messages_per_turn; ++i)
          if (::recv(news_.native_handle(), beginning.data(), beginning.size(), MSG_DONTWAIT) < 0) break;
        settling_.arm(settling);
        wait();
      });
}

void NetworkWatch::settled() {
  auto view = look();
  if (view == view_) return;
  view_ = std::move(view);
  changed_("this machine's addresses or its router have changed");
}

void NetworkWatch::look_at_sleep() {
  sleep_.arm(sleep_look);
  const auto now = slept_();
  if (now - std::exchange(slept_before_, now) < sleep_min) return;
  changed_("this machine has slept");
}

}  // namespace tutti
