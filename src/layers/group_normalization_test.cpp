#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(GroupNormalization, NormalizesGroupsOfTheLastAxis) {
  const Tensor y = apply("{group_normalization: {groups: 2}}",
                         Tensor({2, 2, 4}, std::vector<float>{-1, 0.25F, -0.875F, 1, 0.25F, 0.125F, -0.625F, -0.125F, -2, -1.125F, 0.375F,
                                                              -2.125F, 0.875F, -1.75F, 0.75F, -0.875F}),
                         {{"group_normalization/gamma", Tensor({4}, std::vector<float>{0.375F, 0.125F, -0.75F, 0.625F})},
                          {"group_normalization/beta", Tensor({4}, std::vector<float>{0.75F, 0.375F, -0.125F, -0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 2, 4}));
  EXPECT_THAT(values(y), Near({0.10471475F, 0.4565878F, 0.62286556F, 0.8775734F, 0.9947634F, 0.42691952F, 0.36273834F, -0.09790343F,
                               0.41782117F, 0.36115924F, -0.6849086F, -1.0408998F, 1.3728353F, 0.2919553F, -0.93375695F, -0.34965467F},
                              16));
}

TEST(GroupNormalization, NormalizesGroupsOfTheFirstAxis) {
  const Tensor y = apply("{group_normalization: {groups: 2, axis: 1, center: false}}",
                         Tensor({1, 4, 2, 2}, std::vector<float>{-1, 1.125F, -0.5F, 0.375F, -0.75F, -0.625F, -1.25F, 1.25F, -0.125F, 1,
                                                                 0.375F, -0.75F, -0.375F, -0.5F, 0.375F, -0.375F}),
                         {{"group_normalization/gamma", Tensor({4}, std::vector<float>{-0.125F, -0.75F, -0.375F, 0.875F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 4, 2, 2}));
  EXPECT_THAT(values(y), Near({0.11478689F, -0.1797606F, 0.0454816F, -0.07580266F, 0.48080543F, 0.37684754F, 0.8966372F, -1.1825216F,
                               0.053700995F, -0.71959335F, -0.2899854F, 0.48330897F, -0.5262698F, -0.7267535F, 0.6766325F, -0.5262698F},
                              16));
}

TEST(GroupNormalization, NormalizesEachChannelByItself) {
  const Tensor y = apply("{group_normalization: {groups: -1, scale: false}}",
                         Tensor({1, 3, 2}, std::vector<float>{-0.625F, -1, 0.375F, 1.375F, -1.5F, -0.25F}),
                         {{"group_normalization/beta", Tensor({2}, std::vector<float>{-0.375F, -0.875F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.42934656F, -1.925294F, 0.87497044F, 0.46937644F, -1.5706239F, -1.1690823F}, 16));
}

TEST(GroupNormalization, SaysWhichGroupsFit) {
  EXPECT_THAT(message_of([] { apply("{group_normalization: {groups: 3}}", Tensor::full({1, 2, 4}, 1.0F)); }),
              testing::HasSubstr("4 channels do not fall into 3 groups"));
}

TEST(GroupNormalizationRecognition, FindsGroupsThatPyTorchTakesApart) {
  const auto graph = [](const std::string& nodes) {
    return R"(<ir_version: 8, opset_import: ["": 17]> g (float[N, 4, 2, 3] x) => (float[N, 4, 2, 3] y)
      <int64[3] apart = {0, 2, -1}, int64[4] back = {0, 4, 2, 3}, float[2] one = {1, 1}, float[2] none = {0, 0}, float[4, 1, 1] w = {1, 2, 3, -4},
       float[4, 1, 1] b = {0, 1, 0, 2}> { r = Reshape(x, apart) i = InstanceNormalization <epsilon = 0.001> (r, one, none) )" +
           nodes + " }";
  };
  const std::string affine = graph("t = Reshape(i, back) s = Mul(t, w) y = Add(s, b)");
  ASSERT_EQ(recognised(affine).size(), 1U);
  EXPECT_EQ(recognised(affine)[0].settings, parse_json(R"({"groups": 2, "axis": 1, "epsilon": 0.001})"));
  const Tensor x = numbers({2, 4, 2, 3}, 1);
  expect_equal_answers(affine, x, 32);
  const std::string plain = graph("y = Reshape(i, back)");
  EXPECT_EQ(recognised(plain)[0].settings["scale"], false);
  expect_equal_answers(plain, x, 32);
}

TEST(GroupNormalizationRecognition, FindsInstancesAndGroups) {
  const auto graph = [](const std::string& node) {
    return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 3] x) => (float[N, 2, 3] y) <float[2] s = {1, -2}, float[2] b = "
           "{0.5, 3}> { "
           "y = " +
           node + " (x, s, b) }";
  };
  const std::string instance = graph("InstanceNormalization <epsilon = 0.01>");
  EXPECT_EQ(recognised(instance)[0].settings, (Json{{"groups", -1}, {"axis", 1}, {"epsilon", 0.01}}));
  expect_equal_answers(instance, Tensor({1, 2, 3}, std::vector<float>{1, 2, 4, 3, 5, 9}), 16);
  EXPECT_EQ(recognised(graph("GroupNormalization <num_groups = 2>"))[0].settings["groups"], 2);
}

}  // namespace
}  // namespace upkeep::layers
