#include <cmath>

#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

const Tensor kMatrix({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});

TEST(ReversibleEmbedding, GivesRows) {
  EXPECT_THAT(values(apply("{reversible_embedding: {input_dim: 3, output_dim: 2, name: e}}",
                           Tensor({1, 2}, std::vector<std::int64_t>{2, 0}), {{"e/embeddings", kMatrix}})),
              testing::ElementsAre(5, 6, 1, 2));
}

TEST(ReversibleEmbedding, GivesScoresInReverse) {
  const std::string layer = "{reversible_embedding: {input_dim: 3, output_dim: 2, reverse: true, name: e";
  const Tensor x({1, 1, 2}, std::vector<float>{1, 10});
  EXPECT_THAT(values(apply(layer + "}}", x, {{"e/embeddings", kMatrix}})), testing::ElementsAre(21, 43, 65));
  EXPECT_THAT(values(apply(layer + ", logit_soft_cap: 30}}", x, {{"e/embeddings", kMatrix}})),
              Near({30 * std::tanh(0.7F), 30 * std::tanh(43 / 30.0F), 30 * std::tanh(65 / 30.0F)}));
  EXPECT_THAT(values(apply(layer + ", tie_weights: false}}", x,
                           {{"e/embeddings", kMatrix}, {"e/reverse_embeddings", Tensor({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6})}})),
              testing::ElementsAre(41, 52, 63));
}

TEST(ReversibleEmbedding, SaysWhatItNeeds) {
  EXPECT_THAT(message_of([] { apply("reversible_embedding", Tensor({1, 1}, std::vector<float>{1})); }),
              testing::HasSubstr("number of rows"));
}

}  // namespace
}  // namespace upkeep::layers
