#include "tutti/live/bootstrap/bootstraps.hpp"

#include <utility>

#include "tutti/base/bytes.hpp"
#include "tutti/live/address.hpp"
#include "tutti/live/bootstrap/found_peers.hpp"
#include "tutti/net/signature.hpp"

namespace tutti {

std::string session_tag(std::string_view network) {
  static constexpr std::size_t tag_bytes = 8;
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(network.data()), network.size()});
  return to_hex(ByteView(digest).first(tag_bytes));
}

std::expected<std::unique_ptr<Bootstraps>, std::string> Bootstraps::open(
    RealRuntime& runtime, LinkManager& links, const Announcement& self,
    std::span<const BootstrapOpener> openers) {
  auto bootstraps = std::make_unique<Bootstraps>();
  for (const auto& opener : openers) {
    auto opened =
        opener(runtime, self, [&runtime, &links, known = FoundPeers()](const LinkTarget& target) mutable {
          if (known.take(runtime.now(), target) && links.add_candidate(target))
            runtime.log()(LogLevel::info, "found {}", target_text(target));
        });
    if (!opened) return std::unexpected(opened.error());
    bootstraps->all_.push_back(*std::move(opened));
  }
  return bootstraps;
}

void Bootstraps::linked(const LinkTarget& peer) {
  for (const auto& bootstrap : all_) bootstrap->linked(peer);
}

void Bootstraps::announce(const Announcement& self) {
  for (const auto& bootstrap : all_) bootstrap->announce(self);
}

}  // namespace tutti
