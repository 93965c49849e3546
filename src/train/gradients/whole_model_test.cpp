#include "train/gradients/whole_model_test.hpp"

#include <algorithm>
#include <cmath>

#include "graph/onnx.hpp"
#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

bool whole_model_is_float(DType dtype) { return dtype == DType::kFloat64 || dtype == DType::kFloat32; }

std::vector<double> whole_model_doubles(const Tensor& tensor) {
  const Tensor wide = tensor.cast(DType::kFloat64);
  return {wide.data<double>().begin(), wide.data<double>().end()};
}

Tensor whole_model_weight(const std::string& output, const Tensor& like, bool plain) {
  if (plain) return Tensor::full(like.shape(), 1.0);
  return random_tensor(like.shape(), {.low = 0.5, .high = 2, .seed = 7 + output.size()});
}

Tensors run_whole_model(const Model& model, const Tensors& inputs) { return Session(model, {.threads = 1}).run(inputs); }

double whole_model_objective(const Tensors& outputs, bool plain) {
  double sum = 0;
  for (const auto& [name, tensor] : outputs) {
    if (!whole_model_is_float(tensor.dtype())) continue;
    const auto y = whole_model_doubles(tensor);
    const auto w = whole_model_doubles(whole_model_weight(name, tensor, plain));
    for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * w[i];
  }
  return sum;
}

std::vector<double> whole_model_differences(const Session& session, const Tensors& inputs, const std::string& name, bool plain) {
  return five_point_slopes(inputs.at(name), 1e-3, [&](const Tensor& moved) {
    Tensors shifted = inputs;
    shifted[name] = moved;
    return whole_model_objective(session.run(shifted), plain);
  });
}

testing::AssertionResult whole_model_match(const Model& model, const Tensors& inputs, bool plain) {
  const Session session(model, {.threads = 1});
  const Model made = with_gradients(model, inputs, plain, "slope_");
  const Tensors before = session.run(inputs);
  const Tensors after = run_whole_model(made, inputs);
  for (const auto& [name, tensor] : before) {
    const auto a = whole_model_doubles(tensor);
    const auto b = whole_model_doubles(after.at(name));
    for (std::size_t i = 0; i < a.size(); ++i)
      if (std::abs(a[i] - b[i]) > 1e-12 * (1 + std::abs(a[i])))
        return testing::AssertionFailure() << "output " << name << " was " << a[i] << " and is now " << b[i];
  }
  for (const auto& [name, tensor] : inputs) {
    if (!whole_model_is_float(tensor.dtype())) continue;
    const Tensor& got = after.at("slope_" + name);
    if (got.shape() != tensor.shape())
      return testing::AssertionFailure() << "the gradient of " << name << " has shape " << to_string(got.shape());
    const auto wanted = whole_model_differences(session, inputs, name, plain);
    const auto values = whole_model_doubles(got);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (!(std::abs(values[i] - wanted[i]) <= 1e-7 * (1 + std::abs(wanted[i]))))
        return testing::AssertionFailure() << "the gradient of " << name << " at " << i << " is " << values[i] << ", differences say "
                                           << wanted[i] << (plain ? " (plain sum)" : "");
  }
  return testing::AssertionSuccess();
}

}  // namespace

Model double_model(std::string_view text) { return model_from_text("<ir_version: 10, opset_import: [\"\": 21]>\n" + std::string(text)); }

Model with_gradients(const Model& model, const Tensors& inputs, bool plain, const std::string& prefix) {
  const Tensors outputs = run_whole_model(model, inputs);
  Model made = model;
  Ops ops(made);
  std::vector<Arrival> arrivals;
  std::vector<Value> wanted;
  for (const auto& [name, tensor] : outputs)
    if (whole_model_is_float(tensor.dtype())) {
      const Tensor weight = plain ? Tensor::scalar(1.0) : whole_model_weight(name, tensor, false);
      arrivals.push_back({ops.existing(name), ops.constant(weight.cast(tensor.dtype()))});
    }
  for (const auto& [name, tensor] : inputs)
    if (whole_model_is_float(tensor.dtype())) wanted.push_back(ops.existing(name));
  const std::vector<Value> gradients = differentiate(ops, arrivals, wanted);
  for (std::size_t i = 0; i < gradients.size(); ++i) ops.output(gradients[i], prefix + wanted[i].name());
  verify(made);
  return made;
}

Model gradients_alone(const Model& model, const Tensors& inputs) {
  Model made = with_gradients(model, inputs);
  std::erase_if(made.graph.outputs, [](const ValueInfo& output) { return !output.name.starts_with("grad_"); });
  return made;
}

testing::AssertionResult whole_model_gradients_match(const Model& model, const Tensors& inputs) {
  for (const bool plain : {false, true})
    if (auto result = whole_model_match(model, inputs, plain); !result) return result;
  return testing::AssertionSuccess();
}

TEST(WholeModelGradients, NoticeAGradientThatIsWrong) {
  const Model model = double_model("g (double[1] x) => (double[1] y) { y = Relu (x) }");
  EXPECT_FALSE(whole_model_gradients_match(model, {{"x", Tensor({1}, std::vector<double>{0})}}));
}

}  // namespace upkeep::gradients
