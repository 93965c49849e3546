#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

const Tensor kTokens({2, 3}, std::vector<std::int64_t>{0, 2, 2, 1, 0, 1});

TEST(CategoryEncoding, MarksOrCountsWhatAnExampleHas) {
  EXPECT_THAT(values(apply("{category_encoding: {num_tokens: 3}}", kTokens)), testing::ElementsAre(1, 0, 1, 1, 1, 0));
  EXPECT_THAT(values(apply("{category_encoding: {num_tokens: 3, output_mode: count}}", kTokens)), testing::ElementsAre(1, 0, 2, 1, 2, 0));
}

TEST(CategoryEncoding, GivesAVectorForEachInteger) {
  const Tensor all = apply("{category_encoding: {num_tokens: 3, output_mode: one_hot}}", kTokens);
  EXPECT_EQ(all.shape(), (Shape{2, 3, 3}));
  const Tensor one = apply("{category_encoding: {num_tokens: 3, output_mode: one_hot}}", Tensor({2, 1}, std::vector<float>{2, 0}));
  EXPECT_EQ(one.shape(), (Shape{2, 3}));
  EXPECT_THAT(values(one), testing::ElementsAre(0, 0, 1, 1, 0, 0));
}

TEST(CategoryEncoding, NeedsItsNumber) {
  EXPECT_THAT(message_of([] { apply("category_encoding", kTokens); }), testing::HasSubstr("category_encoding needs a number of tokens"));
}

}  // namespace
}  // namespace upkeep::layers
