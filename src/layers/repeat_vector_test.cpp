#include "layers/testing.hpp"

namespace upkeep::layers {

TEST(RepeatVector, SaysTheSameRowSeveralTimes) {
  const Tensor y = apply("{repeat_vector: {n: 2}}", Tensor({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(y.shape(), (Shape{2, 2, 3}));
  EXPECT_THAT(values(y), testing::ElementsAre(1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6));
}

TEST(RepeatVector, SaysWhatIsWrong) {
  const auto error_with = [](const std::string& settings, const std::string& shape) {
    return message_of(
        [&] { weight_specs(architecture_from_yaml("layers: [{input: {shape: " + shape + "}}, {repeat_vector: {" + settings + "}}]")); });
  };
  EXPECT_THAT(error_with("", "[3]"), testing::HasSubstr("needs a number of times"));
  EXPECT_THAT(error_with("n: 2", "[3, 3]"), testing::HasSubstr("it expects an input of two axes, [batch, features], got [batch, 3, 3]"));
}

}  // namespace upkeep::layers
