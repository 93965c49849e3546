#include "base/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "upkeep/error.hpp"

namespace upkeep {

static std::size_t entries(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

TEST(Files, ReadWhatWasWritten) {
  const TemporaryFolder folder;
  for (const std::string& bytes : {std::string(), std::string("a\0b", 3), std::string(1'000'000, 'x')}) {
    write_file(folder / "f", bytes);
    EXPECT_EQ(read_file(folder / "f"), bytes);
  }
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(Files, RefuseBeyondTheLimitBeforeReading) {
  const TemporaryFolder folder;
  write_file(folder / "f", "12345");
  EXPECT_EQ(read_file(folder / "f", 5), "12345");
  try {
    read_file(folder / "f", 4);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kResourceExhausted);
  }
}

TEST(Files, SayWhatIsMissing) {
  const TemporaryFolder folder;
  try {
    read_file(folder / "none");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), testing::HasSubstr("none"));
  }
  EXPECT_THROW(read_file(folder.path()), Error);
  EXPECT_THROW(write_file(folder.path(), "x"), Error);
  EXPECT_THROW(write_file(folder / "no" / "f", "x"), Error);
}

TEST(Files, AFullDiskLeavesTheOldFile) {
  const TemporaryFolder folder;
  write_file(folder / "f", "old");
  const pid_t child = fork();  // the limit and its signal belong to a process of their own
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small{1000, 1000};
    setrlimit(RLIMIT_FSIZE, &small);
    try {
      write_file(folder / "f", std::string(5000, 'x'));
      _exit(1);
    } catch (const Error& error) {
      _exit(error.code() == ErrorCode::kIo ? 0 : 2);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(Files, KeepThePermissionsOfTheOneTheyReplace) {
  const TemporaryFolder folder;
  write_file(folder / "f", "old");
  chmod((folder / "f").c_str(), 0640);
  write_file(folder / "f", "new");
  struct stat about{};
  stat((folder / "f").c_str(), &about);
  EXPECT_EQ(about.st_mode & 0777U, 0640U);
}

TEST(Files, LeftoversOfTheDeadAreSweptAndThoseOfTheLivingAreNot) {
  const TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    StagedFile dead(folder / "f");
    std::ofstream(dead.path()) << "half";
    _exit(0);
  }
  const StagedFile living(folder / "g");
  std::ofstream(living.path()) << "half";
  waitpid(child, nullptr, 0);
  std::ofstream(folder / "other") << "x";
  EXPECT_EQ(sweep_temporaries(folder.path()), 1U);
  EXPECT_TRUE(std::filesystem::exists(living.path()));
  EXPECT_EQ(entries(folder.path()), 2U);
}

TEST(Files, LeftoversOfWritersThatCannotBeSeenGoByAge) {
  const TemporaryFolder folder;
  const auto elsewhere = folder / ".upkeep-tmp-0123456789abcdef-999999999-0.parquet", older = folder / ".upkeep-tmp-999999999-0";
  for (const auto& file : {elsewhere, older}) std::ofstream(file) << "half";
  EXPECT_EQ(sweep_temporaries(folder.path()), 0U);
  std::filesystem::last_write_time(older, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  EXPECT_EQ(sweep_temporaries(folder.path()), 1U);
  EXPECT_TRUE(std::filesystem::exists(elsewhere));
}

TEST(Files, ANewFileTakesNoNameThatIsTaken) {
  const TemporaryFolder folder;
  write_new_file(folder / "f", "bytes");
  EXPECT_EQ(read_file(folder / "f"), "bytes");
  EXPECT_THROW(write_new_file(folder / "f", "other"), Error);
  EXPECT_EQ(read_file(folder / "f"), "bytes");
  EXPECT_THROW(write_new_file(folder / "nowhere" / "f", "bytes"), Error);
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(StagedFile, TakesItsNameOnlyWhenItIsPublished) {
  const TemporaryFolder folder;
  write_file(folder / "f.csv", "old");
  {
    const StagedFile staged(folder / "f.csv");
    std::ofstream(staged.path()) << "half";
    EXPECT_EQ(staged.path().extension(), ".csv");
  }
  EXPECT_EQ(read_file(folder / "f.csv"), "old");
  StagedFile staged(folder / "f.csv");
  std::ofstream(staged.path()) << "new";
  staged.publish();
  EXPECT_EQ(read_file(folder / "f.csv"), "new");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(FileLock, KeepsASecondOneOutUntilItEnds) {
  const TemporaryFolder folder;
  {
    const FileLock held(folder / "lock");
    EXPECT_FALSE(FileLock::try_lock(folder / "lock"));
  }
  EXPECT_TRUE(FileLock::try_lock(folder / "lock"));
}

TEST(TemporaryFolder, IsGoneAtTheEnd) {
  std::filesystem::path path;
  {
    const TemporaryFolder folder;
    path = folder.path();
    write_file(folder / "f", "x");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(StagedFolder, PublishesAllFilesAndLeavesNoTrace) {
  const TemporaryFolder folder;
  write_file(folder / "model", "old");
  {
    StagedFolder staged(folder / "model");
    write_file(staged.path(), "new");
    write_file(staged.path().parent_path() / "model.data", "weights");
    EXPECT_EQ(read_file(folder / "model"), "old");
    EXPECT_EQ(staged.publish(), std::vector<std::string>{"model.data"});
  }
  EXPECT_EQ(read_file(folder / "model"), "new");
  EXPECT_EQ(read_file(folder / "model.data"), "weights");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator()), 2);
}

TEST(StagedFolder, LeavesEverythingAsItWasWithoutAPublish) {
  const TemporaryFolder folder;
  {
    StagedFolder staged(folder / "model");
    write_file(staged.path().parent_path() / "model.data", "weights");
    EXPECT_THROW(staged.publish(), Error);  // there is no model yet
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace upkeep
