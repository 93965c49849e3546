#include <gmock/gmock.h>

#include "optimize/factorize/factorize.hpp"
#include "optimize/structure/function_preserving_testing.hpp"

namespace upkeep {

using structure::largest_difference;
using structure::model_with_life;
using testing::ElementsAre;

namespace {

Model of_two_components(const std::string& window) {
  Model model = model_with_life("layers: [{input: {shape: [8, 8, 6]}}, {conv2d: {filters: 12, kernel_size: 3, activation: relu, " + window +
                                    "}}, {flatten: {}}, {dense: {units: 2}}]",
                                1);
  Random random(5);
  std::vector<double> s(9 * 2), a(6 * 2), b(12 * 2);
  for (auto* list : {&s, &a, &b})
    for (double& value : *list) value = 0.5 * random.normal();
  std::vector<float> values;
  for (std::size_t k = 0; k < 9; ++k)
    for (std::size_t i = 0; i < 6; ++i)
      for (std::size_t o = 0; o < 12; ++o)
        values.push_back(static_cast<float>(s[k * 2] * a[i * 2] * b[o * 2] + s[k * 2 + 1] * a[i * 2 + 1] * b[o * 2 + 1]));
  *model.graph.initializer("conv2d/kernel") = Tensor({3, 3, 6, 12}, std::move(values));
  return model;
}

}  // namespace

TEST(CpFactors, KeepTheAnswersOfKernelsOfThatRank) {
  for (const std::string window : {"padding: same, strides: 2", "padding: valid"}) {
    const Model before = of_two_components(window);
    Model made = before;
    const Change change = factorize(made, parse_named("cp:rank=2,iterations=300,layers=conv2d"));
    EXPECT_LT(change.facts["layers"][0]["error"].get<double>(), 1e-4) << window;
    EXPECT_EQ(change.facts["parameters"], 2 * (9 + 6 + 12));
    EXPECT_LE(largest_difference(before, made, 1), 1e-3) << window;
    EXPECT_EQ(architecture_of(made).layer("conv2d_factor_1").kind, "depthwise_conv2d");
  }
}

TEST(CpFactors, TakeTheRankThatTheEnergyNeeds) {
  Model model = of_two_components("padding: same");
  const Change change = factorize(model, parse_named("cp:energy=0.99,layers=conv2d"));
  EXPECT_THAT(change.facts["layers"][0]["ranks"], ElementsAre(4));
  EXPECT_LE(change.facts["layers"][0]["error"].get<double>(), 0.1);
}

}  // namespace upkeep
