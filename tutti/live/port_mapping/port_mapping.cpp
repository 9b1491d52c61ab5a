#include "tutti/live/port_mapping/port_mapping.hpp"

namespace tutti {

std::vector<PortMapperOpener> port_mappers() {
  return {pcp(), nat_pmp(), upnp()};
}

}  // namespace tutti
