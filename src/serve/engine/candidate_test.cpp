#include "serve/engine/candidate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "base/files.hpp"

namespace upkeep::serve {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

// What a check by this shell script, which finds the file in $3, ends with.
std::string candidate_refusal(const std::string& script, const CandidateCheck& limits = {}, std::string_view bytes = "a model") {
  const TemporaryFolder folder;
  write_file(folder / "model", bytes);
  CandidateCheck check = limits;
  check.command = {"/bin/sh", "-c", script, "sh"};
  return message_of([&] { check_candidate(check, folder / "model"); });
}

}  // namespace

TEST(CheckCandidate, PassesTheFileToTheCommand) {
  EXPECT_EQ(candidate_refusal("test \"$(cat \"$3\")\" = 'a model'"), "no error");
  EXPECT_NE(candidate_refusal("test \"$(cat \"$3\")\" = 'another'"), "no error");
}

TEST(CheckCandidate, GivesTheCommandsReason) {
  EXPECT_EQ(candidate_refusal("echo 'upkeep: a note' >&2; echo 'upkeep: no such operator: Foo' >&2; exit 1"), "no such operator: Foo");
}

TEST(CheckCandidate, EndsWhatTakesTooLong) {
  EXPECT_THAT(candidate_refusal("exec sleep 600", {.time = 100ms}), HasSubstr("longer than 0.1 s"));
}

TEST(CheckCandidate, SurvivesACrash) {
  EXPECT_THAT(candidate_refusal("kill -SEGV $$"), HasSubstr("crashes (signal 11)"));
  EXPECT_THAT(candidate_refusal("kill -KILL $$"), HasSubstr("memory ran out"));
}

TEST(CheckCandidate, LimitsTheMemory) {
  EXPECT_EQ(candidate_refusal("test \"$1 $2\" = '--memory-mb 96'", {.memory_mb = 96}), "no error");
  const std::string large(std::size_t{3} << 20U, 'x');
  EXPECT_EQ(candidate_refusal("test $2 = 108", {.memory_mb = 96}, large), "no error");
}

TEST(CheckCandidate, IsLeftOutWithoutACommand) {
  EXPECT_EQ(message_of([] { check_candidate({}, "/nowhere"); }), "no error");
}

}  // namespace upkeep::serve
