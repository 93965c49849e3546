#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

Model model_of(const std::string& settings) {
  return build_model(architecture_from_yaml("layers: [{input: {" + settings + "}}, {rescaling: {scale: 2}}]"), {});
}

TEST(Input, IsTheModelsInputUnderItsNameWithABatchOfAnySize) {
  const Model model = model_of("shape: [2, 3], name: features");
  ASSERT_EQ(model.graph.inputs.size(), 1U);
  EXPECT_EQ(model.graph.inputs[0].name, "features");
  EXPECT_EQ(to_string(model.graph.inputs[0].type), "float32[batch, 2, 3]");
  EXPECT_EQ(to_string(model.graph.outputs[0].type), "float32[batch, 2, 3]");
}

TEST(Input, TakesAFixedBatchUnknownSizesAndOtherTypes) {
  EXPECT_EQ(to_string(model_of("shape: [4], batch_size: 32").graph.inputs[0].type), "float32[32, 4]");
  EXPECT_EQ(to_string(model_of("shape: [null, 4]").graph.inputs[0].type), "float32[batch, ?, 4]");
  EXPECT_EQ(to_string(model_of("shape: []").graph.inputs[0].type), "float32[batch]");
  EXPECT_EQ(to_string(model_of("shape: [4], dtype: int64").graph.inputs[0].type), "int64[batch, 4]");
  EXPECT_EQ(to_string(model_of("shape: [4], dtype: string").graph.inputs[0].type), "string[batch, 4]");
}

TEST(Input, SaysWhatWouldHaveBeenRight) {
  EXPECT_THAT(message_of([] { model_of("name: x"); }),
              testing::HasSubstr("an input needs a shape (such as shape: [10], without the batch)"));
  EXPECT_THAT(message_of([] { model_of("shape: [0]"); }), testing::HasSubstr("a size of 0"));
  EXPECT_THAT(message_of([] { model_of("shape: [four]"); }), testing::HasSubstr("input.shape: expected an integer, got \"four\""));
  EXPECT_THAT(message_of([] { model_of("shape: [4], dtype: flaot32"); }), testing::HasSubstr("flaot32"));
  EXPECT_THAT(message_of([] { model_of("shape: [4], inputs: [a]"); }), testing::HasSubstr("unknown layer \"a\""));
}

}  // namespace
}  // namespace upkeep::layers
