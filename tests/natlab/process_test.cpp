#include "natlab/process.hpp"

#include <array>
#include <csignal>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "talker.hpp"

namespace tutti::natlab {
namespace {

using namespace std::chrono_literals;

TEST(Process, reads_what_it_is_given_and_says_what_it_says) {
  Process process({"cat"}, "one\ntwo\n");
  EXPECT_EQ(process.wait(10s), 0);
  EXPECT_EQ(process.output(), "one\ntwo\n");
}

TEST(Process, that_fails_tells_its_code) {
  Process process({"cat", "/no/such/file"});
  EXPECT_EQ(process.wait(10s), 1);
  EXPECT_NE(process.output().find("/no/such/file"), std::string::npos);
}

TEST(Process, that_is_not_there_is_named) {
  EXPECT_THROW(Process({"no-such-program"}), std::system_error);
}

TEST(Process, cannot_say_more_than_it_may) {
  Process process({"cat", "/dev/zero"});
  EXPECT_EQ(process.wait(30s), 1);
  EXPECT_LE(process.output().size(), output_bytes_max);
}

TEST(Process, is_killed_with_its_owner) {
  pid_t id = -1;
  {
    const Process process({"tail", "--follow", "/dev/null"});
    id = process.id();
    EXPECT_EQ(::kill(id, 0), 0);
  }
  EXPECT_EQ(::kill(id, 0), -1);
}

TEST(Run, fails_with_the_words_of_the_program) {
  try {
    run({"cat", "/no/such/file"});
    ADD_FAILURE() << "it has not failed";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("/no/such/file: No such file"), std::string::npos)
        << error.what();
  }
}

// A child builds a laboratory, starts a process in it and is killed; the process becomes ours, and has ended
// too.
TEST_F(NatLabTest, a_process_ends_when_the_test_is_killed) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    NatLab lab;
    const auto process =
        lab.spawn(lab.add_host(lab.internet()), {"sh", "-c", "echo started; exec tail --follow /dev/null"});
    while (process.output().empty()) ::sched_yield();
    const pid_t id = process.id();
    static_cast<void>(!::write(pipe[1], &id, sizeof id));
    ::raise(SIGKILL);
  }
  pid_t id = -1;
  ASSERT_EQ(::read(pipe[0], &id, sizeof id), static_cast<ssize_t>(sizeof id));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(::waitpid(id, &status, 0), id);
  EXPECT_TRUE(WIFSIGNALED(status));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace tutti::natlab
