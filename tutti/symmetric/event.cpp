#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

std::string_view describe(EventError error) {
  switch (error) {
    case EventError::too_long:
      static_assert(event_bytes_max == 65'472);
      return "it takes more than the 65,472 bytes that an event may have";
    case EventError::malformed:
      return "the bytes are no event of this application";
    case EventError::watching:
      return "this peer only watches";
  }
  return "unknown";
}

}  // namespace tutti::symmetric
