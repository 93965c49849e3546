#include "convert/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
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
  EXPECT_THAT(message_of([&] { compare(scaled("2.0"), scaled("2.0"), {}); }), HasSubstr("input \"x\" is missing"));
}

// 100 and 1e-3 in one output: the small one is what was left of large terms, and an error of 1e-5 in it is one of 1e-7.
TEST(Compare, MeasuresElementsNearZeroByTheOutputsScale) {
  const Tensor a({1, 2}, std::vector<float>{100, 1e-3f});
  const Tensor b({1, 2}, std::vector<float>{100, 1e-3f + 1e-5f});
  const double scale = 100 / std::sqrt(2.0);
  EXPECT_NEAR(compare_values("y", a, "y", b).largest_relative, 1e-5 / scale, 1e-9);
  const Tensor zeros({1, 2}, std::vector<float>{0, 0});
  EXPECT_EQ(compare_values("y", zeros, "y", zeros).largest_relative, 0);
  EXPECT_EQ(compare_values("y", zeros, "y", Tensor({1, 2}, std::vector<float>{0, 1e-30f})).largest_relative, 1);
}

TEST(Compare, CountsFloat32NumbersBetweenTwo) {
  const auto ulp = [](float x, float y) {
    return compare_values("y", Tensor({1}, std::vector<float>{x}), "y", Tensor({1}, std::vector<float>{y})).largest_ulp;
  };
  EXPECT_EQ(ulp(1, std::nextafter(1.0f, 2.0f)), 1);
  EXPECT_EQ(ulp(1, 1 + 16 * std::numeric_limits<float>::epsilon()), 16);
  EXPECT_EQ(ulp(-0.0f, 0.0f), 0);
  EXPECT_EQ(ulp(-std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::denorm_min()), 2);
  EXPECT_EQ(ulp(1, std::numeric_limits<float>::infinity()), std::numeric_limits<double>::infinity());
}

TEST(Compare, SaysInWhichRowTheAnswersDifferMost) {
  const Tensor a({3, 2}, std::vector<float>{1, 1, 1, 1, 1, 1});
  const Tensor b({3, 2}, std::vector<float>{1, 1, 1, 1.01f, 1, 1.001f});
  EXPECT_EQ(compare_values("y", a, "y", b).row, 1);
}

TEST(Compare, ExpectsMoreOfFloat32ThanOfHalfPrecision) {
  const Model half = model_from_text(R"(
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[n, 2] x) => (float[n, 2] y) { h = Cast<to = 10>(x) s = Exp(h) y = Cast<to = 1>(s) })");
  EXPECT_EQ(expected_difference(scaled("2.0"), scaled("2.0")), 1e-5);
  EXPECT_EQ(expected_difference(scaled("2.0"), half), 1e-2);
}

TEST(Compare, MeasuresAnswersOfAnotherProgram) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["" : 21]> g (float[n] x) => (float[n] y) { y = Identity(x) })");
  const Tensor x({2}, std::vector<float>{100.0F, 0.5F});
  const Comparison comparison = compare(model, {{"y", Tensor({2}, std::vector<float>{100.0F, 0.25F})}}, {{"x", x}});
  EXPECT_EQ(comparison.largest_absolute(), 0.25);
  EXPECT_NEAR(comparison.largest_relative(), 0.25 / std::sqrt((100.0 * 100 + 0.25) / 2), 1e-9);
  EXPECT_EQ(comparison.rows, 2);
}

TEST(Compare, CallsOtherTextsInfinitelyDifferent) {
  const auto back = [](const std::string& words) {
    return model_of("layers: [{input: {shape: [2], name: x}}, {string_lookup: {vocabulary: [" + words + "], invert: true}}]");
  };
  EXPECT_EQ(compare(back("a, b"), back("a, b"), rows({1, 2})).largest_absolute(), 0);
  EXPECT_EQ(compare(back("a, b"), back("a, c"), rows({1, 2})).largest_absolute(), std::numeric_limits<double>::infinity());
}

// 2^-23 is float32's step beside 1; 1e-8 is half a thousandth of 2e-5.
TEST(Compare, DoesNotCountWhatIsLessThanFloat32sStepBesideOne) {
  const auto both = [](float a, float b, float apart, Values values = Values::kAny) {
    return compare_values("y", Tensor({1, 2}, std::vector<float>{a, b}), "y", Tensor({1, 2}, std::vector<float>{a + apart, b}), values);
  };
  EXPECT_EQ(both(2e-5F, 2e-5F, 1e-8F).largest_counted, 0);
  EXPECT_NEAR(both(2e-5F, 2e-5F, 1e-8F).largest_relative, 5e-4, 1e-5);
  EXPECT_NEAR(both(2e-5F, 2e-5F, 2e-7F).largest_counted, 1e-2, 1e-3);
  EXPECT_NEAR(both(2e-9F, 2e-9F, 1e-10F).largest_counted, 5e-2, 5e-3);  // all lie below the step: theirs is another unit
  EXPECT_EQ(both(2e-9F, 2e-9F, 1e-10F, Values::kProbabilities).largest_counted, 0);
  EXPECT_EQ(both(2e-9F, 2e-9F, 1.8e-7F, Values::kProbabilities).largest_counted, 0);  // two ways to compute a sigmoid of -20
  EXPECT_GT(both(2e-9F, 2e-9F, 6e-7F, Values::kProbabilities).largest_counted, 0.9);
}

TEST(Compare, SmallProbabilitiesAreTheSame) {
  const auto rare = [](const std::string& offset) {
    return model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> g (float[n, 2] x) => (float[n, 2] y) <float b = {" + offset +
                           "}> { a = Add (x, b) y = Sigmoid (a) }");
  };
  const Comparison near = compare(rare("-10.0"), rare("-10.0005"), rows({0, 1, 0.5F, 0.25F}));
  EXPECT_GT(near.largest_relative(), 1e-4);
  EXPECT_EQ(near.largest_counted(), 0);
  EXPECT_GT(compare(rare("-10.0"), rare("-9.0"), rows({0, 1})).largest_counted(), 0.1);
}

TEST(Compare, HasABoundForEachOutput) {
  const Comparison comparison{.rows = 1,
                              .outputs = {{.output = "a", .largest_relative = 2e-3, .largest_counted = 2e-3},
                                          {.output = "b", .largest_relative = 3e-2, .largest_counted = 3e-2},
                                          {.output = "c", .largest_relative = 1e-6}}};
  const auto worse = [&](const Tolerance& tolerance) {
    std::vector<std::string> names;
    for (const OutputComparison& one : beyond(comparison, tolerance, 1e-5)) names.push_back(one.output);
    return names;
  };
  EXPECT_THAT(worse({}), testing::ElementsAre("b", "a"));
  EXPECT_THAT(worse({.all = 1e-2}), testing::ElementsAre("b"));
  EXPECT_THAT(worse({.all = 1e-2, .of_outputs = {{"b", 0.1}}}), testing::ElementsAre());
  EXPECT_THAT(worse({.all = {}, .of_outputs = {{"b", 0.1}}}), testing::ElementsAre("a"));
  EXPECT_THAT(worse({.all = 0}), testing::ElementsAre("b", "a", "c"));  // 0: what does not count otherwise does
  EXPECT_THAT(message_of([&] { worse({.all = {}, .of_outputs = {{"d", 0.1}}}); }), HasSubstr("\"d\""));
}

// A sequence is compared by its elements, and a row is counted where there is one.
TEST(Compare, ReadsSequencesAndInputsOfRankZero) {
  const auto split = [](const std::string& factor) {
    return model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> g (float[n, 2] x, float a) => (seq(float[n, 1]) s) <float f = {" +
                           factor + "}> { z = Mul (x, a) y = Mul (z, f) s = SplitToSequence <axis = 1> (y) }");
  };
  Tensors inputs = rows({1, 2, 3, 4});
  inputs.emplace("a", Tensor::scalar(2.0F));
  const Comparison found = compare(split("2.0"), split("2.5"), inputs);
  ASSERT_EQ(found.outputs.size(), 2U);
  EXPECT_EQ(found.rows, 2);
  EXPECT_EQ(found.outputs[1].output, "s.1");
  EXPECT_EQ(found.outputs[1].largest_absolute, 4);
}

}  // namespace upkeep
