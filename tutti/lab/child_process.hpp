// Processes that are forked to do a part of the work, and end with whoever forked them.
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

namespace tutti::lab {

/// As fork(); the child is killed when its parent ends, however that ends. To be called before there are
/// threads.
pid_t fork_child();

/// Waits until the child has ended; its status, as of waitpid().
int wait_for(pid_t child);

/// How a child with this status crashed; nothing if it ended by itself.
std::optional<std::string> crash_of(int status);

}  // namespace tutti::lab
