#include <gmock/gmock.h>

#include "optimize/factorize/factorize.hpp"
#include "optimize/structure/function_preserving_testing.hpp"

namespace upkeep {

using structure::largest_difference;
using structure::model_with_life;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

// W[s, i, o] = sum of G[s, a, b] U[i, a] V[o, b], of 2 channels and 3 filters.
Tensor of_two_and_three(const Shape& shape) {
  Random random(5);
  const std::size_t places = static_cast<std::size_t>(element_count(Shape(shape.begin(), shape.end() - 2)));
  const auto in = static_cast<std::size_t>(shape[shape.size() - 2]), out = static_cast<std::size_t>(shape.back());
  std::vector<double> g(places * 6), u(in * 2), v(out * 3);
  for (auto* list : {&g, &u, &v})
    for (double& value : *list) value = 0.4 * random.normal();
  std::vector<float> values;
  for (std::size_t s = 0; s < places; ++s)
    for (std::size_t i = 0; i < in; ++i)
      for (std::size_t o = 0; o < out; ++o) {
        double sum = 0;
        for (std::size_t a = 0; a < 2; ++a)
          for (std::size_t b = 0; b < 3; ++b) sum += g[(s * 2 + a) * 3 + b] * u[i * 2 + a] * v[o * 3 + b];
        values.push_back(static_cast<float>(sum));
      }
  return Tensor(shape, std::move(values));
}

}  // namespace

TEST(TuckerFactors, KeepTheAnswersOfKernelsOfTheirRanks) {
  for (const std::string window : {"padding: same, strides: 2", "padding: valid", "padding: same, dilation_rate: 2"}) {
    Model before = model_with_life("layers: [{input: {shape: [8, 8, 6]}}, {conv2d: {filters: 12, kernel_size: 3, activation: relu, " +
                                       window + "}}, {flatten: {}}, {dense: {units: 2}}]",
                                   1);
    Tensor& kernel = *before.graph.initializer("conv2d/kernel");
    kernel = of_two_and_three(kernel.shape());
    Model made = before;
    const Change change = factorize(made, parse_named("tucker:energy=0.999999,layers=conv2d"));
    EXPECT_EQ(change.facts["layers"][0]["ranks"], Json({2, 3})) << window;
    EXPECT_EQ(change.facts["parameters"], 6 * 2 + 9 * 2 * 3 + 3 * 12);
    EXPECT_LE(largest_difference(before, made, 1), structure::kRoundingLevel) << window;
    EXPECT_THAT(layer_names(architecture_of(made)), ElementsAre("input", "conv2d_factor", "conv2d_factor_1", "conv2d", "flatten", "dense"));
  }
}

TEST(TuckerFactors, AreOfConvolutionsWithAWindow) {
  Model model = three_layers();
  EXPECT_THAT(message_of([&] { factorize(model, parse_named("tucker")); }), HasSubstr("no window"));
}

}  // namespace upkeep
