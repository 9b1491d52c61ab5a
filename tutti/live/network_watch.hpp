// Tells when this machine's network is another one: its addresses or its router have changed, as rtnetlink(7)
// says, or it has slept, after which its place is another or its NATs have forgotten it.
//
// The kernel says more than that: a lifetime that is prolonged is news to it. So what it says is only the
// occasion to look, once it has been quiet for a while, for coming up a network changes many times in a row.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "tutti/live/gateway.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti {

/// For how long this machine has slept since it was started.
Duration slept();

class NetworkWatch {
 public:
  /// After the last change, until it is told of.
  static constexpr Duration settling = std::chrono::milliseconds(500);
  /// How often it is looked whether the machine has slept, and for how long so that it counts.
  static constexpr Duration sleep_look = std::chrono::seconds(2);
  static constexpr Duration sleep_min = std::chrono::seconds(2);

  /// What has happened, for people.
  using Changed = std::function<void(std::string_view what)>;

  /// The runtime outlives it. The error is a sentence.
  static std::expected<std::unique_ptr<NetworkWatch>, std::string> open(
      RealRuntime& runtime, Changed changed, std::function<Duration()> slept = tutti::slept);
  ~NetworkWatch();
  NetworkWatch(const NetworkWatch&) = delete;
  NetworkWatch& operator=(const NetworkWatch&) = delete;

 private:
  /// What others can notice of this machine's network.
  struct View {
    std::vector<Endpoint> addresses;
    std::optional<Gateway> gateway;

    bool operator==(const View&) const = default;
  };

  NetworkWatch(RealRuntime& runtime, int descriptor, Changed changed, std::function<Duration()> slept);
  static View look();
  void wait();
  void settled();
  void look_at_sleep();

  boost::asio::posix::stream_descriptor news_;
  Changed changed_;
  std::function<Duration()> slept_;
  Duration slept_before_;
  View view_;
  Timer settling_;
  Timer sleep_;
  /// A completion may already be queued in the loop when this dies; it looks here first.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace tutti
