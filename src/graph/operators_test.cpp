#include <gtest/gtest.h>

#include <algorithm>

#include "graph/onnx.hpp"

namespace upkeep {

TEST(StandardOperators, AreThoseOfOnnx) {
  const std::vector<OperatorInfo> all = standard_operators();
  const auto find = [&](const std::string& domain, const std::string& name) {
    return std::ranges::find_if(all, [&](const OperatorInfo& one) { return one.domain == domain && one.name == name; });
  };
  ASSERT_NE(find("", "Relu"), all.end());
  EXPECT_EQ(find("", "Relu")->versions, (std::vector<int>{1, 6, 13, 14}));
  EXPECT_TRUE(find("", "Relu")->floats);
  EXPECT_FALSE(find("", "Shape")->floats);  // integers come out
  EXPECT_TRUE(find("", "Celu")->is_function);
  EXPECT_NE(find("ai.onnx.ml", "Scaler"), all.end());
  EXPECT_EQ(find("", "Upsample"), all.end());  // deprecated
}

TEST(TakesType, SaysWhatTheSchemaAllows) {
  const Model model;
  Node resize;
  resize.op = "Resize";
  EXPECT_TRUE(takes_type(model, resize, Side::kInput, 0, DType::kFloat16));
  EXPECT_FALSE(takes_type(model, resize, Side::kInput, 2, DType::kFloat16));  // scales are float32
  EXPECT_TRUE(takes_type(model, resize, Side::kInput, 2, DType::kFloat32));
  EXPECT_TRUE(takes_type(model, resize, Side::kOutput, 0, DType::kFloat16));
  Node concat;
  concat.op = "Concat";
  EXPECT_TRUE(takes_type(model, concat, Side::kInput, 7, DType::kFloat16));  // as many as there are
  concat.op = "NoSuchOperator";
  EXPECT_FALSE(takes_type(model, concat, Side::kInput, 0, DType::kFloat16));
}

}  // namespace upkeep
