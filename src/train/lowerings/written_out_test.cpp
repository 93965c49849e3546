#include "train/lowerings/written_out_test.hpp"

#include <cmath>

#include "graph/onnx.hpp"
#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/gradients/whole_model_test.hpp"
#include "train/lowerings/lowering.hpp"

namespace upkeep::lowerings {
namespace {

using gradients::random_tensor;

std::size_t gates_of(const std::string& op) { return op == "LSTM" ? 4 : op == "GRU" ? 3 : 1; }

struct Named {
  std::string name;
  Shape shape;
};

// In ONNX's order; an empty name is an absent input. "lengths" is a constant.
std::vector<Named> inputs_of(const RecurrentCase& of) {
  const auto gates = static_cast<std::int64_t>(gates_of(of.op));
  const std::int64_t d = of.directions;
  const bool batch_first = of.layout == 1;
  const Shape state = batch_first ? Shape{kBatch, d, kHidden} : Shape{d, kBatch, kHidden};
  std::vector<Named> list{{"x", batch_first ? Shape{kBatch, kSteps, kFeatures} : Shape{kSteps, kBatch, kFeatures}},
                          {"w", {d, gates * kHidden, kFeatures}},
                          {"r", {d, gates * kHidden, kHidden}},
                          {of.bias ? "b" : "", {d, 2 * gates * kHidden}},
                          {of.lengths ? "lengths" : "", {kBatch}},
                          {of.states ? "h" : "", state}};
  if (of.op == "LSTM") {
    list.push_back({of.states ? "c" : "", state});
    list.push_back({of.peepholes ? "p" : "", {d, 3 * kHidden}});
  }
  return list;
}

// Axes 0 and 1 (and 2, for four axes: from [steps, directions, batch, hidden] to [batch, steps, directions, hidden]).
Tensor batch_in_front(const Tensor& tensor) {
  const Shape& from = tensor.shape();
  const auto values = tensor.cast(DType::kFloat64);
  const bool four = from.size() == 4;
  const std::int64_t outer = from[0];
  const std::int64_t middle = four ? from[1] : 1;
  const std::int64_t batch = four ? from[2] : from[1];
  const std::int64_t inner = from.back();
  std::vector<double> moved;
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t m = 0; m < middle; ++m)
        for (std::int64_t i = 0; i < inner; ++i)
          moved.push_back(values.data<double>()[static_cast<std::size_t>(((o * middle + m) * batch + b) * inner + i)]);
  const Shape shape = four ? Shape{batch, outer, middle, inner} : Shape{batch, outer, inner};
  return Tensor(shape, std::move(moved)).cast(tensor.dtype());
}

testing::AssertionResult close(const std::string& name, const Tensor& wanted, const Tensor& got, double tolerance) {
  if (wanted.dtype() != got.dtype() || wanted.shape() != got.shape())
    return testing::AssertionFailure() << name << " is " << to_string(got.dtype()) << to_string(got.shape()) << " instead of "
                                       << to_string(wanted.dtype()) << to_string(wanted.shape());
  if (wanted.dtype() == DType::kString)
    return wanted.strings() == got.strings() ? testing::AssertionSuccess() : testing::AssertionFailure() << name;
  const Tensor a = wanted.cast(DType::kFloat64);
  const Tensor b = got.cast(DType::kFloat64);
  for (std::size_t i = 0; i < a.data<double>().size(); ++i) {
    const double x = a.data<double>()[i];
    const double y = b.data<double>()[i];
    if (!(std::abs(x - y) <= tolerance * (1 + std::abs(x))) && !(std::isnan(x) && std::isnan(y)))
      return testing::AssertionFailure() << name << " at " << i << " is " << y << " instead of " << x;
  }
  return testing::AssertionSuccess();
}

}  // namespace

Model written_out(const Model& model) {
  Model made = model;
  Ops ops(made);
  const std::vector<Node> nodes = made.graph.nodes;
  for (const Node& node : nodes)
    if (can_lower(ops, node)) lower(ops, node);
  verify(made);
  return made;
}

testing::AssertionResult same_answers(const Model& model, const Model& other, const Tensors& inputs, double tolerance) {
  const Tensors wanted = Session(model, {.threads = 1}).run(inputs);
  const Tensors got = Session(other, {.threads = 1}).run(inputs);
  for (const auto& [name, tensor] : wanted)
    if (auto result = close(name, tensor, got.at(name), tolerance); !result) return result;
  return testing::AssertionSuccess();
}

Model recurrent_model(const RecurrentCase& of, DType dtype) {
  Model model;
  Ops ops(model);
  std::vector<Value> inputs;
  for (const auto& [name, shape] : inputs_of(of)) {
    if (name.empty()) inputs.push_back({});
    else if (name == "lengths") inputs.push_back(ops.constant(Tensor({kBatch}, std::vector<std::int32_t>{4, 2, 3})));
    else if (name == "x")
      inputs.push_back(ops.input(name, dtype, of.layout == 1 ? Dims{"batch", "steps", kFeatures} : Dims{"steps", "batch", kFeatures}));
    else inputs.push_back(ops.input(name, dtype, Dims(shape.begin(), shape.end())));
  }
  std::vector<Attribute> attributes = of.attributes;
  attributes.push_back({"hidden_size", kHidden, {}});
  if (of.layout != 0) attributes.push_back({"layout", of.layout, {}});
  const std::vector<Value> outputs = ops.nodes(of.op, inputs, of.op == "LSTM" ? 3 : 2, std::move(attributes));
  const char* names[] = {"y", "y_h", "y_c"};
  for (std::size_t i = 0; i < outputs.size(); ++i) ops.output(outputs[i], names[i]);
  return model;
}

Tensors recurrent_inputs(const RecurrentCase& of, DType dtype) {
  Tensors inputs;
  std::uint64_t seed = 1;
  for (const auto& [name, shape] : inputs_of(of))
    if (!name.empty() && name != "lengths")
      inputs.emplace(name, random_tensor(shape, {.low = -0.9, .high = 0.9, .seed = seed++}).cast(dtype));
  return inputs;
}

void expect_recurrent(const RecurrentCase& of) {
  const Model model = recurrent_model(of, DType::kFloat32);
  EXPECT_TRUE(same_answers(model, written_out(model), recurrent_inputs(of, DType::kFloat32)));
}

void expect_recurrent_gradients(const RecurrentCase& of) {
  EXPECT_MODEL_GRADIENTS(written_out(recurrent_model(of, DType::kFloat64)), recurrent_inputs(of, DType::kFloat64));
}

void expect_batch_first(RecurrentCase of) {
  const Tensors inputs = recurrent_inputs(of, DType::kFloat32);
  const Tensors wanted = Session(recurrent_model(of, DType::kFloat32), {.threads = 1}).run(inputs);
  of.layout = 1;
  Tensors moved = inputs;
  for (const char* name : {"x", "h", "c"})
    if (moved.contains(name)) moved[name] = batch_in_front(moved[name]);
  const Tensors got = Session(written_out(recurrent_model(of, DType::kFloat32)), {.threads = 1}).run(moved);
  for (const auto& [name, tensor] : wanted) EXPECT_TRUE(close(name, batch_in_front(tensor), got.at(name), 2e-6));
}

}  // namespace upkeep::lowerings
