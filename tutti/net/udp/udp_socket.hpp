// The machine's UDP. One system call takes up to 44 datagrams of one connection out, and brings runs of them
// in: UDP_SEGMENT and UDP_GRO, where the kernel has them, and recvmmsg. At 1400 bytes a packet, system calls
// and the kernel's handling of each packet are the cost.
//
// Packets are never fragmented (IP_PMTUDISC_PROBE): a transport finds the path's size itself. Waiting hangs
// on the runtime's Asio loop; a runtime that spins is asked once a turn instead, which saves the wake-up.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "tutti/net/udp/datagram_socket.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti {

class UdpSocket final : public DatagramSocket {
 public:
  struct Options {
    /// Room the kernel is asked for, in each direction: 30 ms of a 1 Gbit/s line. The kernel may grant less.
    std::size_t buffer_bytes = 4 << 20;
    /// Whether to exchange whole batches with the kernel (UDP_SEGMENT, UDP_GRO) if it can.
    bool segmentation = true;
  };
  struct Counters {
    std::uint64_t sent = 0;         ///< datagrams the kernel took
    std::uint64_t send_failed = 0;  ///< datagrams the kernel refused: no route, too large, buffer full
    std::uint64_t received = 0;
    std::uint64_t receive_failed = 0;  ///< datagrams too long, and reads that failed
  };

  /// Opens a socket bound to `local`: port 0 means any. "[::]" serves IPv4 as well (and falls back to
  /// "0.0.0.0" where there is no IPv6); any other address serves its own kind only. The error is a sentence.
  static std::expected<std::unique_ptr<UdpSocket>, std::string> open(RealRuntime& runtime,
                                                                     const Endpoint& local, Options options);
  static std::expected<std::unique_ptr<UdpSocket>, std::string> open(RealRuntime& runtime,
                                                                     const Endpoint& local) {
    return open(runtime, local, Options{});
  }
  ~UdpSocket() override;

  void start(DatagramHandler& handler) override;
  void send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) override;
  [[nodiscard]] Endpoint local_endpoint() const override { return local_; }

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] bool segmentation() const { return segmentation_; }

 private:
  /// A file descriptor, closed with its owner.
  class Descriptor {
   public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor();
    [[nodiscard]] int get() const { return number_; }

   private:
    int number_;
  };
  struct Batch;

  static std::expected<Descriptor, std::string> open_descriptor(const Endpoint& local, bool v4);
  UdpSocket(RealRuntime& runtime, Descriptor descriptor, bool v4, const Options& options);

  void wait();
  bool receive();
  void hand_over(std::size_t count);
  bool send_segmented(const Endpoint& target, ByteView bytes, std::size_t segment_bytes);
  void send_one(const Endpoint& target, ByteView bytes);

  RealRuntime& runtime_;
  Descriptor descriptor_;
  bool v4_;
  bool segmentation_;
  Endpoint local_;
  Counters counters_;
  std::unique_ptr<Batch> batch_;
  DatagramHandler* handler_ = nullptr;
  std::optional<boost::asio::posix::stream_descriptor> readable_;  // only where the runtime sleeps
  Timer spin_;                                                     // only where it spins
  /// A completion may already be queued in the loop when the socket dies; it looks here first.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace tutti
