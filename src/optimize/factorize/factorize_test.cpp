#include "optimize/factorize/factorize.hpp"

#include <gmock/gmock.h>

#include "optimize/structure/function_preserving_testing.hpp"

namespace upkeep {
namespace {

using structure::largest_difference;
using structure::model_with_life;
using testing::ElementsAre;
using testing::HasSubstr;

// A kernel [..., columns] that is a sum of `rank` products.
Tensor low_rank(const Shape& shape, std::size_t rank, std::uint64_t seed) {
  Random random(seed);
  const auto columns = static_cast<std::size_t>(shape.back());
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)), 0);
  for (std::size_t k = 0; k < rank; ++k) {
    std::vector<double> right(columns);
    for (double& value : right) value = random.normal();
    for (std::size_t row = 0; row < values.size() / columns; ++row) {
      const double left = 0.3 * random.normal();
      for (std::size_t j = 0; j < columns; ++j) values[row * columns + j] += static_cast<float>(left * right[j]);
    }
  }
  return Tensor(shape, std::move(values));
}

Model with_kernel(Model model, const std::string& layer, std::size_t rank) {
  Tensor& kernel = *model.graph.initializer(layer + "/kernel");
  kernel = low_rank(kernel.shape(), rank, 3);
  return model;
}

TEST(Factorize, KeepsTheAnswersOfKernelsOfThatRank) {
  const Model dense = with_kernel(
      model_with_life("layers: [{input: {shape: [16]}}, {dense: {units: 20, activation: tanh}}, {dense: {units: 2}}]", 1), "dense", 3);
  Model made = dense;
  const Change change = factorize(made, parse_named("svd:energy=0.999999,layers=dense"));
  EXPECT_EQ(change.facts["layers"][0]["ranks"], Json({3}));
  EXPECT_EQ(change.facts["parameters"], 3 * (16 + 20));
  EXPECT_LE(largest_difference(dense, made, 1), structure::kRoundingLevel);
  EXPECT_THAT(layer_names(architecture_of(made)), ElementsAre("input", "dense_factor", "dense", "dense_1"));

  for (const char* window : {"padding: same, strides: 2", "padding: valid", "padding: same, dilation_rate: 2"}) {
    const Model conv = with_kernel(
        model_with_life(std::string("layers: [{input: {shape: [8, 8, 6]}}, {conv2d: {filters: 12, kernel_size: 3, activation: relu, ") +
                            window + "}}, {flatten: {}}, {dense: {units: 2}}]",
                        1),
        "conv2d", 2);
    made = conv;
    factorize(made, parse_named("svd:rank=2,layers=conv*"));
    EXPECT_LE(largest_difference(conv, made, 1), structure::kRoundingLevel) << window;
  }
}

TEST(Factorize, LeavesLayersThatWouldNotGetSmaller) {
  Model model = with_kernel(model_with_life("layers: [{input: {shape: [16]}}, {dense: {units: 20}}, {dense: {units: 2}}]", 1), "dense", 3);
  const Change change = factorize(model, parse_named("svd:energy=0.9999"));
  EXPECT_THAT(change.facts["layers"][1]["kept"].get<std::string>(), HasSubstr("in place of 40"));
  EXPECT_THAT(factorized_layers(change), ElementsAre("dense"));
}

TEST(Factorize, LeavesOutWhatIsAskedFor) {
  const Model before = with_kernel(
      with_kernel(model_with_life("layers: [{input: {shape: [16]}}, {dense: {units: 20}}, {dense: {units: 20}}]", 1), "dense", 3),
      "dense_1", 2);
  Model model = before;
  const Change change = factorize(model, parse_named("svd:energy=0.9999"), {"dense"});
  EXPECT_THAT(factorized_layers(change), ElementsAre("dense_1"));
  EXPECT_EQ(*model.graph.initializer("dense/kernel"), *before.graph.initializer("dense/kernel"));
}

TEST(Factorize, GoesAsFarAsTheLimitsAllow) {
  const Model model =
      with_kernel(model_with_life("layers: [{input: {shape: [16], name: x}}, {dense: {units: 20}}, {dense: {units: 2}}]", 1), "dense", 3);
  Dataset data;
  data.inputs["x"] = structure::random_rows(model, 1, 50).begin()->second;
  data.targets = Session(model).run(data.inputs).begin()->second;
  NamedSettings method = parse_named("svd");
  Change change;
  const auto same = [](const Model& made) { return made; };
  const Accepted made =
      factorize_by_limits(Judge(model, data, {parse_acceptance("mae:+0.5")}, {.threads = 1}), model, method, same, change);
  EXPECT_TRUE(made.verdict.accepted());
  EXPECT_GE(made.verdict.attempts.size(), 2U);
  EXPECT_LE(change.facts["layers"][0]["ranks"][0], 3);
  const Accepted none = factorize_by_limits(Judge(model, data, {parse_acceptance("mae:+1e-9")}, {.threads = 1}), model,
                                            method = parse_named("svd:layers=dense"), same, change);
  EXPECT_FALSE(none.verdict.accepted());
}

TEST(Factorize, RefusesWhatDoesNotHelp) {
  Model model = three_layers();
  const auto refused = [&](const std::string& method) { return message_of([&] { factorize(model, parse_named(method)); }); };
  EXPECT_THAT(refused("svd:energy=0.999"), testing::AllOf(HasSubstr("no layer gets smaller"), HasSubstr("dense_1")));
  EXPECT_THAT(refused("svd:layers=dens"), HasSubstr("dense_1"));
  EXPECT_THAT(refused("svd:energy=1.5"), HasSubstr("(0, 1)"));
  EXPECT_THAT(refused("tuck"), HasSubstr("svd"));
  EXPECT_EQ(*model.graph.initializer("dense/kernel"), *three_layers().graph.initializer("dense/kernel"));
}

}  // namespace
}  // namespace upkeep
