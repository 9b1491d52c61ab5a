#include "tutti/live/gateway.hpp"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tutti/base/big_endian.hpp"
#include "tutti/base/bytes.hpp"

namespace tutti {
namespace {

/// Anybody on the Internet would do. This is the anycast address of the nearest router that speaks PCP (RFC
/// 7723).
constexpr std::uint32_t destination = 0xc0000009;  // 192.0.0.9
constexpr std::size_t answer_bytes_max = 4096;

/// The kernel's answer to "by which way does one reach that address?" (rtnetlink(7)); empty if there is none.
/// It is there as soon as the question is put, so nobody waits.
Bytes ask_for_route() {
  struct Question {
    nlmsghdr header;
    rtmsg route;
    rtattr attribute;
    std::uint32_t address;
  };
  static_assert(sizeof(Question) == NLMSG_LENGTH(sizeof(rtmsg)) + RTA_LENGTH(sizeof(std::uint32_t)));
  Question question{};
  question.header = {.nlmsg_len = sizeof question,
                     .nlmsg_type = RTM_GETROUTE,
                     .nlmsg_flags = NLM_F_REQUEST,
                     .nlmsg_seq = 1,
                     .nlmsg_pid = 0};
  question.route.rtm_family = AF_INET;
  question.route.rtm_dst_len = 32;
  question.attribute = {.rta_len = RTA_LENGTH(sizeof question.address), .rta_type = RTA_DST};
  question.address = htonl(destination);
  const int descriptor = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0) return {};
  Bytes answer(answer_bytes_max);
  const auto got = ::send(descriptor, &question, sizeof question, 0) < 0
                       ? -1
                       : ::recv(descriptor, answer.data(), answer.size(), MSG_DONTWAIT);
  ::close(descriptor);
  answer.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return answer;
}

/// An attribute of a route that is an IPv4 address.
std::optional<Endpoint> address_in(ByteView attributes, unsigned short type) {
  while (attributes.size() >= sizeof(rtattr)) {
    rtattr attribute{};
    std::memcpy(&attribute, attributes.data(), sizeof attribute);
    if (attribute.rta_len < sizeof attribute || attribute.rta_len > attributes.size()) break;
    if (attribute.rta_type == type && attribute.rta_len == RTA_LENGTH(4))
      return Endpoint::v4(read_big_endian<std::uint32_t>(attributes, RTA_LENGTH(0)), 0);
    attributes = attributes.subspan(std::min<std::size_t>(RTA_ALIGN(attribute.rta_len), attributes.size()));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Gateway> find_gateway() {
  const auto answer = ask_for_route();
  constexpr std::size_t attributes_at = NLMSG_LENGTH(sizeof(rtmsg));
  nlmsghdr header{};
  if (answer.size() < attributes_at) return std::nullopt;
  std::memcpy(&header, answer.data(), sizeof header);
  if (header.nlmsg_type != RTM_NEWROUTE) return std::nullopt;
  const auto attributes = ByteView(answer).subspan(attributes_at);
  const auto router = address_in(attributes, RTA_GATEWAY);
  const auto own = address_in(attributes, RTA_PREFSRC);
  if (!router || !own) return std::nullopt;
  return Gateway{*router, *own};
}

bool is_private(const Endpoint& endpoint) {
  if (!endpoint.is_v4()) return false;
  const auto address = read_big_endian(ByteView(endpoint.address).last(4));
  const auto within = [address](std::uint32_t network, int prefix) {
    return (address ^ network) >> (32 - prefix) == 0;
  };
  return within(0x0a000000, 8) || within(0xac100000, 12) || within(0xc0a80000, 16) || within(0x64400000, 10);
}

}  // namespace tutti
