#include "tutti/live/bootstrap/seed_list.hpp"

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/bootstrap/sessions_test_world.hpp"

namespace tutti {
namespace {

TEST(SeedList, has_a_seed_a_line_and_comments) {
  const auto seeds = parse_seeds(
      "# the usual ones\n"
      "\n"
      "  example.org:5000  # Ada\r\n"
      "00112233445566778899aabbccddeeff@192.0.2.1:1\n"
      "[2001:db8::1]:65535");
  ASSERT_TRUE(seeds) << seeds.error();
  ASSERT_EQ(seeds->size(), 3u);
  EXPECT_EQ((*seeds)[0], (Seed{.host = "example.org", .port = 5000}));
  EXPECT_EQ((*seeds)[1].peer, *PeerId::parse("00112233445566778899aabbccddeeff"));
  EXPECT_EQ((*seeds)[2], (Seed{.host = "2001:db8::1", .port = 65535}));
  EXPECT_TRUE(parse_seeds("").value().empty());
}

TEST(SeedList, names_the_line_and_the_column_of_what_is_wrong) {
  const auto error_of = [](std::string_view text) { return parse_seeds(text).error(); };
  EXPECT_EQ(error_of("a:1\n\n  host\n"), "line 3, column 3: 'host' has no ':PORT'");
  EXPECT_EQ(error_of("host:0"), "line 1, column 6: '0' is no port");
  EXPECT_EQ(error_of("host:70000"), "line 1, column 6: '70000' is no port");
  EXPECT_EQ(error_of("12@host:1"), "line 1, column 1: a peer id has 32 hexadecimal digits");
  EXPECT_EQ(error_of("a:1 b:2"), "line 1, column 5: one seed a line, and comments after a '#'");
  EXPECT_EQ(error_of("2001:db8::1:5000"), "line 1, column 1: an IPv6 address stands in brackets");
  EXPECT_EQ(error_of(":5000"), "line 1, column 1: there is no host");
  std::string many;
  for (std::size_t i = 0; i <= Seed::seeds_max; ++i) many += "a:1\n";
  EXPECT_EQ(error_of(many), "line 10001, column 1: there are more than 10000 seeds");
}

RC_GTEST_PROP(SeedList, of_any_text_is_read_or_has_its_error, (const std::string& text)) {
  const auto seeds = parse_seeds(text);
  RC_ASSERT(seeds.has_value() || seeds.error().starts_with("line "));
}

TEST(LiveSeedList, leads_to_who_is_there_and_dead_seeds_do_no_harm) {
  const TemporaryFolder folder;
  const auto one = open_counter({.name = "one"});
  std::ofstream(folder / "seeds") << "127.0.0.1:9\nno-such-host.invalid:5000\nlocalhost:9 # dead, too\n"
                                  << one->peer().local_endpoint().text() << "\n";
  const auto other = open_counter({.bootstraps = {seed_list(folder / "seeds")}});
  EXPECT_TRUE(wait_until([&] { return one->peer().link_count() == 1; }));
}

TEST(LiveTicket, with_hosts_names_leads_to_who_is_there_and_unknown_ones_are_tried_again) {
  auto ticket = Ticket::generate();
  const auto one = open_counter({.ticket = ticket, .port_mappers = {}});
  ticket.addresses = {"no-such-host.invalid:5000",
                      fmt::format("localhost:{}", one->peer().local_endpoint().port)};
  Lines lines;
  const auto other = open_counter({.ticket = ticket, .port_mappers = {}, .log = lines.log()});
  EXPECT_TRUE(wait_until([&] { return one->peer().link_count() == 1; })) << lines.all();
  EXPECT_TRUE(wait_until([&] { return lines.contain("the host no-such-host.invalid is not known"); }));
  EXPECT_FALSE(lines.contain("of no use")) << lines.all();
}

TEST(LiveSeedList, that_cannot_be_read_is_named) {
  const TemporaryFolder folder;
  std::ofstream(folder / "seeds") << "nonsense";
  for (const auto& [file, why] :
       {std::pair("seeds", "line 1, column 1"), std::pair("none", "No such file")}) {
    const auto session = LiveSession<Counter>::open(
        {.listen = Endpoint::v4(0x7f000001, 0), .bootstraps = {seed_list(folder / file)}});
    ASSERT_FALSE(session);
    EXPECT_NE(session.error().find(why), std::string::npos) << session.error();
    EXPECT_NE(session.error().find(file), std::string::npos) << session.error();
  }
}

}  // namespace
}  // namespace tutti
