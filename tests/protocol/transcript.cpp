#include "transcript.hpp"

#include <map>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

namespace tutti::protocol_test {
namespace {

void take(const Document& document, const Record& record, Raw id, Raw body, std::vector<Said>& said) {
  const auto message = document.messages.find(static_cast<std::uint16_t>(number_of(id)));
  ASSERT_NE(message, document.messages.end()) << "no message has the id " << number_of(id);
  const auto& [name, ways] = message->second;
  EXPECT_TRUE(ways.contains(record.way)) << name << " goes " << record.way;
  auto value = decode_plainly(document, name, body);
  ASSERT_TRUE(value) << name << ": " << value.error();
  said.push_back({record, name, *std::move(value)});
}

void read_all(const Document& document, const std::vector<Record>& records, std::vector<Said>& said) {
  std::map<std::tuple<PeerId, ChannelId, std::string>, Bytes> streams;
  for (const auto& record : records) {
    const Raw bytes(record.bytes);
    if (record.way == "DATAGRAM") {
      take(document, record, bytes.first(2), bytes.subspan(2), said);
      continue;
    }
    auto& stream = streams[{record.from, record.channel, record.way}];
    stream.insert(stream.end(), bytes.begin(), bytes.end());
    while (stream.size() >= 4) {
      const auto length = number_of(Raw(stream).first(4));
      ASSERT_GE(length, 2u);
      ASSERT_LE(length, 2u + 1'048'576u);
      if (stream.size() < 4 + length) break;
      // The body is found in the record again, whose bytes stay where they are.
      ASSERT_EQ(stream.size(), bytes.size()) << "a message is written in one go";
      take(document, record, bytes.subspan(4, 2), bytes.subspan(6, length - 2), said);
      stream.erase(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(4 + length));
    }
  }
  for (const auto& [key, rest] : streams) EXPECT_TRUE(rest.empty()) << "a stream ends inside a frame";
}

}  // namespace

std::uint64_t number_of(Raw bytes) {
  std::uint64_t number = 0;
  for (const auto byte : bytes) number = number << 8 | byte;
  return number;
}

std::vector<Said> transcribe(const Document& document, const std::vector<Record>& records) {
  std::vector<Said> said;
  read_all(document, records, said);
  return said;
}

}  // namespace tutti::protocol_test
