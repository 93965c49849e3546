#include "serve/fixture.hpp"

namespace upkeep::serve {

using LogSettingsTest = ServeTest;

TEST_F(LogSettingsTest, AreReadAndNotChanged) {
  const Json settings = json(200, "GET", "/v2/logging");
  EXPECT_EQ(settings["log_file"], "");
  EXPECT_EQ(json(200, "POST", "/v2/logging", R"({"log_info": true, "log_verbose_level": 0})"), settings);
  EXPECT_EQ(json(501, "POST", "/v2/logging", R"({"log_file": "/etc/passwd"})")["error"],
            "setting \"log_file\" is chosen when the server is started");
  json(400, "POST", "/v2/logging", R"({"log_fil": ""})");
  json(400, "POST", "/v2/logging", "[]");
}

}  // namespace upkeep::serve
