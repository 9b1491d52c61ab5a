#include "tutti/live/ticket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <ranges>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"

namespace tutti {
namespace {

constexpr std::string_view scheme = "tutti:";
constexpr std::string_view player_prefix = "play-";
constexpr std::string_view spectator_prefix = "watch-";
constexpr std::size_t ticket_bytes_max = 4096;

std::unexpected<std::string> no_ticket(std::string_view why) {
  return std::unexpected(
      fmt::format("this is no ticket, {}; one looks like tutti:SESSION:SECRET@HOST:PORT", why));
}

std::unexpected<std::string> failed(const std::filesystem::path& file, std::string_view what) {
  return std::unexpected(
      fmt::format("the ticket {} cannot be {}: {}", file.string(), what, std::strerror(errno)));
}

/// After one of the prefixes, 64 hexadecimal digits.
std::optional<SessionKey> parse_key(std::string_view text) {
  const bool for_players = text.starts_with(player_prefix);
  if (!for_players && !text.starts_with(spectator_prefix)) return std::nullopt;
  const auto digits = from_hex(text.substr((for_players ? player_prefix : spectator_prefix).size()));
  SessionKey key;
  if (!digits || digits->size() != key.issuer.size()) return std::nullopt;
  if (!for_players) {
    std::ranges::copy(*digits, key.issuer.begin());
    return key;
  }
  std::ranges::copy(*digits, key.seed.emplace().begin());
  key.issuer = Identity::from_seed(*key.seed).public_key();
  return key;
}

std::string text_of(const SessionKey& key) {
  return fmt::format(":{}{}", key.seed ? player_prefix : spectator_prefix,
                     to_hex(key.seed.value_or(key.issuer)));
}

std::filesystem::path for_spectators_beside(const std::filesystem::path& file) {
  return file.string() + ".watch";
}

}  // namespace

Ticket Ticket::generate(bool is_signed) {
  Ticket ticket;
  if (is_signed) {
    const auto issuer = Identity::generate();
    ticket.key = SessionKey{issuer.public_key(), issuer.seed()};
  }
  ticket.secret = SessionSecret::generate();
  // Not a part of the secret: the id is said to everybody.
  const auto id = SessionSecret::generate();
  std::memcpy(&ticket.session, id.bytes.data(), sizeof ticket.session);
  return ticket;
}

std::expected<Ticket, std::string> Ticket::parse(std::string_view text) {
  if (!text.starts_with(scheme)) return no_ticket("it does not begin with 'tutti:'");
  if (text.size() > ticket_bytes_max) return no_ticket("it is too long");
  const auto [id, rest] = split(text.substr(scheme.size()), ':');
  const auto session = from_hex(id);
  if (!session || session->size() != 4) return no_ticket("its session is not 8 hexadecimal digits");
  if (!rest) return no_ticket("it has no secret");
  const auto [secrets, addresses] = split(*rest, '@');
  const auto [secret_text, key_text] = split(secrets, ':');
  const auto secret = SessionSecret::parse(secret_text);
  if (!secret) return no_ticket("its secret is not 32 hexadecimal digits");

  Ticket ticket{.session = 0, .secret = *secret, .key = {}, .addresses = {}};
  if (key_text && !(ticket.key = parse_key(*key_text)))
    return no_ticket("its key is not 'play-' or 'watch-' and 64 hexadecimal digits");
  for (const auto byte : *session) ticket.session = ticket.session << 8 | byte;
  if (!addresses) return ticket;
  if (addresses->empty()) return no_ticket("one of its addresses is empty");
  for (const auto address : std::views::split(*addresses, ',')) {
    ticket.addresses.emplace_back(std::string_view(address));
    if (ticket.addresses.back().empty()) return no_ticket("one of its addresses is empty");
  }
  if (ticket.addresses.size() > addresses_max) return no_ticket("it has more than 16 addresses");
  return ticket;
}

std::string Ticket::text() const {
  return fmt::format("{}{:08x}:{}{}{}{}", scheme, session, secret.text(), key ? text_of(*key) : "",
                     addresses.empty() ? "" : "@", fmt::join(addresses, ","));
}

Ticket Ticket::for_spectators() const {
  require(key.has_value(), "nobody can be kept from playing where nothing is signed");
  auto ticket = *this;
  ticket.key->seed.reset();
  return ticket;
}

void Ticket::add_address(const Endpoint& endpoint) {
  if (addresses.size() < addresses_max) addresses.push_back(endpoint.text());
}

std::expected<Ticket, std::string> Ticket::load(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return failed(file, "opened");
  std::string text(ticket_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  while (!text.empty() && std::string_view(" \r\n\t").contains(text.back())) text.pop_back();
  auto ticket = parse(text);
  if (!ticket) return std::unexpected(fmt::format("{}: {}", file.string(), ticket.error()));
  return ticket;
}

std::expected<void, std::string> Ticket::save(const std::filesystem::path& file) const {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return failed(file, "made");
  const auto line = text() + "\n";
  const bool written = ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const bool closed = ::close(descriptor) == 0;
  if (!written || !closed) return failed(file, "written");
  return {};
}

std::expected<void, std::string> save_all(const Ticket& ticket, const std::filesystem::path& file) {
  if (const auto saved = ticket.save(file); !saved || !ticket.key) return saved;
  return ticket.for_spectators().save(for_spectators_beside(file));
}

std::expected<void, std::string> replace_all(const Ticket& ticket, const std::filesystem::path& file) {
  const std::filesystem::path next = file.string() + ".new";
  std::error_code error;
  const auto replace = [&error](const std::filesystem::path& from, const std::filesystem::path& to) {
    if (!error) std::filesystem::rename(from, to, error);
  };
  // What a former life has left there.
  std::filesystem::remove(next, error);
  std::filesystem::remove(for_spectators_beside(next), error);
  if (auto saved = save_all(ticket, next); !saved) return saved;
  if (ticket.key) replace(for_spectators_beside(next), for_spectators_beside(file));
  replace(next, file);
  if (error)
    return std::unexpected(
        fmt::format("the ticket {} cannot be replaced: {}", file.string(), error.message()));
  return {};
}

}  // namespace tutti
