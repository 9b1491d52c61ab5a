#include "tutti/live/recording_file.hpp"

#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/live/counter_test_app.hpp"
#include "tutti/live/live_session.hpp"
#include "tutti/symmetric/playback.hpp"

namespace tutti {
namespace {

using testing::HasSubstr;

class RecordingOnDisk : public testing::Test {
 protected:
  std::filesystem::path file_ = testing::TempDir() + "recording_" +
                                testing::UnitTest::GetInstance()->current_test_info()->name() + ".replay";
};

TEST_F(RecordingOnDisk, keeps_what_was_appended_in_place_of_what_was_there) {
  std::ofstream(file_) << "something else, and longer";
  {
    const auto sink = recording_sink(file_, {});
    ASSERT_TRUE(sink);
    (*sink)(Bytes{1, 2});
    (*sink)(Bytes{3});
    EXPECT_EQ(read_recording_bytes(file_),
              (Bytes{1, 2, 3}));  // before it is closed, as if it were killed now
  }
  EXPECT_EQ(read_recording_bytes(file_), (Bytes{1, 2, 3}));
}

TEST_F(RecordingOnDisk, names_the_file_that_cannot_be) {
  EXPECT_THAT(recording_sink("/nowhere/at/all", {}).error(),
              HasSubstr("'/nowhere/at/all' cannot be written"));
  EXPECT_EQ(read_recording_bytes("/nowhere/at/all").error(), "'/nowhere/at/all': there is no such file");
}

TEST_F(RecordingOnDisk, says_once_that_the_disk_is_full) {
  std::vector<std::string> lines;
  const auto sink = recording_sink(
      "/dev/full", Log(LogLevel::info, [&](LogLevel, std::string_view line) { lines.emplace_back(line); }));
  ASSERT_TRUE(sink);
  for (int i = 0; i < 3; ++i) (*sink)(Bytes{1});
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("the recording '/dev/full' ends here, the session goes on: No space left"));
}

TEST_F(RecordingOnDisk, of_a_live_session_verifies) {
  {
    auto session = LiveSession<Counter>::open({.listen = *Endpoint::parse("127.0.0.1:0"), .record = file_});
    ASSERT_TRUE(session) << session.error();
    ASSERT_TRUE((*session)->submit(Counter::Tap{}));
    while ((*session)->state().taps == 0) (*session)->frame();
  }
  const auto recording = symmetric::read_recording(*read_recording_bytes(file_));
  ASSERT_TRUE(recording) << recording.error();
  EXPECT_EQ(recording->events.size(), 1u);
  EXPECT_TRUE(symmetric::Playback<Counter>::of(*recording)->verify().passed());
}

TEST_F(RecordingOnDisk, that_cannot_be_made_keeps_a_live_session_from_opening) {
  const auto session =
      LiveSession<Counter>::open({.listen = *Endpoint::parse("127.0.0.1:0"), .record = "/nowhere/at/all"});
  ASSERT_FALSE(session);
  EXPECT_THAT(session.error(), HasSubstr("'/nowhere/at/all'"));
}

}  // namespace
}  // namespace tutti
