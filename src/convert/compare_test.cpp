#include "convert/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "convert/convert_testing.hpp"
#include "graph/onnx.hpp"

namespace upkeep {

using testing::HasSubstr;

namespace {

// y = x * factor, under these names.
Model scaled(const std::string& factor, const std::string& x = "x", const std::string& y = "y") {
  return model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> g (float[n, 2] " + x + ") => (float[n, 2] " + y + ") <float f = {" +
                         factor + "}> { " + y + " = Mul(" + x + ", f) }");
}

Tensors rows(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size()) / 2;
  return {{"x", Tensor({count, 2}, std::move(values))}};
}

}  // namespace

TEST(Compare, FindsNoDifferenceBetweenAModelAndItself) {
  const Comparison same = compare(scaled("3.0"), scaled("3.0"), rows({1, 2, 3, 4}));
  EXPECT_EQ(same.rows, 2);
  EXPECT_EQ(same.outputs.at(0).values, 4);
  EXPECT_EQ(same.largest_absolute(), 0);
  EXPECT_EQ(same.largest_relative(), 0);
}

TEST(Compare, GivesTheLargestAbsoluteAndRelativeDifference) {
  const Comparison found = compare(scaled("2.0"), scaled("2.5"), rows({1, -8, 0, 4}));
  EXPECT_DOUBLE_EQ(found.largest_absolute(), 4);    // -16 and -20
  EXPECT_DOUBLE_EQ(found.largest_relative(), 0.2);  // 0.5 of 2.5, everywhere
}

TEST(Compare, MatchesOtherNamesByPlace) {
  const Comparison found = compare(scaled("2.0"), scaled("2.0", "input", "dense_1"), rows({1, 2}));
  EXPECT_EQ(found.outputs.at(0).output, "y");
  EXPECT_EQ(found.outputs.at(0).other, "dense_1");
  EXPECT_EQ(found.largest_absolute(), 0);
}

TEST(Compare, TakesNotANumberForEqualToItselfAndInfinitelyFarFromNumbers) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(compare(scaled("2.0"), scaled("2.0"), rows({nan, 1})).largest_absolute(), 0);
  const Model overflowing = scaled("1e30");
  EXPECT_EQ(compare(scaled("2.0"), overflowing, rows({1e20f, 1})).largest_absolute(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(compare(overflowing, overflowing, rows({1e20f, 1})).largest_absolute(), 0);
  EXPECT_TRUE(to_json(compare(scaled("2.0"), overflowing, rows({1e20f, 1})))["largest_absolute"].is_null());
}

TEST(Compare, SaysWhyModelsCannotBeCompared) {
  const Model wide = model_of("layers: [{input: {shape: [2]}}, {dense: {units: 3}}]");
  EXPECT_THAT(message_of([&] { compare(scaled("2.0"), wide, rows({1, 2})); }), AllOf(HasSubstr("[1, 2]"), HasSubstr("[1, 3]")));
  EXPECT_THAT(message_of([&] { compare(scaled("2.0"), scaled("2.0"), {}); }), HasSubstr("no values for the input \"x\""));
}

TEST(RandomInputs, AreWordsForAModelThatReadsThemAndOnesThatItDoesNotKnow) {
  const Model model = model_of("layers: [{input: {shape: [1], dtype: string, name: x}}, {string_lookup: {vocabulary: [a, b]}}]");
  const Tensors inputs = random_inputs(model, 60, 1);
  const std::vector<std::string>& texts = inputs.at("x").strings();
  EXPECT_THAT(texts, testing::IsSupersetOf({"a", "b", "a b", "?unknown?"}));
  EXPECT_EQ(compare(model, model, inputs).largest_absolute(), 0);
}

TEST(Compare, CallsOtherTextsInfinitelyDifferent) {
  const auto back = [](const std::string& words) {
    return model_of("layers: [{input: {shape: [2], name: x}}, {string_lookup: {vocabulary: [" + words + "], invert: true}}]");
  };
  EXPECT_EQ(compare(back("a, b"), back("a, b"), rows({1, 2})).largest_absolute(), 0);
  EXPECT_EQ(compare(back("a, b"), back("a, c"), rows({1, 2})).largest_absolute(), std::numeric_limits<double>::infinity());
}

TEST(RandomInputs, FillEveryInputFromTheSeed) {
  const Model model = model_from_text(R"(
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[n, 3, m] a, int64[n] b) => (float[n, 3, m] y) { y = Identity(a) })");
  const Tensors inputs = random_inputs(model, 5, 1);
  EXPECT_EQ(inputs.at("a").shape(), (Shape{5, 3, 1}));
  EXPECT_EQ(inputs.at("b").dtype(), DType::kInt64);
  EXPECT_THAT(inputs.at("b").data<std::int64_t>(), testing::Each(testing::AnyOf(0, 1)));
  EXPECT_EQ(inputs.at("a"), random_inputs(model, 5, 1).at("a"));
  EXPECT_NE(inputs.at("a"), random_inputs(model, 5, 2).at("a"));
}

}  // namespace upkeep
