#include "tutti/live/ticket.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/interfaces.hpp"
#include "tutti/live/live_peer.hpp"

namespace tutti {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view example =
    "tutti:5f0c21aa:00112233445566778899aabbccddeeff@[2001:db8::1]:5000,ada.example.org:5001";

TEST(Ticket, tells_session_secret_and_addresses) {
  const auto ticket = Ticket::parse(example);
  ASSERT_TRUE(ticket) << ticket.error();
  EXPECT_EQ(ticket->session, 0x5f0c21aau);
  EXPECT_EQ(ticket->secret.text(), "00112233445566778899aabbccddeeff");
  EXPECT_THAT(ticket->addresses, ElementsAre("[2001:db8::1]:5000", "ada.example.org:5001"));
  EXPECT_EQ(ticket->text(), example);
  EXPECT_EQ(Ticket::parse(Ticket::generate().text())->addresses.size(), 0u);
}

TEST(Ticket, that_is_none_is_named_and_its_secret_is_not_repeated) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"", "does not begin with"},
           {"http://example.org", "does not begin with"},
           {"tutti:12:00112233445566778899aabbccddeeff@a:1", "8 hexadecimal digits"},
           {"tutti:5f0c21aa", "no secret"},
           {"tutti:5f0c21aa:0011223344556677889@a:1", "32 hexadecimal digits"},
           {"tutti:5f0c21aa:00112233445566778899aabbccddeeff@a:1,", "empty"},
           {"tutti:5f0c21aa:00112233445566778899aabbccddeeff:@a:1", "its key is not"},
           {"tutti:5f0c21aa:00112233445566778899aabbccddeeff:play-0011@a:1", "64 hexadecimal digits"},
           {"tutti:5f0c21aa:00112233445566778899aabbccddeeff:look-" + std::string(64, '0'), "its key is not"},
           {"tutti:5f0c21aa:00112233445566778899aabbccddeeff@" + std::string(5000, 'a'), "too long"}}) {
    const auto ticket = Ticket::parse(text);
    ASSERT_FALSE(ticket) << text;
    EXPECT_THAT(ticket.error(), HasSubstr(why));
    EXPECT_THAT(ticket.error(), Not(HasSubstr("0011")));
  }
}

TEST(Ticket, of_a_signed_session_lets_players_play_and_has_another_that_does_not) {
  auto ticket = Ticket::generate(true);
  ticket.addresses = {"192.0.2.1:5000"};
  ASSERT_TRUE(ticket.key && ticket.key->seed);
  EXPECT_EQ(Ticket::parse(ticket.text()), ticket);
  EXPECT_FALSE(ticket.is_for_spectators());
  const auto seed = to_hex(*ticket.key->seed);
  EXPECT_THAT(ticket.text(), HasSubstr(":play-" + seed + "@"));
  const auto other = ticket.for_spectators();
  EXPECT_TRUE(other.is_for_spectators());
  EXPECT_EQ(Ticket::parse(other.text()), other);
  EXPECT_THAT(other.text(), Not(HasSubstr(seed)));
  EXPECT_EQ(other.key->issuer, ticket.key->issuer);
  EXPECT_EQ(other.addresses, ticket.addresses);

  const TemporaryFolder folder;
  ASSERT_TRUE(save_all(ticket, folder / "ticket"));
  EXPECT_EQ(Ticket::load(folder / "ticket"), ticket);
  EXPECT_EQ(Ticket::load(folder / "ticket.watch"), other);
}

TEST(Ticket, is_replaced_by_one_with_more_addresses) {
  const TemporaryFolder folder;
  auto ticket = Ticket::generate(true);
  ASSERT_TRUE(save_all(ticket, folder / "ticket"));
  ticket.add_address(*Endpoint::parse("192.0.2.1:5000"));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(replace_all(ticket, folder / "ticket"));
    EXPECT_EQ(Ticket::load(folder / "ticket"), ticket);
    EXPECT_EQ(Ticket::load(folder / "ticket.watch"), ticket.for_spectators());
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "ticket.new"));
  EXPECT_THAT(replace_all(ticket, folder / "nowhere" / "ticket").error(), HasSubstr("No such file"));
  for (std::size_t i = 0; i < 2 * Ticket::addresses_max; ++i) ticket.add_address(Endpoint::v4(1, 1));
  EXPECT_EQ(ticket.addresses.size(), Ticket::addresses_max);
}

RC_GTEST_PROP(Ticket, any_text_is_a_ticket_or_an_error, (const std::string& text)) {
  for (const auto& whole : {text, "tutti:" + text, "tutti:5f0c21aa:00112233445566778899aabbccddeeff@" + text,
                            "tutti:5f0c21aa:00112233445566778899aabbccddeeff:play-" + text})
    if (const auto ticket = Ticket::parse(whole)) RC_ASSERT(Ticket::parse(ticket->text()).value() == *ticket);
}

TEST(Ticket, is_kept_in_a_file_for_its_owner_alone_and_never_overwritten) {
  const TemporaryFolder folder;
  const auto file = folder / "ticket";
  const auto ticket = *Ticket::parse(example);
  ASSERT_TRUE(ticket.save(file));
  EXPECT_EQ(Ticket::load(file), ticket);
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_THAT(Ticket::generate().save(file).error(), HasSubstr("File exists"));
  EXPECT_EQ(Ticket::load(file), ticket);
  EXPECT_THAT(Ticket::load(folder / "none").error(), HasSubstr("No such file"));
  std::ofstream(file) << "nonsense";
  EXPECT_THAT(Ticket::load(file).error(), HasSubstr("this is no ticket"));
}

TEST(Ticket, has_the_address_a_socket_is_bound_to_or_those_of_the_machine) {
  const auto bound = *Endpoint::parse("192.0.2.1:5000");
  EXPECT_THAT(reachable_endpoints(bound), ElementsAre(bound));
  const auto all = reachable_endpoints(*Endpoint::parse("[::]:5000"));
  ASSERT_FALSE(all.empty());
  for (const auto& endpoint : all) {
    EXPECT_EQ(endpoint.port, 5000);
    EXPECT_NE(endpoint.address, Endpoint{}.address);
  }
}

/// A peer of an application on this machine's loopback.
struct Somebody {
  std::atomic<bool> refused = false;  ///< because of the secret
  std::unique_ptr<LivePeer> peer;

  explicit Somebody(const std::optional<Ticket>& ticket, std::vector<LinkTarget> links = {}) {
    LiveOptions options{
        .listen = *Endpoint::parse("127.0.0.1:0"), .links = std::move(links), .ticket = ticket};
    options.log = Log(LogLevel::warning, [this](LogLevel, std::string_view line) {
      if (line.find("secret") != std::string_view::npos) refused = true;
    });
    auto opened = LivePeer::open(options, {.network = "test 1", .is_event = {}, .is_image = {}});
    EXPECT_TRUE(opened) << opened.error();
    peer = *std::move(opened);
  }
};
template <typename Condition>
bool soon(Condition condition) {
  const TimePoint end = real_now() + std::chrono::seconds(20);
  while (!condition() && real_now() < end) std::this_thread::yield();
  return condition();
}

TEST(Ticket, lets_in_who_has_it_and_nobody_else) {
  auto ticket = Ticket::generate();
  const Somebody host(ticket);
  const LinkTarget to_host{host.peer->local_endpoint(), {}};
  auto another = ticket;
  another.secret = SessionSecret::generate();
  const Somebody thief(another, {to_host});
  EXPECT_TRUE(soon([&] { return thief.refused.load(); }));
  ticket.addresses = {host.peer->local_endpoint().text()};
  const Somebody guest(ticket);
  EXPECT_TRUE(soon([&] { return guest.peer->link_count() == 1; }));
  EXPECT_EQ(thief.peer->link_count(), 0u);
  EXPECT_TRUE(soon([&] { return host.peer->link_count() == 1; }));
}

}  // namespace
}  // namespace tutti
