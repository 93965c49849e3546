#include "registry/tar.hpp"

#include <gtest/gtest.h>

#include "base/files.hpp"
#include "base/process.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

TEST(Tar, IsReadByTheProgramOfThatName) {
  const TemporaryFolder folder;
  TarWriter writer(folder / "a.tar");
  writer.add("x/one.txt", "first");
  writer.add("two", std::string(1000, 'z'));
  writer.finish();
  const ProcessResult ran = run_process({"tar", "-xf", (folder / "a.tar").string(), "-C", folder.path().string()});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(read_file(folder / "x/one.txt"), "first");
  EXPECT_EQ(read_file(folder / "two"), std::string(1000, 'z'));
}

TEST(Tar, ReadsWhatThatProgramWrote) {
  const TemporaryFolder folder;
  write_file(folder / "one", "first");
  write_file(folder / "two", std::string(512, 'b'));
  ASSERT_EQ(
      run_process({"tar", "--format=ustar", "-cf", (folder / "a.tar").string(), "-C", folder.path().string(), "one", "two"}).exit_code, 0);
  TarReader reader(folder / "a.tar");
  EXPECT_EQ(reader.next()->name, "one");
  EXPECT_EQ(reader.next()->name, "two");  // passing over the first
  EXPECT_EQ(reader.read(), std::string(512, 'b'));
  EXPECT_FALSE(reader.next());
}

TEST(Tar, ThatClaimsMoreThanThereIsIsRefusedBeforeMemoryIsSpent) {
  const TemporaryFolder folder;
  TarWriter writer(folder / "a.tar");
  writer.add("one", "first");
  writer.finish();
  std::string bytes = read_file(folder / "a.tar");
  write_file(folder / "cut.tar", bytes.substr(0, 700));
  TarReader cut(folder / "cut.tar");
  ASSERT_TRUE(cut.next());
  EXPECT_THROW(cut.read(), Error);
  bytes[130] = '7';
  write_file(folder / "changed.tar", bytes);
  EXPECT_THROW(TarReader(folder / "changed.tar").next(), Error);
}

}  // namespace
}  // namespace upkeep
