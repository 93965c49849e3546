#include "serve/access/audit.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/files.hpp"
#include "base/json.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {
namespace {

TEST(Audit, WritesALineThatSurvivesRotation) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "audit.jsonl";
  const ManualClock clock(time_from_iso8601("2026-01-31T12:00:00Z"));
  const Audit audit(file, clock);
  audit.write(
      {.caller = "op\"s", .address = "10.0.0.1", .request_id = "r\xff", .action = "repository-unload", .model = "m\n", .status = 403});
  std::filesystem::rename(file, folder.path() / "audit.1");
  audit.write({.action = "repository-load", .status = 200});
  const std::string first = read_file(folder.path() / "audit.1");
  EXPECT_EQ(std::ranges::count(first, '\n'), 1);
  const Json line = Json::parse(first);
  EXPECT_EQ(line["time"], "2026-01-31T12:00:00.000000Z");
  EXPECT_EQ(line["caller"], "op\"s");
  EXPECT_EQ(line["model"], "m\n");
  EXPECT_EQ(line["status"], 403);
  EXPECT_EQ(line["action"], "repository-unload");
  EXPECT_EQ(Json::parse(read_file(file))["action"], "repository-load");
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(Audit, SaysAtOnceThatItsFileCannotBeWritten) { EXPECT_THROW(Audit("/nowhere/audit.jsonl"), Error); }

}  // namespace
}  // namespace upkeep::serve
