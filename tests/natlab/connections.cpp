#include "natlab/connections.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "natlab/network_namespace.hpp"

namespace tutti::natlab {

// One netlink message that names no flow means all of them, as `conntrack --flush` does it.
void forget_connections() {
  struct Request {
    nlmsghdr header;
    nfgenmsg family;
  };
  struct Answer {
    nlmsghdr header;
    nlmsgerr result;
  };
  const Request request{.header = {.nlmsg_len = sizeof(Request),
                                   .nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_DELETE,
                                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
                                   .nlmsg_seq = 1,
                                   .nlmsg_pid = 0},
                        .family = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = 0}};
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  Answer answer{};
  const bool answered =
      socket.get() >= 0 && ::send(socket.get(), &request, sizeof request, 0) >= 0 &&
      ::recv(socket.get(), &answer, sizeof answer, 0) >= static_cast<ssize_t>(sizeof answer);
  const int error = answered ? -answer.result.error : errno;
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot forget connections");
}

}  // namespace tutti::natlab
