#include "base/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "base/note_format.hpp"

namespace upkeep {

TEST(Progress, PrintsNothingWhereThereIsNoTerminal) {
  if (stderr_is_terminal()) GTEST_SKIP() << "stderr is a terminal";
  testing::internal::CaptureStderr();
  {
    Progress progress("epoch", 10);
    for (int i = 0; i <= 10; ++i) progress.update(i, "loss 1");
    progress.finish("done");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Notes, GoToStderrUnlessQuiet) {
  testing::internal::CaptureStderr();
  note("seed 7");
  set_quiet(true);
  note("never");
  set_quiet(false);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "upkeep: seed 7\n");
}

TEST(Notes, AreLinesOfJsonWhereItIsAskedFor) {
  set_note_format(NoteFormat::kJson);
  testing::internal::CaptureStderr();
  note("\"quoted\" and \xff");
  set_note_format(NoteFormat::kText);
  const Json line = Json::parse(testing::internal::GetCapturedStderr());
  EXPECT_EQ(line["message"], "\"quoted\" and \xef\xbf\xbd");
  EXPECT_EQ(line["time"].get<std::string>().back(), 'Z');
}

}  // namespace upkeep
