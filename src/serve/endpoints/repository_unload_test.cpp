#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using RepositoryUnloadTest = ServeTest;

TEST_F(RepositoryUnloadTest, TakesAModelAwayAndSaysSo) {
  put("m", shift_model(1));
  put("other", shift_model(1));
  EXPECT_EQ(ask("POST", "/v2/repository/models/m/unload", R"({"parameters":{"unload_dependents":false}})").status, 200);
  EXPECT_EQ(ask("GET", "/v2/models/m/ready").status, 503);
  EXPECT_EQ(ask("GET", "/v2/models/other/ready").status, 200);
  EXPECT_EQ(ask("GET", "/v2/health/ready").status, 200);
  const Json index = json(200, "POST", "/v2/repository/index");
  EXPECT_EQ(index[0], Json::parse(R"({"name":"m","state":"UNAVAILABLE","reason":"unloaded"})"));
  EXPECT_EQ(ask("POST", "/v2/repository/models/nobody/unload").status, 404);
}

}  // namespace
}  // namespace upkeep::serve
