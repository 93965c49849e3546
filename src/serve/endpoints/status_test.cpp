#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using StatusTest = ServeTest;

TEST_F(StatusTest, ShowsWhatServesHowBusyItIsAndWhatWentWrong) {
  put("m", shift_model(1));
  put_broken("bad", shift_model(2));
  ask("POST", "/v2/models/m/infer", R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})");
  ask("POST", "/v2/models/m/infer", R"({"inputs":[]})");
  const Json status = json(200, "GET", "/v2/status");
  ASSERT_EQ(status["models"].size(), 2U);
  EXPECT_EQ(status["models"][0]["state"], "UNAVAILABLE");
  EXPECT_EQ(status["models"][1]["name"], "m");
  EXPECT_EQ(status["models"][1]["names"], (Json{"production"}));
  EXPECT_EQ(status["models"][1]["answered"], 1);
  EXPECT_EQ(status["models"][1]["failed"], 1);
  EXPECT_EQ(status["models"][1]["waiting"], 0);
  ASSERT_EQ(status["errors"].size(), 1U);
  EXPECT_EQ(status["errors"][0]["status"], 400);
  EXPECT_THAT(status["errors"][0]["message"].get<std::string>(), testing::HasSubstr("missing"));
}

}  // namespace
}  // namespace upkeep::serve
