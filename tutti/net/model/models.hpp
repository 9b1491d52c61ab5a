// The basic network models, and their short names on command lines.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "tutti/net/model/network_model.hpp"

namespace tutti {

/// Every packet takes `delay`.
NetworkModelPtr constant_delay(Duration delay);

/// Uniform between `least` and `greatest`, which is not smaller.
NetworkModelPtr uniform_delay(Duration least, Duration greatest);

/// Normal, as NetEm's default table (Hemminger, "Network Emulation with NetEm", 2005), cut off at zero.
NetworkModelPtr normal_delay(Duration mean, Duration deviation);

/// Loses each packet with `probability` (0 to 1) and leaves the rest to `inner`.
NetworkModelPtr with_loss(double probability, NetworkModelPtr inner);

/// Reads one of
///   none | constant:50ms | uniform:10ms-30ms | normal:50ms,10ms
/// each with an optional suffix "+loss:1%". Times take ns, us, ms or s. The error names the offending part.
std::expected<NetworkModelPtr, std::string> parse_network_model(std::string_view text);

}  // namespace tutti
