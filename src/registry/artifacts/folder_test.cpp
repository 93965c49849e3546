#include "registry/artifacts/artifacts.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "base/files.hpp"
#include "upkeep/error.hpp"

namespace upkeep::artifacts {

// FIPS 180-4, the example of one block: "abc".
static const std::string kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static std::filesystem::path path(const TemporaryFolder& folder, const std::string& digest) {
  return folder / "blobs" / "sha256" / digest.substr(0, 2) / digest;
}

static void overwrite(const std::filesystem::path& file, std::string_view bytes) { std::ofstream(file, std::ios::binary) << bytes; }

TEST(ArtifactFolder, AreNamedByTheirContent) {
  const TemporaryFolder folder;
  const std::unique_ptr<Artifacts> blobs = open((folder / "blobs").string());
  EXPECT_EQ(blobs->put("abc"), kAbc);
  EXPECT_EQ(blobs->put("abc"), kAbc);
  EXPECT_EQ(blobs->get(kAbc), "abc");
  EXPECT_TRUE(std::filesystem::exists(path(folder, kAbc)));
}

TEST(ArtifactFolder, NoticeOneFlippedBitATruncationAndAnAbsence) {
  const TemporaryFolder folder;
  const std::unique_ptr<Artifacts> blobs = open((folder / "blobs").string());
  blobs->put("abc");
  for (const std::string_view damage : {"abb", "ab", ""}) {
    overwrite(path(folder, kAbc), damage);
    EXPECT_THROW(blobs->get(kAbc), Error);
    EXPECT_NE(blobs->problem(kAbc), "");
  }
  std::filesystem::remove(path(folder, kAbc));
  EXPECT_THROW(blobs->get(kAbc), Error);
  EXPECT_NE(blobs->problem(kAbc).find("missing"), std::string::npos);
}

TEST(ArtifactFolder, PuttingTheSameBytesRepairsADamagedFile) {
  const TemporaryFolder folder;
  const std::unique_ptr<Artifacts> blobs = open((folder / "blobs").string());
  blobs->put("abc");
  overwrite(path(folder, kAbc), "xyz");
  blobs->put("abc");
  EXPECT_EQ(blobs->problem(kAbc), "");
}

TEST(ArtifactFolder, SweepingKeepsWhatIsReferredToAndWhatIsYoung) {
  const TemporaryFolder folder;
  const std::unique_ptr<Artifacts> blobs = open((folder / "blobs").string());
  const std::string kept = blobs->put("kept"), young = blobs->put("young"), orphan = blobs->put("orphan");
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(48);
  std::filesystem::last_write_time(path(folder, kept), long_ago);
  std::filesystem::last_write_time(path(folder, orphan), long_ago);
  EXPECT_EQ(blobs->sweep({kept}, std::chrono::hours(24)), 1U);
  EXPECT_EQ(blobs->problem(kept), "");
  EXPECT_EQ(blobs->problem(young), "");
  EXPECT_FALSE(std::filesystem::exists(path(folder, orphan)));
}

}  // namespace upkeep::artifacts
