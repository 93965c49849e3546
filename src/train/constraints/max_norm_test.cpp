// Numbers from Keras 3.15: keras.constraints.MaxNorm(...)(w) and so on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "train/constraints/constraint.hpp"

namespace upkeep::constraints {

using testing::HasSubstr;

namespace {

std::vector<float> constrained(const Json& constraint, const Shape& shape, std::vector<float> values) {
  make(constraint)(shape, values);
  return values;
}

std::vector<float> constrained(const Json& constraint) {
  return constrained(constraint, {3, 3}, {1, -2, 0.5f, 3, 0.25f, 0, -0.5f, 1.5f, -4});
}

auto all_near(const std::vector<float>& expected) {
  std::vector<testing::Matcher<float>> each;
  for (const float value : expected) each.push_back(testing::FloatNear(value, 4e-7f * std::abs(value)));
  return testing::ElementsAreArray(each);
}

Json keras_form(const std::string& name, const Json& config) { return {{"class_name", name}, {"config", config}}; }

}  // namespace

TEST(MaxNorm, MatchesKeras) {
  const std::vector<float> by_default = {0.624695063f,  -1.59205961f, 0.248069465f, 1.87408519f, 0.199007452f, 0,
                                         -0.312347531f, 1.19404471f,  -1.98455572f};
  EXPECT_THAT(constrained("max_norm"), all_near(by_default));
  EXPECT_THAT(constrained(keras_form("MaxNorm", {{"max_value", 2}, {"axis", 0}})), all_near(by_default));
  EXPECT_THAT(constrained("max_norm:max_value=1.5,axis=1"), all_near({0.654653668f, -1.30930734f, 0.327326834f, 1.49481869f, 0.124568224f,
                                                                      0, -0.174371451f, 0.523114324f, -1.39497161f}));
  EXPECT_THAT(
      constrained(keras_form("MaxNorm", {{"axis", {0, 1}}})),
      all_near({0.349148631f, -0.698297262f, 0.174574316f, 1.04744589f, 0.0872871578f, 0, -0.174574316f, 0.523722947f, -1.39659452f}));
}

TEST(MaxNorm, MatchesKerasOverAxesThatAreNotNeighbours) {
  EXPECT_THAT(constrained(keras_form("MaxNorm", {{"axis", {0, 2}}}), {2, 2, 2}, {-3, -2, -1, 0, 1, 2, 3, 4}),
              all_near({-1.41421366f, -0.942809105f, -0.392232269f, 0, 0.471404552f, 0.942809105f, 1.17669678f, 1.56892908f}));
}

TEST(UnitNorm, MatchesKeras) {
  EXPECT_THAT(constrained("unit_norm"), all_near({0.312347531f, -0.796029806f, 0.124034733f, 0.937042534f, 0.0995037258f, 0, -0.156173766f,
                                                  0.597022355f, -0.992277861f}));
  EXPECT_THAT(constrained("unit_norm:axis=-1"), all_near({0.436435759f, -0.872871518f, 0.21821788f, 0.996545792f, 0.0830454826f, 0,
                                                          -0.116247639f, 0.348742902f, -0.929981112f}));
}

TEST(MinMaxNorm, MatchesKeras) {
  EXPECT_THAT(constrained("min_max_norm"), all_near({0.312347531f, -0.796029806f, 0.124034733f, 0.937042594f, 0.0995037258f, 0,
                                                     -0.156173766f, 0.597022355f, -0.992277861f}));
  EXPECT_THAT(constrained("min_max_norm:min_value=3,max_value=3.5,rate=0.5,axis=1"),
              all_near({1.15465367f, -2.30930734f, 0.577326834f, 3, 0.25f, 0, -0.453433365f, 1.36030006f, -3.62746692f}));
}

TEST(MaxNorm, LeavesAWeightOfZerosAtZero) { EXPECT_THAT(constrained("unit_norm", {2}, {0, 0}), testing::ElementsAre(0, 0)); }

TEST(Constraints, RefuseWhatIsNone) {
  EXPECT_THROW(make("largest_norm"), Error);
  EXPECT_THROW(make("max_norm:max=3"), Error);
  EXPECT_THROW(make(3), Error);
  EXPECT_THROW(constrained("max_norm:axis=2"), Error);
}

}  // namespace upkeep::constraints
