#include "upkeep/conversion.hpp"

#include "api/api_testing.hpp"

namespace upkeep::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Model product() {  // y = 3 a - 2 b
  const Layer x = Input({.shape = {2}, .name = "x"});
  Model model({x}, {Dense({.units = 1, .use_bias = false, .name = "y"})(x)});
  model.set_weights({{"y/kernel", Tensor({2, 1}, std::vector<float>{3, -2})}});
  return model;
}

TEST(Convert, WritesWhatIsProven) {
  const TemporaryFolder folder;
  const Converted made = convert(product(), folder / "m.h5");
  EXPECT_EQ(made.rows, 64);
  EXPECT_EQ(made.outputs.at(0).output, "y");
  EXPECT_LE(made.outputs.at(0).relative, 1e-6);
  EXPECT_TRUE(diff(product(), Model::load(folder / "m.h5")).same());
  const Tensors rows = {{"x", Tensor({4, 2}, std::vector<float>(8, 0.1F))}};
  EXPECT_EQ(convert(product(), folder / "four.onnx", {.rewrites = {rewrites::FixedBatch({.size = 4})}, .inputs = rows}).rows, 4);
  EXPECT_THAT(*Model::load(folder / "four.onnx").signature().inputs.at(0).dims, ElementsAre(4, 2));
}

TEST(Convert, LeavesNoFileWhereAnswersDiffer) {
  const TemporaryFolder folder;
  Model tenths = product();  // 0.1 is no float16
  tenths.set_weights({{"y/kernel", Tensor({2, 1}, std::vector<float>{0.1F, -0.1F})}});
  const ConvertSettings settings{.rewrites = {rewrites::Float16()}, .tolerance = 1e-7};
  EXPECT_THAT(message_of([&] { convert(tenths, folder / "half.onnx", settings); }), HasSubstr("the answers differ by"));
  EXPECT_FALSE(std::filesystem::exists(folder / "half.onnx"));
  EXPECT_THAT(message_of([&] { convert(tenths, folder / "m.onnx", {.tolerance = -1.0}); }), HasSubstr("[0, 1]"));
  EXPECT_THAT(message_of([&] { convert(product(), folder / "m.what"); }), HasSubstr(".onnx"));
}

TEST(Rewrite, FollowsTheOrderGiven) {
  const Rewritten made = rewrite(product(), {rewrites::FixedBatch({.size = 2}), rewrites::Float16()});
  EXPECT_EQ(made.model.weights().at(0).second.dtype(), DType::kFloat16);
  EXPECT_THAT(message_of([&] { rewrite(product(), {"fold-all"}); }), HasSubstr("fold-constants"));
}

TEST(Gradient, IsTheSlope) {
  const Gradient made = gradient(product(), {.of = "y", .with_respect_to = {"x"}});
  const Tensors answers =
      made.model.run({{"x", Tensor({1, 2}, std::vector<float>{5, 7})}, {made.incoming, Tensor({1, 1}, std::vector<float>{10})}});
  EXPECT_THAT(numbers(answers.at(made.gradients.at(0).second)), ElementsAre(30, -20));
  EXPECT_THAT(message_of([&] { gradient(product(), {.of = "z"}); }), HasSubstr("\"z\""));
}

TEST(Diff, SaysWhichWeightIsAnother) {
  Model other = product();
  other.set_weights({{"y/kernel", Tensor({2, 1}, std::vector<float>{3, -2.5F})}});
  const Difference found = diff(product(), other);
  EXPECT_TRUE(found.same_structure);
  EXPECT_FALSE(found.same_weights);
  ASSERT_EQ(found.parts.size(), 1U);
  EXPECT_EQ(found.parts[0].after, "y");
  EXPECT_DOUBLE_EQ(found.parts[0].largest_absolute, 0.5);
  EXPECT_TRUE(diff(other, other).same());
}

}  // namespace
}  // namespace upkeep::api
