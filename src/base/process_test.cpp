#include "base/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <unistd.h>

#include "upkeep/error.hpp"

namespace upkeep {

using namespace std::chrono_literals;

TEST(RunProcess, GivesOutputErrorsAndExitCode) {
  const ProcessResult result = run_process({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_FALSE(result.timed_out);
}

TEST(RunProcess, FeedsInputWhileItReadsOutput) {
  const std::string much(3'000'000, 'x');  // more than pipes hold
  EXPECT_EQ(run_process({"cat"}, much).out, much);
}

TEST(RunProcess, SurvivesAChildThatDoesNotRead) { EXPECT_EQ(run_process({"true"}, std::string(1'000'000, 'x')).exit_code, 0); }

TEST(RunProcess, KillsAtTheTimeLimit) {
  const ProcessResult result = run_process({"sleep", "60"}, {}, 50ms);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.exit_code, 128 + SIGKILL);
}

TEST(RunProcess, KeepsOpenFilesFromTheChild) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);  // as a library opens a socket, without O_CLOEXEC
  const std::string here = "/proc/self/fd/" + std::to_string(ends[0]);
  EXPECT_EQ(run_process({"test", "-e", "/proc/self/fd/0"}).exit_code, 0);
  EXPECT_EQ(run_process({"test", "-e", here}).exit_code, 1);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(RunProcess, SaysWhichProgramIsMissing) {
  try {
    run_process({"no-such-program-here"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), testing::HasSubstr("no-such-program-here"));
  }
}

TEST(ChildProcess, IsReadLineByLineAndEndsBySignal) {
  ChildProcess child({"sh", "-c", "echo $GREETING; echo two; exec sleep 60"}, {{"GREETING", "one"}});
  EXPECT_EQ(child.read_line(5s), "one");
  EXPECT_EQ(child.read_line(5s), "two");
  EXPECT_FALSE(child.poll());
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(5s), 128 + SIGTERM);
}

TEST(ChildProcess, SaysThatItsOutputEnded) {
  ChildProcess child({"true"});
  EXPECT_THROW(child.read_line(5s), Error);
}

}  // namespace upkeep
