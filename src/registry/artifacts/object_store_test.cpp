#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/artifacts/artifacts.hpp"
#include "registry/servers_testing.hpp"

namespace upkeep::artifacts {
namespace {

using testing::HasSubstr;
using testing_servers::ObjectStore;

// FIPS 180-4, the example of one block: "abc".
const std::string kDigest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class ObjectStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!ObjectStore::server().is_there()) GTEST_SKIP() << "needs moto: scripts/bootstrap installs it";
    prefix = ObjectStore::server().new_prefix();
    objects = open(ObjectStore::server().uri(prefix));
  }

  std::string prefix;
  std::unique_ptr<Artifacts> objects;
};

TEST_F(ObjectStoreTest, NamesObjectsByTheirContent) {
  EXPECT_EQ(objects->put("abc"), kDigest);
  EXPECT_EQ(objects->put("abc"), kDigest);
  EXPECT_EQ(objects->get(kDigest), "abc");
  EXPECT_TRUE(ObjectStore::server().ask("GET", "/upkeep/" + prefix + "/sha256/ba/" + kDigest));
  EXPECT_EQ(objects->file(kDigest), std::nullopt);
}

TEST_F(ObjectStoreTest, NoticesAndRepairsWhatIsDamagedOrMissing) {
  EXPECT_FALSE(objects->has(kDigest));
  EXPECT_THAT(objects->problem(kDigest), HasSubstr("missing"));
  objects->put("abc");
  ASSERT_TRUE(ObjectStore::server().ask("PUT", "/upkeep/" + prefix + "/sha256/ba/" + kDigest, "ab"));
  EXPECT_THAT(objects->problem(kDigest), HasSubstr("damaged"));
  EXPECT_THROW(objects->get(kDigest), Error);
  objects->put("abc");
  EXPECT_EQ(objects->problem(kDigest), "");
}

TEST_F(ObjectStoreTest, CarriesMoreThanOneRequestHolds) {
  std::string large(std::size_t{12} << 20, 'x');
  for (std::size_t at = 0; at < large.size(); at += 4096) large[at] = static_cast<char>('a' + at / 4096 % 26);
  EXPECT_EQ(objects->get(objects->put(large)), large);
}

TEST_F(ObjectStoreTest, SweepsWhatNobodyRefersTo) {
  const std::string kept = objects->put("kept"), orphan = objects->put("orphan");
  EXPECT_EQ(objects->sweep({kept}, std::chrono::hours(1)), 0U);
  EXPECT_EQ(objects->sweep({kept}, std::chrono::seconds(-60)), 1U);
  EXPECT_TRUE(objects->has(kept));
  EXPECT_FALSE(objects->has(orphan));
}

TEST_F(ObjectStoreTest, ThatDoesNotAnswerIsNamedWithoutItsKeys) {
  try {
    open("s3://KEY:SECRET@upkeep/x?endpoint_override=127.0.0.1:1&scheme=http&region=us-east-1")->get(kDigest);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_THAT(error.what(), HasSubstr("s3://upkeep/x"));
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("SECRET")));
  }
}

TEST(ArtifactsUri, OfAnUnknownKindIsAnsweredWithTheCandidates) {
  try {
    open("ftp://host/x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("s3"));
  }
}

}  // namespace
}  // namespace upkeep::artifacts
