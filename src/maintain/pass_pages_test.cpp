#include "maintain/pass_pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::size_t pages_in(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) count += file.path().extension() == ".html";
  return count;
}

TEST(PassPages, KeepsAPageForEachPassThatSaysSomethingNew) {
  const TemporaryFolder folder;
  const TimePoint start(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31));
  MaintainResult result{.model = "m", .alias = "production", .outcome = Outcome::kQuiet, .reason = "nothing <new>"};
  keep_pass(folder / "pass.html", result, start);
  keep_pass(folder / "pass.html", result, start + std::chrono::minutes(1));
  EXPECT_EQ(pages_in(folder / "pass"), 1U);
  result.outcome = Outcome::kFailed;
  result.events = {7};
  keep_pass(folder / "pass.html", result, start + std::chrono::minutes(2));
  EXPECT_EQ(pages_in(folder / "pass"), 2U);
  const std::string index = read_file(folder / "pass.html");
  EXPECT_THAT(index, AllOf(HasSubstr("href=\"pass/20260131T000200"), HasSubstr("href=\"pass/20260131T000100"),
                           Not(HasSubstr("href=\"pass/20260131T000000")), HasSubstr("nothing &lt;new&gt;")));
  EXPECT_LT(index.find("failed"), index.find("quiet"));  // newest first
}

}  // namespace
}  // namespace upkeep
