#include "serve/http2/allowance.hpp"

namespace upkeep::serve {

using namespace std::chrono_literals;

TEST(Allowance, GivesABurstAndThenSoManyPerSecond) {
  Allowance allowance(3, 2);
  const Allowance::Time start{1h};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.spend(start));
  EXPECT_FALSE(allowance.spend(start));
  EXPECT_TRUE(allowance.spend(start + 500ms));
  EXPECT_FALSE(allowance.spend(start + 500ms));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.spend(start + 1h));
  EXPECT_FALSE(allowance.spend(start + 1h));  // what is not used is not saved up
}

}  // namespace upkeep::serve
