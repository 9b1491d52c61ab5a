// Datagrams of multicast DNS as anybody on the local network may send them: refused, or read, and then
// written and read back without a change; and whom they name is bounded.
#include <cstddef>
#include <cstdint>

#include "tutti/base/require.hpp"
#include "tutti/live/bootstrap/lan_service.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutti;
  const auto message = decode_mdns({data, size});
  if (!message) return 0;
  static_cast<void>(lan_service::is_asked(*message));
  const auto peers = lan_service::peers(*message, "0123456789abcdef");
  require(peers.size() <= lan_service::peers_max * Announcement::targets_max, "one message names so many");
  // Names that were compressed may need more room than a message has when each is written out.
  std::size_t names = 0;
  const auto count = [&](const DnsName& name) {
    for (const auto& label : name) names += label.size() + 1;
  };
  for (const auto& question : message->questions) count(question.name);
  for (const auto& record : message->records) {
    count(record.name);
    if (const auto* pointer = std::get_if<DnsPointer>(&record.data)) count(pointer->target);
    if (const auto* service = std::get_if<DnsService>(&record.data)) count(service->target);
  }
  if (names + size + 1024 > MdnsMessage::bytes_max) return 0;
  require(decode_mdns(encode_mdns(*message)) == message, "what was read can be written and read back");
  return 0;
}
