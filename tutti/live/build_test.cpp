// Programs of different builds do not meet, and say why.
#include "tutti/live/build.hpp"

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/bootstrap/sessions_test_world.hpp"
#include "tutti/live/counter_test_app.hpp"
#include "tutti/live/live_session.hpp"

namespace tutti {
namespace {

TEST(Build, is_that_of_a_file_and_differs_with_every_byte) {
  const TemporaryFolder folder;
  const auto file = folder / "program";
  const auto with = [&](std::string_view content) {
    std::ofstream(file, std::ios::binary) << content;
    return build_of(file).value();
  };
  EXPECT_EQ(with("one").size(), 8u);
  EXPECT_EQ(with("one"), with("one"));
  EXPECT_NE(with("one"), with("two"));
  EXPECT_NE(with(std::string(70'000, 'a')), with(std::string(70'000, 'a') + 'b'));
}

TEST(Build, that_cannot_be_read_is_named) {
  EXPECT_EQ(build_of("/nowhere").error(), "'/nowhere' cannot be read");
}

TEST(Build, of_this_program_is_always_the_same) {
  EXPECT_EQ(build_of_this_program().value(), build_of_this_program().value());
}

struct CounterOfAnotherBuild : Counter {
  static constexpr std::string_view build = "another";
};
struct CounterOfAnyBuild : Counter {
  static constexpr std::string_view build = "any";
};

template <typename App>
std::unique_ptr<LiveSession<App>> open(const std::vector<LinkTarget>& links, const Log& log) {
  auto session = LiveSession<App>::open({.listen = Endpoint::v4(0x7f000001, 0), .links = links, .log = log});
  EXPECT_TRUE(session) << session.error();
  return *std::move(session);
}

TEST(LiveSession, refuses_another_build_of_the_application_by_name) {
  Lines lines;
  auto one = open<Counter>({}, lines.log());
  auto other = open<CounterOfAnotherBuild>({{one->peer().local_endpoint(), {}}}, lines.log());
  const auto ours = "'counter 1 build " + build_of_this_program().value() + "'";
  const std::string theirs = "'counter 1 build another'";
  EXPECT_TRUE(wait_until([&] {
    return lines.contain(ours + " does not go together with " + theirs) ||
           lines.contain(theirs + " does not go together with " + ours);
  }));
  EXPECT_EQ(one->peer().link_count(), 0u);
}

TEST(LiveSession, meets_who_names_the_same_build) {
  Lines lines;
  auto one = open<CounterOfAnyBuild>({}, lines.log());
  auto other = open<CounterOfAnyBuild>({{one->peer().local_endpoint(), {}}}, lines.log());
  EXPECT_TRUE(wait_until([&] { return one->peer().link_count() == 1; }));
}

}  // namespace
}  // namespace tutti
