#include "tutti/live/bootstrap/seed_list.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>

#include "tutti/base/text.hpp"
#include "tutti/live/bootstrap/paced_round.hpp"

namespace tutti {
namespace {

using boost::asio::ip::udp;

constexpr std::size_t file_bytes_max = 4 << 20;
constexpr std::size_t host_bytes_max = 255;
constexpr std::string_view spaces = " \t\r";

struct Fault {
  std::size_t offset;  // in the word
  std::string what;
};

std::expected<Seed, Fault> parse_seed(std::string_view word) {
  Seed seed;
  std::size_t begin = 0;
  if (const auto at = word.find('@'); at != std::string_view::npos) {
    const auto id = PeerId::parse(word.substr(0, at));
    if (!id) return std::unexpected(Fault{0, id.error()});
    seed.peer = *id;
    begin = at + 1;
  }
  const auto colon = word.rfind(':');
  if (colon == std::string_view::npos || colon < begin)
    return std::unexpected(Fault{begin, fmt::format("'{}' has no ':PORT'", word.substr(begin))});
  auto host = word.substr(begin, colon - begin);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.contains(':'))
    return std::unexpected(Fault{begin, "an IPv6 address stands in brackets"});
  if (host.empty() || host.size() > host_bytes_max) return std::unexpected(Fault{begin, "there is no host"});
  const auto port = parse_whole<std::uint16_t>(word.substr(colon + 1));
  if (!port || *port == 0)
    return std::unexpected(Fault{colon + 1, fmt::format("'{}' is no port", word.substr(colon + 1))});
  seed.host = host;
  seed.port = *port;
  return seed;
}

class SeedList final : public Bootstrap {
 public:
  SeedList(RealRuntime& runtime, std::vector<Seed> seeds, Found found)
      : seeds_(std::move(seeds)),
        found_(std::move(found)),
        log_(runtime.log()),
        resolver_(runtime.io()),
        round_(runtime, seeds_.size(), true, [this](std::size_t index) { try_seed(seeds_[index]); }) {
    // Else everybody asks the first ones of a list that many have.
    for (std::size_t left = seeds_.size(); left > 1; --left)
      std::swap(seeds_[left - 1], seeds_[runtime.random().below(left)]);
  }

 private:
  void try_seed(const Seed& seed) {
    resolver_.async_resolve(
        seed.host, "",
        [this, alive = std::weak_ptr(alive_), seed](const boost::system::error_code& error,
                                                    const udp::resolver::results_type& results) {
          if (alive.expired()) return;
          if (error || results.empty()) {
            log_(LogLevel::info, "the host {} is not known: {}", seed.host, error.message());
            return;
          }
          const auto address = results.begin()->endpoint().address();
          const auto endpoint = address.is_v4() ? Endpoint::v4(address.to_v4().to_uint(), seed.port)
                                                : Endpoint::v6(address.to_v6().to_bytes(), seed.port);
          found_({endpoint, seed.peer});
        });
  }

  std::vector<Seed> seeds_;
  Found found_;
  Log log_;
  udp::resolver resolver_;
  PacedRound round_;
  /// A completion may already be queued in the loop when this dies; it looks here first.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

std::expected<std::vector<Seed>, std::string> load(const std::filesystem::path& file) {
  const auto failed = [&](std::string_view why) {
    return std::unexpected(fmt::format("the list of seeds {} cannot be read: {}", file.string(), why));
  };
  std::ifstream in(file, std::ios::binary);
  if (!in) return failed(std::strerror(errno));
  std::string text(file_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return failed("it is no file, or its disk fails");
  if (text.size() > file_bytes_max) return failed("it is longer than 4 MiB");
  auto seeds = parse_seeds(text);
  if (!seeds) return std::unexpected(fmt::format("{}: {}", file.string(), seeds.error()));
  return seeds;
}

}  // namespace

std::expected<std::vector<Seed>, std::string> parse_seeds(std::string_view text) {
  std::vector<Seed> seeds;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, std::min(end, text.find('#')));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);

    const auto wrong = [&](std::size_t offset, std::string_view why) {
      return std::unexpected(fmt::format("line {}, column {}: {}", number, offset + 1, why));
    };
    const auto begin = line.find_first_not_of(spaces);
    if (begin == std::string_view::npos) continue;
    const auto word = line.substr(begin, line.find_first_of(spaces, begin) - begin);
    if (const auto more = line.find_first_not_of(spaces, begin + word.size()); more != std::string_view::npos)
      return wrong(more, "one seed a line, and comments after a '#'");
    auto seed = parse_seed(word);
    if (!seed) return wrong(begin + seed.error().offset, seed.error().what);
    if (seeds.size() == Seed::seeds_max) return wrong(begin, "there are more than 10000 seeds");
    seeds.push_back(*std::move(seed));
  }
  return seeds;
}

BootstrapOpener seed_list(std::vector<Seed> seeds) {
  return [seeds = std::move(seeds)](
             RealRuntime& runtime, const Announcement& /*self*/,
             Bootstrap::Found found) -> std::expected<std::unique_ptr<Bootstrap>, std::string> {
    return std::make_unique<SeedList>(runtime, seeds, std::move(found));
  };
}

BootstrapOpener seed_list(const std::filesystem::path& file) {
  return [file](RealRuntime& runtime, const Announcement& self,
                Bootstrap::Found found) -> std::expected<std::unique_ptr<Bootstrap>, std::string> {
    auto seeds = load(file);
    if (!seeds) return std::unexpected(seeds.error());
    return seed_list(*std::move(seeds))(runtime, self, std::move(found));
  };
}

}  // namespace tutti
