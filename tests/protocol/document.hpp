// The tables of docs/protocol.md, read as a second implementation would: which messages there are, on which
// ways they go, and of what they and their structures consist.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tutti::protocol_test {

struct Field {
  std::string name;
  std::string type;  ///< as the document writes it
};

struct DocumentedMessage {
  std::string name;
  std::set<std::string> ways;  ///< "high", "medium", "low", "DATAGRAM"
};

struct Document {
  std::map<std::uint16_t, DocumentedMessage> messages;
  /// Of structures and messages, by name.
  std::map<std::string, std::vector<Field>> fields;

  /// The error says what could not be read.
  static std::expected<Document, std::string> read(const std::filesystem::path& file);
};

/// The parts of a list between commas outside parentheses, trimmed.
std::vector<std::string> parts_of(std::string_view list);

}  // namespace tutti::protocol_test
