#include "registry/address.hpp"

#include <gtest/gtest.h>

namespace upkeep {

TEST(RegistryAddress, IsTakenForAPathUnlessItHasAScheme) {
  EXPECT_EQ(scheme_of("reg"), "");
  EXPECT_EQ(scheme_of("../a:b/reg"), "");
  EXPECT_EQ(scheme_of("sqlite:reg/registry.sqlite3"), "sqlite");
  EXPECT_EQ(scheme_of("postgresql:///models"), "postgresql");
  EXPECT_EQ(path_of("sqlite:reg/x.sqlite3"), "reg/x.sqlite3");
  EXPECT_EQ(path_of("file:///srv/artefacts"), "/srv/artefacts");
  EXPECT_EQ(path_of("/srv/a"), "/srv/a");
}

TEST(RegistryAddress, IsShownWithoutPasswords) {
  EXPECT_EQ(without_secrets("postgresql://ann:s3cret@db/models?sslmode=require"), "postgresql://ann:***@db/models?sslmode=require");
  EXPECT_EQ(without_secrets("postgresql://ann@db/models?password=s3cret&connect_timeout=1"),
            "postgresql://ann@db/models?password=***&connect_timeout=1");
  EXPECT_EQ(without_secrets("postgresql://ann@db:5433/models"), "postgresql://ann@db:5433/models");
  EXPECT_EQ(without_secrets("s3://KEY:SECRET@bucket/a"), "s3://KEY:***@bucket/a");
  EXPECT_EQ(without_secrets("reg"), "reg");
}

}  // namespace upkeep
