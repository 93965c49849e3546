#include <gmock/gmock.h>

#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(DropoutGradient, IsTheIdentityWhenNothingIsDropped) {
  EXPECT_GRADIENT("Dropout", {random_tensor({2, 3})});
  EXPECT_GRADIENT("Dropout", {random_tensor({2, 3}), fixed(Tensor::scalar(0.5)), Tensor::scalar(false)});
}

Value training_dropout(Ops& ops, Value x, Value training, std::size_t outputs) {
  return ops.nodes("Dropout", {x, ops.constant(0.25f), training}, outputs, {{"seed", std::int64_t{3}}})[0];
}

// y = x * factor with a factor of 0 or 4/3 per element: dL/dx is that factor.
TEST(DropoutGradient, DropsWhatWasDropped) {
  for (const bool constant : {true, false}) {
    Model model;
    Ops ops(model);
    const Value x = ops.input("x", DType::kFloat32, {64});
    const Value training = constant ? ops.constant(Tensor::scalar(true)) : ops.input("training", DType::kBool, {});
    const Value y = training_dropout(ops, x, training, 2);
    ops.output(differentiate(ops, ops.reduce_sum(y, {}), {x})[0], "gradient");
    ops.output(y, "y");
    Tensors inputs{{"x", Tensor::full(Shape{64}, 1.0f)}};
    if (!constant) inputs.emplace("training", Tensor::scalar(true));
    const Tensors made = Session(model).run(inputs);
    EXPECT_THAT(made.at("gradient").floats(), testing::ElementsAreArray(made.at("y").floats()));
    EXPECT_THAT(made.at("y").floats(), testing::Contains(0.0f));
  }
}

TEST(DropoutGradient, NeedsTheMask) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {4});
  const Value loss = ops.reduce_sum(training_dropout(ops, x, ops.constant(Tensor::scalar(true)), 1), {});
  EXPECT_THROW(differentiate(ops, loss, {x}), Error);
}

}  // namespace
}  // namespace upkeep::gradients
