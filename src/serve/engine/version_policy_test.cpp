#include "serve/engine/version_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "upkeep/error.hpp"

namespace upkeep::serve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::int64_t> kVersions{1, 2, 3, 4};

TEST(VersionPolicy, ServesWhatTheAliasesPointAt) {
  const VersionPolicy policy = version_policy({"production", "canary"}, "alias");
  const WantedVersions wanted = wanted_versions(policy, kVersions, {{"canary", 4}, {"production", 2}, {"other", 1}});
  EXPECT_THAT(wanted.versions, ElementsAre(2, 4));
  EXPECT_EQ(wanted.current, 2);
  EXPECT_EQ(wanted.aliases.at("canary"), 4);
  EXPECT_THAT(wanted_versions(policy, kVersions, {{"other", 1}}).versions, IsEmpty());
  EXPECT_EQ(wanted_versions(policy, kVersions, {{"canary", 4}}).current, 4);
}

TEST(VersionPolicy, ServesTheNewestBesideTheAlias) {
  const VersionPolicy policy = version_policy({"production"}, "latest:2");
  EXPECT_THAT(wanted_versions(policy, kVersions, {{"production", 1}}).versions, ElementsAre(1, 3, 4));
  EXPECT_EQ(wanted_versions(policy, kVersions, {{"production", 1}}).current, 1);
  EXPECT_EQ(wanted_versions(policy, kVersions, {}).current, 4);
  EXPECT_THAT(wanted_versions(policy, {7}, {}).versions, ElementsAre(7));
  EXPECT_THAT(wanted_versions(policy, {}, {}).versions, IsEmpty());
}

TEST(VersionPolicy, ServesAll) {
  const VersionPolicy policy = version_policy({}, "all");
  EXPECT_THAT(wanted_versions(policy, kVersions, {}).versions, ElementsAre(1, 2, 3, 4));
}

TEST(VersionPolicy, SaysWhatIsPossible) {
  for (const char* text : {"", "newest", "latest:", "latest:0", "latest:-1", "latest:two", "latest:1x"})
    EXPECT_THROW(version_policy({}, text), Error) << text;
}

}  // namespace
}  // namespace upkeep::serve
