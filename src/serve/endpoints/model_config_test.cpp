#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using ModelConfigTest = ServeTest;

TEST_F(ModelConfigTest, LeavesAnOpenFirstAxisToTheBatch) {
  put("m", shift_model(1));
  put("s", identity_model(DType::kString));
  const Json config = json(200, "GET", "/v2/models/m/config");
  EXPECT_EQ(config["name"], "m");
  EXPECT_EQ(config["max_batch_size"], 64);
  EXPECT_EQ(config["input"], Json::parse(R"([{"name":"x","data_type":"TYPE_FP32","dims":[2]}])"));
  EXPECT_EQ(config["output"], Json::parse(R"([{"name":"y","data_type":"TYPE_FP32","dims":[2]}])"));
  EXPECT_TRUE(config.contains("dynamic_batching"));
  EXPECT_EQ(json(200, "GET", "/v2/models/s/versions/1/config")["input"][0]["data_type"], "TYPE_STRING");
  EXPECT_EQ(ask("GET", "/v2/models/none/config").status, 404);
}

TEST_F(ModelConfigTest, HasWholeShapesWhereTheFirstAxisIsFixed) {
  Model model;
  Ops ops(model);
  ops.output(ops.add(ops.input("x", DType::kFloat32, {1, 2}), 1.0F), "y");
  put("fixed", model);
  const Json config = json(200, "GET", "/v2/models/fixed/config");
  EXPECT_EQ(config["max_batch_size"], 0);
  EXPECT_EQ(config["input"][0]["dims"], (Json{1, 2}));
  EXPECT_FALSE(config.contains("dynamic_batching"));
}

}  // namespace
}  // namespace upkeep::serve
