#include "upkeep/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "upkeep/error.hpp"

namespace upkeep {

TEST(RandomTensors, DependOnTheSeedAlone) {
  EXPECT_EQ(random_uniform({3, 4}, 1), random_uniform({3, 4}, 1));
  EXPECT_FALSE(random_uniform({3, 4}, 1) == random_uniform({3, 4}, 2));
  const Tensor many = random_uniform({1000}, 3);
  for (const float value : many.floats()) EXPECT_TRUE(value >= 0 && value < 1);
  EXPECT_EQ(random_normal({0, 5}, 1).size(), 0);
}

TEST(TensorArithmetic, MultipliesAndAdds) {
  const Tensor a({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}), b({3, 1}, std::vector<float>{1, 0, -1});
  EXPECT_THAT(matmul(a, b).floats(), testing::ElementsAre(-2, -2));
  EXPECT_THAT(add(b, b).floats(), testing::ElementsAre(2, 0, -2));
  EXPECT_THROW(matmul(a, a), Error);
  EXPECT_THROW(add(a, b), Error);
}

}  // namespace upkeep
