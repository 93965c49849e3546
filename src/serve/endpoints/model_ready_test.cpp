#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using ModelReadyTest = ServeTest;

TEST_F(ModelReadyTest, SaysWhetherTheModelWouldAnswer) {
  put("m", shift_model(1));
  put_broken("bad", shift_model(2));
  EXPECT_EQ(json(200, "GET", "/v2/models/m/ready"), (Json{{"name", "m"}, {"ready", true}}));
  EXPECT_EQ(json(200, "GET", "/v2/models/m/versions/1/ready")["ready"], true);
  EXPECT_EQ(json(503, "GET", "/v2/models/bad/ready")["ready"], false);
  EXPECT_EQ(ask("GET", "/v2/models/none/ready").status, 404);
  EXPECT_EQ(ask("GET", "/v2/models/m/versions/2/ready").status, 404);
}

}  // namespace
}  // namespace upkeep::serve
