#include "tutti/net/transport.hpp"

namespace tutti {

std::string_view describe(CloseReason reason) {
  switch (reason) {
    case CloseReason::closed_by_remote:
      return "closed by the other side";
    case CloseReason::unreachable:
      return "unreachable";
    case CloseReason::timed_out:
      return "timed out";
    case CloseReason::wrong_identity:
      return "wrong identity";
    case CloseReason::wrong_protocol:
      return "wrong protocol";
    case CloseReason::protocol_violation:
      return "protocol violation";
  }
  return "unknown";
}

}  // namespace tutti
