#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;
using ModelMetadataTest = ServeTest;

TEST_F(ModelMetadataTest, DescribesInputsAndOutputs) {
  put("m", shift_model(1));
  EXPECT_EQ(json(200, "GET", "/v2/models/m"), Json::parse(R"({"name":"m","versions":["1"],"platform":"onnx_onnxv1",
    "inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1,2]}]})"));
  EXPECT_EQ(ask("GET", "/v2/models/m/versions/1").status, 200);
}

TEST_F(ModelMetadataTest, ListsTheVersionsThatAnswer) {
  put("m", shift_model(1));
  put("m", shift_model(2));
  start(nullptr, {.versions = version_policy({"production"}, "all")});
  EXPECT_EQ(json(200, "GET", "/v2/models/m")["versions"], (Json{"1", "2"}));
}

TEST_F(ModelMetadataTest, AnUnknownModelOrVersionIs404WithTheCandidates) {
  put("diabetes", shift_model(1));
  EXPECT_THAT(json(404, "GET", "/v2/models/diabets")["error"].get<std::string>(), HasSubstr("diabetes"));
  EXPECT_THAT(json(404, "GET", "/v2/models/diabetes/versions/9")["error"].get<std::string>(),
              HasSubstr("no version \"9\" loaded (loaded: 1, production = 1)"));
  EXPECT_EQ(ask("GET", "/v2/models/diabetes/versions/01").status, 404);
}

}  // namespace
}  // namespace upkeep::serve
