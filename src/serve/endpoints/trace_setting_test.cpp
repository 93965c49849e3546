#include "serve/fixture.hpp"

namespace upkeep::serve {

using TraceSettingTest = ServeTest;

TEST_F(TraceSettingTest, AreReadAndNotChanged) {
  put("m", shift_model(1));
  const Json settings = json(200, "GET", "/v2/trace/setting");
  EXPECT_EQ(settings["trace_level"], Json::array({"OFF"}));
  EXPECT_EQ(json(200, "GET", "/v2/models/m/trace/setting"), settings);
  json(404, "GET", "/v2/models/nobody/trace/setting");
  EXPECT_EQ(json(200, "POST", "/v2/trace/setting", R"({"trace_level": "OFF", "trace_file": null})"), settings);
  EXPECT_EQ(json(501, "POST", "/v2/models/m/trace/setting", R"({"trace_level": ["TIMESTAMPS"]})")["error"],
            "setting \"trace_level\" is chosen when the server is started");
}

}  // namespace upkeep::serve
