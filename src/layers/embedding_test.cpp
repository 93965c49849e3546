#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

const Tensor kRows({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});

TEST(Embedding, GivesTheRowOfEachInteger) {
  const Tensor x({2, 2}, std::vector<std::int32_t>{2, 0, 1, 1});
  const Tensor y = apply("{embedding: {input_dim: 3, output_dim: 2}}", x, {{"embedding/embeddings", kRows}});
  EXPECT_EQ(y.shape(), (Shape{2, 2, 2}));
  EXPECT_THAT(values(y), testing::ElementsAre(5, 6, 1, 2, 3, 4, 3, 4));
}

TEST(Embedding, ReadsIntegersThatAreWrittenAsFloats) {
  const Tensor y =
      apply("{embedding: {input_dim: 3, output_dim: 2}}", Tensor({1, 1}, std::vector<float>{2}), {{"embedding/embeddings", kRows}});
  EXPECT_THAT(values(y), testing::ElementsAre(5, 6));
}

TEST(Embedding, MasksZeroWhereItIsAsked) {
  const Tensor x({1, 3}, std::vector<std::int64_t>{1, 0, 2});
  const Weights weights = {{"embedding/embeddings", kRows},
                           {"sum/kernel", Tensor({2, 1}, std::vector<float>{1, 1})},
                           {"sum/recurrent_kernel", Tensor({1, 1}, std::vector<float>{1})}};
  const std::string sum = "{simple_rnn: {units: 1, activation: null, use_bias: false, name: sum}}";
  EXPECT_THAT(values(apply("{embedding: {input_dim: 3, output_dim: 2, mask_zero: true}}, " + sum, x, weights)), testing::ElementsAre(18));
  EXPECT_THAT(values(apply("{embedding: {input_dim: 3, output_dim: 2}}, " + sum, x, weights)), testing::ElementsAre(21));
}

TEST(Embedding, NeedsItsSizes) {
  EXPECT_THAT(message_of([] { architecture_from_yaml("layers: [{input: {shape: [2]}}, {embedding: {input_dim: 3}}]"); }),
              testing::HasSubstr("an embedding needs its number of rows and their length"));
}

TEST(EmbeddingRecognition, FindsGatherFromAConstant) {
  const std::string text =
      "<ir_version: 10, opset_import: [\"\": 21]> g (int64[N, 2] x) => (float[N, 2, 2] y) <float[3, 2] w = {1, 2, 3, 4, 5, 6}> { y = "
      "Gather(w, x) "
      "}";
  ASSERT_EQ(recognised(text).size(), 1U);
  EXPECT_EQ(recognised(text)[0].settings, (Json{{"input_dim", 3}, {"output_dim", 2}}));
  expect_equal_answers(text, Tensor({1, 2}, std::vector<std::int64_t>{2, 1}));
}

TEST(EmbeddingRecognition, LeavesOtherGathersAlone) {
  EXPECT_THAT(message_of([] {
                recognised(
                    "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2] x) => (float[N] y) <int64 one = {1}> { y = Gather <axis = "
                    "1> (x, one) }");
              }),
              testing::HasSubstr("Gather"));
}

}  // namespace
}  // namespace upkeep::layers
