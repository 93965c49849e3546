#include "base/file_stamp.hpp"

#include <gtest/gtest.h>

#include "base/files.hpp"

namespace upkeep {
namespace {

TEST(FileStamp, ChangesWhenTheFileIsWrittenReplacedOrRemoved) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "file_stamp";
  std::filesystem::create_directories(folder);
  const auto file = folder / "a", other = folder / "b", link = folder / "link";
  write_file(file, "one");
  write_file(other, "two");
  std::filesystem::remove(link);
  std::filesystem::create_symlink("a", link);
  const FileStamp first = file_stamp(link);
  EXPECT_EQ(first, file_stamp(file));
  EXPECT_EQ(first, file_stamp(link));
  write_file(file, "three");
  EXPECT_NE(file_stamp(link), first);
  std::filesystem::remove(link);  // as Kubernetes changes a mounted secret: the link goes elsewhere
  std::filesystem::create_symlink("b", link);
  EXPECT_EQ(file_stamp(link), file_stamp(other));
  std::filesystem::remove(other);
  EXPECT_EQ(file_stamp(link), FileStamp{});
  EXPECT_EQ(file_stamps({file, link}), (std::vector{file_stamp(file), FileStamp{}}));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace upkeep
