#include "base/zip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "base/files.hpp"

namespace upkeep {
namespace {

class Zip : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& bytes) const {
    write_file(folder.path() / "a.zip", bytes);
    return folder.path() / "a.zip";
  }
  TemporaryFolder folder;
};

TEST_F(Zip, GivesBackWhatWasPacked) {
  const std::string long_text(100'000, 'x');
  ZipWriter writer;
  writer.add("config.json", "{}");
  writer.add("deep/down", long_text);
  writer.add("nothing", "");
  const ZipReader reader(write(writer.finish()));
  ASSERT_EQ(reader.entries().size(), 3U);
  EXPECT_EQ(reader.entries()[1].name, "deep/down");
  EXPECT_EQ(reader.entries()[1].size, long_text.size());
  EXPECT_EQ(reader.read("config.json", 10), "{}");
  EXPECT_EQ(reader.read("deep/down", long_text.size()), long_text);
  EXPECT_EQ(reader.read("nothing", 0), "");
}

TEST_F(Zip, GivesEqualBytesForEqualEntries) {
  const auto packed = [] {
    ZipWriter writer;
    writer.add("a", "1");
    return writer.finish();
  };
  EXPECT_EQ(packed(), packed());
}

TEST_F(Zip, RefusesMoreThanTheLimitBeforeItReads) {
  ZipWriter writer;
  writer.add("a", "four");
  const ZipReader reader(write(writer.finish()));
  EXPECT_THAT(message_of([&] { reader.read("a", 3); }), testing::HasSubstr("entry \"a\": it has 4 bytes; the limit is 3"));
  EXPECT_THAT(message_of([&] { reader.read("b", 3); }), testing::HasSubstr("no \"b\""));
}

TEST_F(Zip, NoticesDamage) {
  ZipWriter writer;
  writer.add("a", "some text");
  std::string bytes = writer.finish();
  bytes[bytes.find("some")] = 'S';
  const ZipReader damaged(write(bytes));
  EXPECT_THAT(message_of([&] { damaged.read("a", 100); }), testing::HasSubstr("entry \"a\": it is damaged"));
  EXPECT_THAT(message_of([&] { ZipReader(write("PK no archive")); }), testing::HasSubstr("no readable zip archive"));
}

// The same name twice: which of them counts is another question to every reader.
TEST_F(Zip, RefusesTwoEntriesOfOneName) {
  ZipWriter writer;
  writer.add("config.json", "1");
  writer.add("confiG.json", "2");
  std::string bytes = writer.finish();
  for (std::size_t at = 0; (at = bytes.find("confiG", at)) != std::string::npos;) bytes[at + 5] = 'g';
  EXPECT_THAT(message_of([&] { ZipReader(write(bytes)); }), testing::HasSubstr("two entries \"config.json\""));
}

// An entry that claims a size that its stored bytes cannot have.
TEST_F(Zip, RefusesImpossibleSizes) {
  ZipWriter writer;
  writer.add("bomb", "tick");
  std::string bytes = writer.finish();
  const std::size_t directory = bytes.find("PK\x01\x02");
  bytes[directory + 24 + 3] = '\x40';  // the unpacked size, of four bytes, becomes a gigabyte
  const ZipReader reader(write(bytes));
  EXPECT_THAT(message_of([&] { reader.read("bomb", std::uint64_t{1} << 40U); }), testing::HasSubstr("it claims 1073741828 bytes out of 4"));
}

}  // namespace
}  // namespace upkeep
