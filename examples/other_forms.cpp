// A model in other forms: another format with proof, a rewritten graph, its gradient, and what differs between two models.

#include <upkeep/upkeep.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

using namespace upkeep;

static void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

int main() try {
  const Layer x = Input({.shape = {2}, .name = "x"});
  Model model({x}, {Dense({.units = 1, .use_bias = false, .name = "y"})(x)});
  model.set_weights({{"y/kernel", Tensor({2, 1}, std::vector<float>{3, -2})}});

  const Converted converted = convert(model, "model.h5");
  std::printf("%lld rows compared, largest relative difference %g\n", static_cast<long long>(converted.rows),
              converted.outputs[0].relative);
  convert(model, "old.onnx", {.format = formats::Onnx({.opset = 13}), .rewrites = {rewrites::FixedBatch({.size = 4})}});
  expect(std::filesystem::exists("old.onnx"), "the file is there, and its answers are proven");

  const Rewritten half = rewrite(model, {rewrites::Float16()});
  expect(half.model.weights().front().second.dtype() == DType::kFloat16, "weights of half the size");

  // dy/dx of y = 3 x0 - 2 x1
  const Gradient made = gradient(model, {.of = "y"});
  const Tensors answers =
      made.model.run({{"x", Tensor({1, 2}, std::vector<float>{1, 1})}, {made.incoming, Tensor({1, 1}, std::vector<float>{1})}});
  const Tensor& slope = answers.at(made.gradients.front().second);
  std::printf("gradient: %g, %g\n", slope.floats()[0], slope.floats()[1]);
  expect(slope.floats()[0] == 3 && slope.floats()[1] == -2, "the slopes are the weights");

  Model other = model;
  other.set_weights({{"y/kernel", Tensor({2, 1}, std::vector<float>{3, -2.5F})}});
  const Difference difference = diff(model, other);
  expect(difference.same_structure && !difference.same_weights, "only a weight is another");
  std::printf("%s differs by %g\n", difference.parts.front().weights.front().c_str(), difference.parts.front().largest_absolute);
  expect(diff(model, Model::load("model.h5")).same(), "the file has the same layers and weights");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "other_forms: %s\n", error.what());
  return 1;
}
