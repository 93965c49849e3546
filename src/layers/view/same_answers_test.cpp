#include "layers/view/same_answers.hpp"

#include <gtest/gtest.h>

namespace upkeep::layers {
namespace {

// The same layers by the rules of Keras 2 and of Keras 3.
bool same_by_both_rules(const std::string& reader) {
  const std::string layers =
      "layers: [{input: {shape: [4], dtype: int32, name: i}}, {embedding: {input_dim: 9, output_dim: 2, mask_zero: true, name: e}}, "
      "{embedding: {input_dim: 9, output_dim: 2, mask_zero: true, name: o, inputs: i}}, {add: {name: sum, inputs: [e, o]}}, " +
      reader + "]";
  return same_answers(architecture_from_yaml(layers), architecture_from_yaml("mask_rules: keras2\n" + layers));
}

TEST(SameAnswers, DifferWhereAMaskIsRead) { EXPECT_FALSE(same_by_both_rules("{lstm: {units: 2}}")); }

TEST(SameAnswers, AreTheSameWhereNoMaskIsRead) {
  EXPECT_TRUE(same_by_both_rules("{dense: {units: 2}}"));
  EXPECT_TRUE(same_by_both_rules("{lstm: {units: 2, inputs: e}}"));
}

TEST(SameAnswers, DoNotDependOnTheOrderOfInputs) {
  const std::string left = "{input: {shape: [2], name: a}}", right = "{input: {shape: [2], name: b}}";
  const std::string sum = "{dense: {units: 2, name: d, inputs: a}}, {add: {name: sum, inputs: [d, b]}}]";
  EXPECT_TRUE(same_answers(architecture_from_yaml("layers: [" + left + ", " + right + ", " + sum),
                           architecture_from_yaml("layers: [" + right + ", " + left + ", " + sum)));
}

}  // namespace
}  // namespace upkeep::layers
