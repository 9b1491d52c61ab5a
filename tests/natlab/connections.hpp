// The kernel's memory of flows (conntrack): what a NAT forgets when it starts again.
#pragma once

namespace tutti::natlab {

/// Empties it, in the calling thread's network namespace. Throws std::system_error if the kernel refuses.
void forget_connections();

}  // namespace tutti::natlab
