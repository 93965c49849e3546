#include "graph/embedding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/onnx.hpp"
#include "graph/ops.hpp"
#include "graph/signature.hpp"

namespace upkeep {
namespace {

using testing::HasSubstr;

// h = relu(x W), y = h V with h of `width` numbers.
Model two_layers(std::int64_t width) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"N", 4});
  const Value w = ops.initializer("w", Tensor::full<float>({4, width}, 0.5F)), v = ops.initializer("v", Tensor::full<float>({width, 1}, 1));
  const Value a = ops.node("MatMul", {x, w}), h = ops.node("Relu", {a});
  ops.output(a, "a");
  ops.output(h, "h");
  ops.output(ops.node("MatMul", {h, v}), "y");
  std::erase_if(model.graph.outputs, [](const ValueInfo& output) { return output.name != "y"; });
  return model;
}

TEST(Embedding, IsAnOutputOfWhatTheLastDenseLayerReads) {
  Model model = two_layers(3);
  EXPECT_EQ(value_before_last_dense(model), "h");
  add_embedding(model, "h");
  ASSERT_TRUE(has_embedding(model));
  EXPECT_EQ(embedded_value(model), "h");
  EXPECT_EQ(value_before_last_dense(model), "h");
  EXPECT_EQ(model.graph.outputs.back().name, kEmbeddingOutput);
  EXPECT_EQ(model.graph.outputs.back().type.shape->back().value, 3);
  EXPECT_EQ(signature_of(model).output(kEmbeddingOutput)->answer, Answer::kTensor);
  EXPECT_EQ(signature_of(model).judged_output()->name, "y");
}

TEST(Embedding, OfManyNumbersIsProjectedToFew) {
  Model model = two_layers(100);
  add_embedding(model, "h");
  const std::size_t nodes = model.graph.nodes.size();
  EXPECT_EQ(model.graph.outputs.back().type.shape->back().value, kEmbeddingWidth);
  add_embedding(model, "a");  // in place of the first
  EXPECT_EQ(embedded_value(model), "a");
  EXPECT_EQ(model.graph.outputs.size(), 2U);
  EXPECT_EQ(model.graph.nodes.size(), nodes);
}

TEST(Embedding, SaysWhatIsNone) {
  Model model = two_layers(3);
  EXPECT_THROW(add_embedding(model, "nothing"), Error);
  Model bare = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]> g (float[N] x) => (float[N] y) { y = Relu(x) })");
  try {
    value_before_last_dense(bare);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no dense layer"));
  }
  EXPECT_THROW(add_embedding(bare, "x"), Error);
}

}  // namespace
}  // namespace upkeep
