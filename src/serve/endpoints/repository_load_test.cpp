#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using RepositoryLoadTest = ServeTest;

TEST_F(RepositoryLoadTest, BringsAnUnloadedModelBack) {
  put("m", shift_model(1));
  EXPECT_EQ(ask("POST", "/v2/repository/models/m/unload", "{}").status, 200);
  EXPECT_EQ(ask("GET", "/v2/models/m/ready").status, 503);
  EXPECT_EQ(ask("POST", "/v2/repository/models/m/load", R"({"parameters":{}})").status, 200);
  EXPECT_EQ(ask("GET", "/v2/models/m/ready").status, 200);
}

TEST_F(RepositoryLoadTest, TakesNoFilesOfItsClients) {
  put("m", shift_model(1));
  const std::string body = R"({"parameters":{"config":"{}","file:1/model.onnx":"AAAA"}})";
  EXPECT_THAT(json(501, "POST", "/v2/repository/models/m/load", body)["error"].get<std::string>(), testing::HasSubstr("publish"));
  EXPECT_EQ(ask("POST", "/v2/repository/models/nobody/load").status, 404);
}

}  // namespace
}  // namespace upkeep::serve
