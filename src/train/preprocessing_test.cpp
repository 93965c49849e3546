#include "train/preprocessing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error_testing.hpp"
#include "runtime/session.hpp"
#include "train/vocabularies.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::HasSubstr;

static Tensor answers_of_net(const Architecture& net, const Weights& weights, const Tensors& inputs) {
  const Model model = build_model(net, weights);
  return Session(model).run(inputs).begin()->second;
}

static const float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(Preprocessing, FillsGapsOfEachColumn) {
  const Architecture net =
      with_gaps_filled(architecture_from_yaml("layers: [{input: {shape: [2], name: x}}, {rescaling: {scale: 10}}]"), "x", {3, 5});
  EXPECT_THAT(answers_of_net(net, {}, {{"x", Tensor({2, 2}, std::vector<float>{1, kNan, kNan, 2})}}).floats(), ElementsAre(10, 50, 30, 20));
}

TEST(Preprocessing, JoinsCategoriesBehindWhatScalesTheNumbers) {
  std::vector<Category> categories = {{.column = "city"}, {.column = "zip", .dtype = DType::kInt64}};
  const Architecture plain = architecture_from_yaml("layers: [{input: {shape: [1], name: x}}, {rescaling: {scale: 10}}, identity]");
  Architecture net = with_categories(plain, categories, 1);
  EXPECT_EQ(categories[1].input, "zip");
  EXPECT_TRUE(needs_vocabularies(net));
  const Tensors inputs = {{"x", Tensor({2, 1}, std::vector<float>{1, 2})},
                          {"city", Tensor({2, 1}, std::vector<std::string>{"bern", "wien"})},
                          {"zip", Tensor({2, 1}, std::vector<std::int64_t>{3000, 1010})}};
  net = adapt_vocabularies(net, inputs);
  // The number times ten; unknown, wien, bern; unknown, 3000, 1010.
  EXPECT_THAT(answers_of_net(net, {}, inputs).floats(), ElementsAre(10, 0, 0, 1, 0, 1, 0, 20, 0, 1, 0, 0, 0, 1));
}

TEST(Preprocessing, TakesADeclaredWidthThatCountsTheCategories) {
  const Architecture plain = architecture_from_yaml("layers: [{input: {shape: [3], name: x}}, {dense: {units: 1}}]");
  std::vector<Category> two = {{.column = "a"}, {.column = "x"}};
  const Architecture net = with_categories(plain, two, 1);
  EXPECT_EQ(net.layer("x").settings["shape"], Json({1}));
  EXPECT_EQ(two[1].input, "x_1");  // the net's own input has the name
  EXPECT_THAT(message_of([&] { with_categories(plain, two, 5); }), HasSubstr("is 3 wide, the table gives 5 numbers and 2 categories"));
}

TEST(Preprocessing, DoesWithoutNumbers) {
  std::vector<Category> one = {{.column = "city"}};
  Architecture net =
      with_categories(architecture_from_yaml("layers: [{input: {shape: [1]}}, normalization, {identity: {name: out}}]"), one, 0);
  const Tensors inputs = {{"city", Tensor({2, 1}, std::vector<std::string>{"bern", "bern"})}};
  net = adapt_vocabularies(net, inputs);
  EXPECT_THAT(answers_of_net(net, {}, inputs).floats(), ElementsAre(0, 1, 0, 1));
}

}  // namespace upkeep
