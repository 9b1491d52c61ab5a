#include "tutti/live/port_mapping/ssdp_message.hpp"

#include <algorithm>
#include <cctype>

#include "tutti/base/text.hpp"

namespace tutti {
namespace {

constexpr std::size_t url_bytes_max = 256;
constexpr std::string_view spaces = " \t";

bool equals_ignoring_case(std::string_view one, std::string_view other) {
  return std::ranges::equal(
      one, other, [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(spaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

}  // namespace

Endpoint ssdp_group() {
  return Endpoint::v4(0xeffffffa, 1900);
}

std::string ssdp_search() {
  return "M-SEARCH * HTTP/1.1\r\n"
         "HOST: 239.255.255.250:1900\r\n"
         "MAN: \"ssdp:discover\"\r\n"
         "MX: 1\r\n"
         "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n"
         "\r\n";
}

bool is_http_at(std::string_view url, const Endpoint& address) {
  const auto text = address.text();
  const auto prefix = "http://" + text.substr(0, text.rfind(':'));
  return url.starts_with(prefix) && url.size() > prefix.size() &&
         (url[prefix.size()] == ':' || url[prefix.size()] == '/');
}

std::optional<std::string> ssdp_location(ByteView datagram, const Endpoint& router) {
  std::string_view text(reinterpret_cast<const char*>(datagram.data()), datagram.size());
  if (!text.starts_with("HTTP/1.1 200")) return std::nullopt;
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    const auto [name, value] = split(text.substr(0, end), ':');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    if (!value || !equals_ignoring_case(name, "location")) continue;
    const auto url = trimmed(*value);
    const bool printable =
        std::ranges::all_of(url, [](unsigned char letter) { return letter > ' ' && letter < 0x7f; });
    if (url.size() > url_bytes_max || !printable || !is_http_at(url, router)) return std::nullopt;
    return std::string(url);
  }
  return std::nullopt;
}

}  // namespace tutti
