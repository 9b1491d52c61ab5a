#include "tutti/live/bootstrap/lan_service.hpp"

#include <algorithm>
#include <optional>
#include <ranges>

#include <fmt/format.h>

namespace tutti::lan_service {
namespace {

constexpr std::string_view session_key = "session=";
constexpr std::string_view id_key = "id=";

const DnsName& service() {
  static const DnsName name{"_tutti", "_udp", "local"};
  return name;
}

template <typename Data>
const Data* find(const MdnsMessage& message, const DnsName& name) {
  for (const auto& record : message.records)
    if (const auto* data = std::get_if<Data>(&record.data);
        data != nullptr && record.ttl_seconds > 0 && same_dns_name(record.name, name))
      return data;
  return nullptr;
}

std::optional<std::string_view> value_of(const DnsText& text, std::string_view key) {
  for (const std::string_view string : text.strings)
    if (string.starts_with(key)) return string.substr(key.size());
  return std::nullopt;
}

}  // namespace

MdnsMessage question() {
  return {.is_response = false, .questions = {{.name = service(), .type = DnsType::ptr}}, .records = {}};
}

bool is_asked(const MdnsMessage& message) {
  return !message.is_response && std::ranges::any_of(message.questions, [](const MdnsQuestion& question) {
    return (question.type == DnsType::ptr || question.type == DnsType::any) &&
           same_dns_name(question.name, service());
  });
}

MdnsMessage answer(const Announcement& peer, bool gone) {
  MdnsMessage message{.is_response = true, .questions = {}, .records = {}};
  if (peer.targets.empty()) return message;
  const auto ttl = gone ? 0 : ttl_seconds;
  const auto id = peer.peer.text();
  auto instance = service();
  instance.insert(instance.begin(), id);
  const DnsName host{id, "local"};
  const auto port = peer.targets.front().endpoint.port;
  message.records = {{.name = service(), .ttl_seconds = ttl, .unique = false, .data = DnsPointer{instance}},
                     {.name = instance, .ttl_seconds = ttl, .unique = true, .data = DnsService{port, host}},
                     {.name = instance,
                      .ttl_seconds = ttl,
                      .unique = true,
                      .data = DnsText{{"txtvers=1", fmt::format("{}{}", session_key, peer.session),
                                       fmt::format("{}{}", id_key, id)}}}};
  for (const auto& target : peer.targets | std::views::take(Announcement::targets_max))
    message.records.push_back(
        {.name = host, .ttl_seconds = ttl, .unique = true, .data = DnsAddress{target.endpoint.address}});
  return message;
}

std::vector<LinkTarget> peers(const MdnsMessage& message, std::string_view session) {
  std::vector<LinkTarget> found;
  if (!message.is_response) return found;
  std::size_t instances = 0;
  for (const auto& record : message.records) {
    const auto* instance = std::get_if<DnsPointer>(&record.data);
    if (instance == nullptr || record.ttl_seconds == 0 || !same_dns_name(record.name, service())) continue;
    if (++instances > peers_max) break;
    const auto* place = find<DnsService>(message, instance->target);
    const auto* text = find<DnsText>(message, instance->target);
    if (place == nullptr || place->port == 0 || text == nullptr || value_of(*text, session_key) != session)
      continue;
    const auto id = PeerId::parse(value_of(*text, id_key).value_or(""));
    if (!id) continue;
    std::size_t addresses = 0;
    for (const auto& other : message.records)
      if (const auto* address = std::get_if<DnsAddress>(&other.data);
          address != nullptr && other.ttl_seconds > 0 && same_dns_name(other.name, place->target) &&
          addresses++ < Announcement::targets_max)
        found.push_back({Endpoint{address->address, place->port}, *id});
  }
  return found;
}

}  // namespace tutti::lan_service
