#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;
using HealthReadyTest = ServeTest;

TEST_F(HealthReadyTest, IsTrueWhenEveryModelServes) {
  put("m", shift_model(1));
  registry.publish("unpromoted", shift_model(1));
  EXPECT_EQ(json(200, "GET", "/v2/health/ready"), (Json{{"ready", true}, {"live", true}}));
}

TEST_F(HealthReadyTest, IsTrueForARegistryWithNothingToServe) { EXPECT_EQ(ask("GET", "/v2/health/ready").status, 200); }

TEST_F(HealthReadyTest, IsFalseWithTheReasonWhenAModelHasNoVersionThatServes) {
  put("good", shift_model(1));
  put_broken("bad", shift_model(2));
  const Json body = json(503, "GET", "/v2/health/ready");
  EXPECT_EQ(body["ready"], false);
  EXPECT_EQ(body["live"], true);
  EXPECT_THAT(body["error"].get<std::string>(), testing::AllOf(HasSubstr("bad"), HasSubstr("damaged")));
}

TEST_F(HealthReadyTest, IsFalseWhileTheServerShutsDown) {
  put("m", shift_model(1));
  draining = true;
  EXPECT_EQ(json(503, "GET", "/v2/health/ready")["error"], "the server is shutting down");
}

}  // namespace
}  // namespace upkeep::serve
