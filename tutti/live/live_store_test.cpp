// Live sessions with a file: real sockets, real SQLite.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/counter_test_app.hpp"
#include "tutti/live/live_session.hpp"

namespace tutti {
namespace {

using testing::HasSubstr;
struct CounterOfTomorrow : Counter {
  static constexpr std::uint32_t version = 2;
};

class LiveStores : public testing::Test {
 protected:
  template <typename App = Counter>
  std::expected<std::unique_ptr<LiveSession<App>>, std::string> try_open(
      const std::string& file, const std::vector<LinkTarget>& links = {}) {
    return LiveSession<App>::open(
        {.listen = Endpoint::v4(0x7f000001, 0), .links = links, .store = folder_ / file});
  }
  std::unique_ptr<LiveSession<Counter>> open(const std::string& file,
                                             const std::vector<LinkTarget>& links = {}) {
    auto session = try_open(file, links);
    EXPECT_TRUE(session) << session.error();
    return *std::move(session);
  }

  TemporaryFolder folder_;
};

TEST_F(LiveStores, bring_back_a_session_with_its_peer_and_what_others_did) {
  PeerId id;
  {
    const auto one = open("one");
    const auto other = open("other", {{one->peer().local_endpoint(), {}}});
    id = one->peer().id();
    ASSERT_TRUE(one->submit(Counter::Tap{}));
    ASSERT_TRUE(other->submit(Counter::Tap{}));
    while (one->state().taps < 2 || other->state().taps < 2) {
      one->frame();
      other->frame();
    }
  }
  for (const auto* file : {"one", "other"}) {
    const auto back = open(file);
    while (back->state().taps < 2) back->frame();
    EXPECT_EQ(back->peer().id() == id, std::string_view(file) == "one");
  }
}

TEST_F(LiveStores, are_named_when_they_cannot_be_used) {
  const auto session = open("one");
  EXPECT_THAT(try_open("one").error(), HasSubstr("/one' is in use by another process"));
  EXPECT_THAT(try_open("missing/one").error(), HasSubstr("/missing/one"));
}

TEST_F(LiveStores, of_another_version_are_refused_by_name) {
  open("one").reset();
  EXPECT_THAT(
      try_open<CounterOfTomorrow>("one").error(),
      testing::AllOf(HasSubstr("/one' holds a session of 'counter 1"), HasSubstr("this is 'counter 2")));
}

}  // namespace
}  // namespace tutti
