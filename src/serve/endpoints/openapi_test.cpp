#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using OpenApiTest = ServeTest;

TEST_F(OpenApiTest, DescribesEveryPathOfTheServer) {
  const Json document = json(200, "GET", "/openapi.json");
  EXPECT_EQ(document["openapi"], "3.1.0");
  std::set<std::string> operations;
  for (const endpoints::Endpoint& endpoint : endpoints::catalog())
    for (const std::string& path : endpoint.paths) {
      ASSERT_TRUE(document["paths"].contains(path)) << path;
      for (const auto& [_, operation] : document["paths"][path].items()) operations.insert(operation["operationId"].get<std::string>());
    }
  EXPECT_THAT(operations, testing::IsSupersetOf({"infer", "infer-2", "health-live", "openapi"}));
  const Json infer = document["paths"]["/v2/models/{model}/infer"]["post"];
  EXPECT_EQ(infer["parameters"][0]["name"], "model");
  EXPECT_TRUE(infer["requestBody"]["required"].get<bool>());
  EXPECT_EQ(document["paths"]["/v2/health/live"]["get"]["security"], Json::array());
}

}  // namespace
}  // namespace upkeep::serve
