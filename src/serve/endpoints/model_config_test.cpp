#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using ModelConfigTest = ServeTest;

TEST_F(ModelConfigTest, HasWholeShapesAndNoServerSideBatching) {
  put("m", shift_model(1));
  put("s", identity_model(DType::kString));
  const Json config = json(200, "GET", "/v2/models/m/config");
  EXPECT_EQ(config["name"], "m");
  EXPECT_EQ(config["max_batch_size"], 0);
  EXPECT_EQ(config["input"], Json::parse(R"([{"name":"x","data_type":"TYPE_FP32","dims":[-1,2]}])"));
  EXPECT_EQ(config["output"], Json::parse(R"([{"name":"y","data_type":"TYPE_FP32","dims":[-1,2]}])"));
  EXPECT_EQ(json(200, "GET", "/v2/models/s/versions/1/config")["input"][0]["data_type"], "TYPE_STRING");
  EXPECT_EQ(ask("GET", "/v2/models/none/config").status, 404);
}

}  // namespace
}  // namespace upkeep::serve
