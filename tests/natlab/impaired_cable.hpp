// A cable between two network namespaces that is as slow, lossy and narrow as a network model says: what
// netem does, on kernels without it. At each end is a TAP device; a thread of its own takes the frames that
// leave by one and, when it is time, lets them arrive at the other.
//
// The model sees each end as a node, and each Ethernet frame as a packet; also those that ask for addresses
// (ARP). A frame costs a wake-up of the thread: some ten thousand a second are well, and a delay comes out
// some tens of microseconds longer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "natlab/network_namespace.hpp"
#include "tutti/base/bytes.hpp"
#include "tutti/net/model/path.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::natlab {

class ImpairedCable {
 public:
  /// Frames under way at once; more are dropped.
  static constexpr std::size_t frames_max = 16'384;

  /// One end of it: a device that does not exist yet, where it will be.
  struct End {
    const NetworkNamespace& space;
    std::string device;
  };

  /// Makes both devices, which are still down. Throws std::system_error if that is not possible.
  ImpairedCable(const End& one, const End& other, NetworkModelPtr model, std::uint64_t seed);
  /// Both devices are gone.
  ~ImpairedCable();

  /// For what is sent after this has returned.
  void set_model(NetworkModelPtr model);

 private:
  /// Frames from one end to the other.
  struct Direction {
    boost::asio::posix::stream_descriptor source;
    Path path{};
    std::multimap<TimePoint, Bytes> under_way{};  // equal times arrive in their order
    Timer delivery;
  };

  void wait(std::size_t direction);
  void take_at_most(std::size_t frames, std::size_t direction);
  void take(std::size_t direction, ByteView frame);
  void deliver_due(std::size_t direction);
  void put(std::size_t direction, ByteView frame);

  // All but the thread belong to it once it runs.
  RealRuntime runtime_;
  std::uint64_t seed_;
  TimePoint begun_;
  NetworkModelPtr model_;
  std::array<Direction, 2> directions_;
  std::thread thread_;
};

}  // namespace tutti::natlab
