#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

std::string_view describe(EventError error) {
  switch (error) {
    case EventError::too_long:
      return "the event is longer than an event may be";
    case EventError::malformed:
      return "the bytes are no event of this application";
    case EventError::watching:
      return "this peer only watches";
  }
  return "unknown";
}

}  // namespace tutti::symmetric
