// Bytes that nobody can guess: for keys, secrets and nonces. They differ in every run, so nothing that a
// simulation's result could depend on is made of them; that is what a Runtime's randomness is for.
#pragma once

#include <cstdint>
#include <span>

namespace tutti {

/// Good enough for keys that last. A system that has no randomness to give ends the process.
void fill_with_secure_randomness(std::span<std::uint8_t> bytes);

}  // namespace tutti
