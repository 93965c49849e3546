#include "registry/blobs.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "base/files.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

// FIPS 180-4, the example of one block: "abc".
static const std::string kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void overwrite(const std::filesystem::path& file, std::string_view bytes) { std::ofstream(file, std::ios::binary) << bytes; }

TEST(Blobs, AreNamedByTheirContent) {
  const TemporaryFolder folder;
  const Blobs blobs(folder / "blobs");
  EXPECT_EQ(blobs.put("abc"), kAbc);
  EXPECT_EQ(blobs.put("abc"), kAbc);
  EXPECT_EQ(blobs.get(kAbc), "abc");
  EXPECT_TRUE(std::filesystem::exists(folder / "blobs" / "ba" / kAbc));
}

TEST(Blobs, NoticeOneFlippedBitATruncationAndAnAbsence) {
  const TemporaryFolder folder;
  const Blobs blobs(folder / "blobs");
  blobs.put("abc");
  for (const std::string_view damage : {"abb", "ab", ""}) {
    overwrite(blobs.path(kAbc), damage);
    EXPECT_THROW(blobs.get(kAbc), Error);
    EXPECT_NE(blobs.problem(kAbc), "");
  }
  std::filesystem::remove(blobs.path(kAbc));
  EXPECT_THROW(blobs.get(kAbc), Error);
  EXPECT_NE(blobs.problem(kAbc).find("missing"), std::string::npos);
}

TEST(Blobs, PuttingTheSameBytesRepairsADamagedFile) {
  const TemporaryFolder folder;
  const Blobs blobs(folder / "blobs");
  blobs.put("abc");
  overwrite(blobs.path(kAbc), "xyz");
  blobs.put("abc");
  EXPECT_EQ(blobs.problem(kAbc), "");
}

TEST(Blobs, SweepingKeepsWhatIsReferredToAndWhatIsYoung) {
  const TemporaryFolder folder;
  const Blobs blobs(folder / "blobs");
  const std::string kept = blobs.put("kept"), young = blobs.put("young"), orphan = blobs.put("orphan");
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(48);
  std::filesystem::last_write_time(blobs.path(kept), long_ago);
  std::filesystem::last_write_time(blobs.path(orphan), long_ago);
  blobs.sweep({kept});
  EXPECT_EQ(blobs.problem(kept), "");
  EXPECT_EQ(blobs.problem(young), "");
  EXPECT_FALSE(std::filesystem::exists(blobs.path(orphan)));
}

}  // namespace upkeep
