// What peers have written, read by the document alone.
#pragma once

#include <string>
#include <vector>

#include "document.hpp"
#include "plain.hpp"
#include "recording_transport.hpp"

namespace tutti::protocol_test {

/// A decoded message on its way.
struct Said {
  Record record;
  std::string name;
  Value value;
};

/// Cuts the streams into frames and decodes what is in them. What the document does not allow is a failure of
/// the present test.
std::vector<Said> transcribe(const Document& document, const std::vector<Record>& records);

/// Of so many bytes, big-endian.
std::uint64_t number_of(Raw bytes);

}  // namespace tutti::protocol_test
