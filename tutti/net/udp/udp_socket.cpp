#include "tutti/net/udp/udp_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tutti/base/require.hpp"

namespace tutti {
namespace {

/// Room for what one turn reads: the other sockets and timers of the runtime get their turn in between.
constexpr std::size_t receive_bytes = 1 << 20;
constexpr std::size_t receive_batch = 64;
/// A run of datagrams that the kernel hands over in one piece.
constexpr std::size_t run_bytes_max = 1 << 16;
/// Given to the handler at once.
constexpr std::size_t datagrams_per_call = 64;

/// Looks per turn of a runtime that spins: the rest of a turn takes about as long as three looks, and what
/// arrives meanwhile waits.
constexpr int spins_per_turn = 8;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress to_socket_address(const Endpoint& endpoint, bool v4) {
  SocketAddress result;
  if (v4) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    std::memcpy(&address.sin_addr, endpoint.address.data() + 12, 4);
    std::memcpy(&result.storage, &address, sizeof address);
    result.size = sizeof address;
  } else {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(endpoint.port);
    std::memcpy(&address.sin6_addr, endpoint.address.data(), 16);
    std::memcpy(&result.storage, &address, sizeof address);
    result.size = sizeof address;
  }
  return result;
}

Endpoint to_endpoint(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof address);
    return Endpoint::v4(ntohl(address.sin_addr.s_addr), ntohs(address.sin_port));
  }
  sockaddr_in6 address{};
  std::memcpy(&address, &storage, sizeof address);
  Endpoint endpoint{.address = {}, .port = ntohs(address.sin6_port)};
  std::memcpy(endpoint.address.data(), &address.sin6_addr, 16);
  return endpoint;
}

std::string describe_bind_error(const Endpoint& local, int error) {
  switch (error) {
    case EADDRINUSE:
      return fmt::format("port {} is in use", local.port);
    case EADDRNOTAVAIL:
      return fmt::format("address {} is not available on this machine", local.text());
    case EACCES:
      return fmt::format("port {} is reserved for privileged programs", local.port);
    default:
      return fmt::format("cannot open a socket at {}: {}", local.text(), std::strerror(error));
  }
}

void set_option(int descriptor, int level, int name, int value) {
  // Each option used here only makes things faster or clearer; where the kernel refuses, work goes on
  // without.
  static_cast<void>(::setsockopt(descriptor, level, name, &value, sizeof value));
}

bool segmentation_works(int descriptor) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_UDP, UDP_SEGMENT, &value, &size) == 0;
}

bool receive_runs(int descriptor) {
  const int on = 1;
  return ::setsockopt(descriptor, SOL_UDP, UDP_GRO, &on, sizeof on) == 0;
}

/// The size of the datagrams in a run but the last; `whole` if the kernel says of none.
std::size_t segment_size(msghdr& header, std::size_t whole) {
  for (auto* note = CMSG_FIRSTHDR(&header); note != nullptr; note = CMSG_NXTHDR(&header, note)) {
    if (note->cmsg_level != SOL_UDP || note->cmsg_type != UDP_GRO) continue;
    int size = 0;
    std::memcpy(&size, CMSG_DATA(note), sizeof size);
    if (size > 0) return static_cast<std::size_t>(size);
  }
  return std::max<std::size_t>(whole, 1);
}

}  // namespace

/// Room for one recvmmsg(): many datagrams, or some runs of them.
struct UdpSocket::Batch {
  struct alignas(cmsghdr) Note {
    std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
  };

  explicit Batch(bool runs)
      : slots(runs ? receive_bytes / run_bytes_max : receive_batch),
        slot_bytes(runs ? run_bytes_max : datagram_size_max),
        // Not set to zero, so that the machine gives memory only for what is used.
        bytes(std::make_unique_for_overwrite<std::uint8_t[]>(slots * slot_bytes)) {
    for (std::size_t i = 0; i < slots; ++i) {
      places[i] = {bytes.get() + i * slot_bytes, slot_bytes};
      headers[i].msg_hdr.msg_iov = &places[i];
      headers[i].msg_hdr.msg_iovlen = 1;
      headers[i].msg_hdr.msg_name = &sources[i];
      headers[i].msg_hdr.msg_control = notes[i].bytes.data();
      prepare(i);
    }
  }

  /// The kernel writes the sizes over.
  void prepare(std::size_t slot) {
    headers[slot].msg_hdr.msg_namelen = sizeof sources[slot];
    headers[slot].msg_hdr.msg_controllen = notes[slot].bytes.size();
  }

  std::size_t slots;
  std::size_t slot_bytes;
  std::unique_ptr<std::uint8_t[]> bytes;
  std::array<mmsghdr, receive_batch> headers{};
  std::array<iovec, receive_batch> places{};
  std::array<sockaddr_storage, receive_batch> sources{};
  std::array<Note, receive_batch> notes{};
  std::array<Datagram, datagrams_per_call> datagrams;
};

UdpSocket::Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

std::expected<UdpSocket::Descriptor, std::string> UdpSocket::open_descriptor(const Endpoint& local, bool v4) {
  Descriptor descriptor(::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (descriptor.get() < 0) return std::unexpected(describe_bind_error(local, errno));
  if (!v4) set_option(descriptor.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  const auto address = to_socket_address(local, v4);
  if (::bind(descriptor.get(), address.get(), address.size) != 0)
    return std::unexpected(describe_bind_error(local, errno));
  return descriptor;
}

std::expected<std::unique_ptr<UdpSocket>, std::string> UdpSocket::open(RealRuntime& runtime,
                                                                       const Endpoint& local,
                                                                       Options options) {
  bool v4 = local.is_v4();
  auto descriptor = open_descriptor(local, v4);
  const bool any_address = local.address == Endpoint{}.address;
  if (!descriptor && any_address) {
    // Without IPv6 in the kernel "everywhere" is everywhere in IPv4. A port in use fails there as well.
    const auto v4_any = Endpoint::v4(0, local.port);
    if (auto second = open_descriptor(v4_any, true))
      return std::unique_ptr<UdpSocket>(new UdpSocket(runtime, *std::move(second), true, options));
  }
  if (!descriptor) return std::unexpected(descriptor.error());
  return std::unique_ptr<UdpSocket>(new UdpSocket(runtime, *std::move(descriptor), v4, options));
}

UdpSocket::UdpSocket(RealRuntime& runtime, Descriptor descriptor, bool v4, const Options& options)
    : runtime_(runtime),
      descriptor_(std::move(descriptor)),
      v4_(v4),
      segmentation_(options.segmentation && segmentation_works(descriptor_.get())),
      batch_(std::make_unique<Batch>(options.segmentation && receive_runs(descriptor_.get()))),
      spin_(runtime, [this] {
        for (int i = 0; i < spins_per_turn && !receive(); ++i) {
        }
        spin_.arm(Duration::zero());
      }) {
  const int number = descriptor_.get();
  set_option(number, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  if (!v4_) set_option(number, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
  const int buffer = static_cast<int>(options.buffer_bytes);
  for (const int name : {SO_RCVBUF, SO_SNDBUF, SO_RCVBUFFORCE, SO_SNDBUFFORCE})
    set_option(number, SOL_SOCKET, name, buffer);
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  require(::getsockname(number, bound.get(), &bound.size) == 0, "a bound socket has a name");
  local_ = to_endpoint(bound.storage);
}

UdpSocket::~UdpSocket() {
  if (readable_) readable_->release();  // the descriptor is closed by its owner
}

void UdpSocket::start(DatagramHandler& handler) {
  require(handler_ == nullptr, "a socket is started once");
  handler_ = &handler;
  if (runtime_.spins()) {
    spin_.arm(Duration::zero());
  } else {
    readable_.emplace(runtime_.io(), descriptor_.get());
    wait();
  }
}

void UdpSocket::wait() {
  readable_->async_wait(boost::asio::posix::descriptor_base::wait_read,
                        [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& cancelled) {
                          if (cancelled || alive.expired()) return;
                          receive();
                          wait();
                        });
}

/// Whether there was anything.
bool UdpSocket::receive() {
  auto& batch = *batch_;
  const int count = ::recvmmsg(descriptor_.get(), batch.headers.data(), static_cast<unsigned>(batch.slots),
                               MSG_DONTWAIT, nullptr);
  if (count <= 0) {
    if (errno != EAGAIN && errno != EINTR) ++counters_.receive_failed;
    return false;
  }
  std::size_t good = 0;
  for (std::size_t slot = 0; slot < static_cast<std::size_t>(count); ++slot) {
    auto& header = batch.headers[slot];
    const auto source = to_endpoint(batch.sources[slot]);
    const auto size = segment_size(header.msg_hdr, header.msg_len);
    ByteView run{static_cast<const std::uint8_t*>(batch.places[slot].iov_base), header.msg_len};
    if (size > datagram_size_max || (header.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++counters_.receive_failed;
      run = {};
    }
    for (; !run.empty(); run = run.subspan(std::min(size, run.size()))) {
      if (good == batch.datagrams.size()) hand_over(std::exchange(good, 0));
      batch.datagrams[good++] = {run.first(std::min(size, run.size())), source};
    }
    batch.prepare(slot);
  }
  if (good > 0) hand_over(good);
  return true;
}

void UdpSocket::hand_over(std::size_t count) {
  counters_.received += count;
  handler_->datagrams_received({batch_->datagrams.data(), count});
}

void UdpSocket::send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) {
  require(!bytes.empty() && bytes.size() <= batch_bytes_max, "a batch has a size within its limit");
  require(segment_bytes > 0 && (bytes.size() - 1) / segment_bytes < batch_segments_max,
          "a batch has no more segments than its limit");
  if (v4_ != target.is_v4() && v4_) {
    ++counters_.send_failed;  // an IPv4 socket reaches no IPv6 address
    return;
  }
  if (bytes.size() > segment_bytes && segmentation_ && send_segmented(target, bytes, segment_bytes)) return;
  for (; bytes.size() > segment_bytes; bytes = bytes.subspan(segment_bytes))
    send_one(target, bytes.first(segment_bytes));
  send_one(target, bytes);
}

/// False if the kernel wants the segments one by one.
bool UdpSocket::send_segmented(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) {
  auto address = to_socket_address(target, v4_);
  iovec place{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
  msghdr header{};
  header.msg_name = address.get();
  header.msg_namelen = address.size;
  header.msg_iov = &place;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* segment = CMSG_FIRSTHDR(&header);
  segment->cmsg_level = SOL_UDP;
  segment->cmsg_type = UDP_SEGMENT;
  segment->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto size = static_cast<std::uint16_t>(segment_bytes);
  std::memcpy(CMSG_DATA(segment), &size, sizeof size);

  const std::uint64_t count = (bytes.size() + segment_bytes - 1) / segment_bytes;
  if (::sendmsg(descriptor_.get(), &header, MSG_DONTWAIT) >= 0) {
    counters_.sent += count;
    return true;
  }
  if (errno == EIO) segmentation_ = false;  // a device without checksum offload: it will never work
  if (errno == EIO || errno == EINVAL || errno == EMSGSIZE) return false;
  counters_.send_failed += count;
  return true;
}

void UdpSocket::send_one(const Endpoint& target, ByteView bytes) {
  const auto address = to_socket_address(target, v4_);
  if (::sendto(descriptor_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT, address.get(), address.size) >= 0)
    ++counters_.sent;
  else
    ++counters_.send_failed;
}

}  // namespace tutti
