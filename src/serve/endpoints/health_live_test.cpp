#include "serve/fixture.hpp"

namespace upkeep::serve {

using HealthLiveTest = ServeTest;

TEST_F(HealthLiveTest, IsTrueWhateverTheModelsDo) {
  put_broken("m", shift_model(1));
  draining = true;
  EXPECT_EQ(json(200, "GET", "/v2/health/live"), (Json{{"live", true}}));
}

}  // namespace upkeep::serve
