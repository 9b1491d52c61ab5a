// What children say: one message a line, a JSON object each, as an application with --control does.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include <nlohmann/json.hpp>

#include "child.hpp"

namespace tutti::tools {

/// Waits until one of the children has said something, `patience` at most, then calls `heard` for each
/// message that is complete, with its child's place in `children`; null is a place without a child. Lines
/// that are no JSON objects are skipped. `heard` ends no child.
void hear_messages(std::span<Child* const> children, Duration patience,
                   const std::function<void(std::size_t child, const nlohmann::json& message)>& heard);

}  // namespace tutti::tools
