#include "train/gradients/finite_differences_test.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/format.hpp"
#include "base/random.hpp"
#include "runtime/session.hpp"

namespace upkeep::gradients {
namespace {

enum class Shapes { kKnown, kSharedSymbols, kOwnSymbols };

struct Case {
  Expression expression;
  std::vector<Argument> arguments;
  std::size_t outputs;
  std::int64_t opset = kOpset;
};

Case operator_case(const std::string& op, const std::vector<Argument>& arguments, const std::vector<Attribute>& attributes,
                   std::size_t outputs) {
  return {[=](Ops& ops, const std::vector<Value>& inputs) { return ops.nodes(op, inputs, outputs, attributes); }, arguments, outputs};
}

bool is_float(const Tensor& tensor) { return tensor.dtype() == DType::kFloat64 || tensor.dtype() == DType::kFloat32; }
bool is_variable(const Argument& argument) { return argument.tensor && !argument.is_fixed && is_float(*argument.tensor); }

std::vector<double> doubles(const Tensor& tensor) {
  const Tensor wide = tensor.cast(DType::kFloat64);
  return {wide.data<double>().begin(), wide.data<double>().end()};
}

Dims dims_of(const Shape& shape, Shapes shapes, std::size_t argument) {
  Dims dims;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shapes == Shapes::kKnown || (shapes == Shapes::kSharedSymbols && shape[i] == 1)) dims.push_back(shape[i]);
    else if (shapes == Shapes::kSharedSymbols) dims.push_back(upkeep::format("n{}", shape[i]));
    else dims.push_back(upkeep::format("n{}_{}", argument, i));
  }
  return dims;
}

// The operator with its arguments as inputs "x0", ... (variables) and constants.
struct Forward {
  std::vector<Value> variables;
  std::vector<Value> outputs;
};

Forward append(Ops& ops, const Case& from, DType dtype, Shapes shapes) {
  Forward made;
  std::vector<Value> inputs;
  for (std::size_t i = 0; i < from.arguments.size(); ++i) {
    const Argument& argument = from.arguments[i];
    if (is_variable(argument)) {
      made.variables.push_back(ops.input(upkeep::format("x{}", i), dtype, dims_of(argument.tensor->shape(), shapes, i)));
      inputs.push_back(made.variables.back());
    } else {
      inputs.push_back(!argument.tensor ? Value()
                                        : ops.constant(is_float(*argument.tensor) ? argument.tensor->cast(dtype) : *argument.tensor));
    }
  }
  made.outputs = from.expression(ops, inputs);
  return made;
}

Tensors inputs_of(const Case& from, DType dtype) {
  Tensors inputs;
  for (std::size_t i = 0; i < from.arguments.size(); ++i)
    if (is_variable(from.arguments[i])) inputs.emplace(upkeep::format("x{}", i), from.arguments[i].tensor->cast(dtype));
  return inputs;
}

SessionOptions quiet() { return {.threads = 1}; }

Model empty_model(const Case& from) {
  Model model;
  model.opsets[""] = from.opset;
  return model;
}

// The outputs "y0", "y1", ...: those of the operator that are floats.
std::vector<Tensor> run_forward(const Session& session, const Tensors& inputs) {
  Tensors made = session.run(inputs);
  std::vector<Tensor> list;
  for (std::size_t j = 0; list.size() < made.size(); ++j)
    if (const auto found = made.find(upkeep::format("y{}", j)); found != made.end()) list.push_back(found->second);
  return list;
}

Session forward_session(const Case& from, DType dtype) {
  Model model = empty_model(from);
  Ops ops(model);
  const Forward forward = append(ops, from, dtype, Shapes::kKnown);
  for (std::size_t j = 0; j < forward.outputs.size(); ++j)
    if (forward.outputs[j].dtype() == dtype) ops.output(forward.outputs[j], upkeep::format("y{}", j));
  return Session(model, quiet());
}

// sum of weights * outputs, and the sum of its terms' sizes.
std::pair<double, double> weighted_sum(const std::vector<Tensor>& outputs, const std::vector<Tensor>& weights) {
  double sum = 0;
  double size = 0;
  for (std::size_t j = 0; j < outputs.size(); ++j) {
    const std::vector<double> y = doubles(outputs[j]);
    const std::vector<double> w = doubles(weights[j]);
    for (std::size_t k = 0; k < y.size(); ++k) sum += y[k] * w[k], size += std::abs(y[k] * w[k]);
  }
  return {sum, size};
}

struct Expected {
  Tensors gradients;     // float64, by variable
  double tolerance = 0;  // absolute part
};

Expected finite_differences(const Session& session, const Case& from, DType dtype, const std::vector<Tensor>& weights) {
  const double step = dtype == DType::kFloat64 ? 1e-3 : 2e-2;
  const double epsilon = dtype == DType::kFloat64 ? 2.2e-16 : 1.2e-7;
  Expected expected;
  const Tensors inputs = inputs_of(from, dtype);
  double size = 0;
  for (const auto& [name, tensor] : inputs) {
    std::vector<double> slopes = five_point_slopes(tensor, step, [&, &name = name](const Tensor& moved) {
      Tensors shifted = inputs;
      shifted[name] = moved.cast(dtype);
      const auto [sum, terms] = weighted_sum(run_forward(session, shifted), weights);
      size = std::max(size, terms);
      return sum;
    });
    expected.gradients.emplace(name, Tensor(tensor.shape(), std::move(slopes)));
  }
  expected.tolerance = 4 * epsilon * size / step + (dtype == DType::kFloat64 ? 1e-6 : 1e-4);
  return expected;
}

// The gradients by the rule under test; weighted by inputs "r0", ..., or of the plain sum.
Tensors gradients_by_rule(const Case& from, DType dtype, Shapes shapes, const std::vector<Tensor>* weights) {
  Model model = empty_model(from);
  Ops ops(model);
  const Forward forward = append(ops, from, dtype, shapes);
  Tensors inputs = inputs_of(from, dtype);
  Value total;
  std::size_t next = 0;
  for (std::size_t j = 0; j < forward.outputs.size(); ++j) {
    Value y = forward.outputs[j];
    if (y.dtype() != dtype) continue;
    if (weights) {
      const Tensor& weight = (*weights)[next++];
      const std::string name = upkeep::format("r{}", j);
      y = ops.mul(y, ops.input(name, dtype, y.rank_known() ? y.dims() : Dims(weight.rank())));
      inputs.emplace(name, weight.cast(dtype));
    }
    const Value sum = ops.reduce_sum(y, {});
    total = total ? ops.add(total, sum) : sum;
  }
  const std::vector<Value> gradients = differentiate(ops, total, forward.variables);
  for (std::size_t i = 0; i < gradients.size(); ++i) ops.output(gradients[i], "grad_" + forward.variables[i].name());
  return Session(model, quiet()).run(inputs);
}

testing::AssertionResult compare(const Expected& expected, const Tensors& made, double relative, const std::string& where) {
  for (const auto& [name, wanted] : expected.gradients) {
    const Tensor& got = made.at("grad_" + name);
    if (got.shape() != wanted.shape())
      return testing::AssertionFailure() << where << ": the gradient of " << name << " has shape " << to_string(got.shape())
                                         << " instead of " << to_string(wanted.shape());
    const std::vector<double> a = doubles(got);
    const std::vector<double> b = doubles(wanted);
    for (std::size_t k = 0; k < a.size(); ++k)
      if (!(std::abs(a[k] - b[k]) <= expected.tolerance + relative * std::abs(b[k])))
        return testing::AssertionFailure() << where << ": the gradient of " << name << " at " << k << " is " << a[k] << ", differences say "
                                           << b[k] << " (tolerance " << expected.tolerance << ")";
  }
  return testing::AssertionSuccess();
}

std::vector<Tensor> weights_like(const std::vector<Tensor>& outputs, bool random) {
  std::vector<Tensor> weights;
  for (std::size_t j = 0; j < outputs.size(); ++j)
    weights.push_back(random ? random_tensor(outputs[j].shape(), {.low = 0.5, .high = 2, .seed = 77 + j})
                             : Tensor::full(outputs[j].shape(), 1.0));
  return weights;
}

testing::AssertionResult matches_in(const Case& from, DType dtype) {
  const Session session = forward_session(from, dtype);
  const std::vector<Tensor> outputs = run_forward(session, inputs_of(from, dtype));
  for (const bool random : {true, false}) {
    const std::vector<Tensor> weights = weights_like(outputs, random);
    const Expected expected = finite_differences(session, from, dtype, weights);
    for (const auto& [shapes, words] : {std::pair(Shapes::kKnown, "known shapes"),
                                        {Shapes::kSharedSymbols, "shared symbols"},
                                        {Shapes::kOwnSymbols, "a symbol for each dimension"}}) {
      const Tensors made = gradients_by_rule(from, dtype, shapes, random ? &weights : nullptr);
      const std::string where =
          upkeep::format("{}, {}, {}", to_string(dtype), words, random ? "random gradient arriving" : "gradient of the sum");
      if (auto result = compare(expected, made, dtype == DType::kFloat64 ? 1e-6 : 1e-3, where); !result) return result;
    }
  }
  return testing::AssertionSuccess();
}

bool runs_in_float64(const Case& from) {
  try {
    const Session session = forward_session(from, DType::kFloat64);
    gradients_by_rule(from, DType::kFloat64, Shapes::kKnown, nullptr);
    return true;
  } catch (const Error&) {  // no kernel for this type; whatever else is wrong will show in float32
    return false;
  }
}

testing::AssertionResult matches(const Case& from) { return matches_in(from, runs_in_float64(from) ? DType::kFloat64 : DType::kFloat32); }

}  // namespace

std::vector<double> five_point_slopes(const Tensor& at, double step, const std::function<double(const Tensor& moved)>& objective) {
  const std::vector<double> values = doubles(at);
  std::vector<double> slopes;
  for (std::size_t k = 0; k < values.size(); ++k) {
    double slope = 0;
    for (const auto& [offset, factor] : {std::pair(-2.0, 1.0), {-1.0, -8.0}, {1.0, 8.0}, {2.0, -1.0}}) {
      std::vector<double> moved = values;
      moved[k] += offset * step;
      slope += factor * objective(Tensor(at.shape(), std::move(moved))) / (12 * step);
    }
    slopes.push_back(slope);
  }
  return slopes;
}

Argument fixed(Tensor tensor) {
  Argument argument(std::move(tensor));
  argument.is_fixed = true;
  return argument;
}

Argument absent() {
  Argument argument{Tensor()};
  argument.tensor.reset();
  return argument;
}

Tensor random_tensor(const Shape& shape, const RandomRange& range) {
  Random random(range.seed, stream_id("gradients"));
  std::vector<double> values(static_cast<std::size_t>(element_count(shape)));
  for (double& value : values) {
    value = random.uniform(range.low, range.high);
    if (std::abs(value) < range.gap) value = value < 0 ? value - range.gap : value + range.gap;
  }
  return Tensor(shape, std::move(values));
}

Tensor distinct_tensor(const Shape& shape) {
  Random random(5, stream_id("gradients"));
  const std::int64_t size = element_count(shape);
  std::vector<double> values;
  for (const std::int64_t place : random.permutation(size)) values.push_back(0.2 * static_cast<double>(place - size / 2) + 0.1);
  return Tensor(shape, std::move(values));
}

Tensor int_tensor(const Shape& shape, std::vector<std::int64_t> values) { return Tensor(shape, std::move(values)); }

Tensor ints(std::vector<std::int64_t> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return Tensor(shape, std::move(values));
}

testing::AssertionResult gradient_matches(const Expression& expression, const std::vector<Argument>& arguments, std::size_t outputs) {
  const Case from{expression, arguments, outputs};
  return matches(from);
}

testing::AssertionResult gradient_matches(const std::string& op, const std::vector<Argument>& arguments,
                                          const std::vector<Attribute>& attributes, std::size_t outputs) {
  return gradient_matches(operator_case(op, arguments, attributes, outputs).expression, arguments, outputs);
}

testing::AssertionResult gradient_matches_at(std::int64_t opset, const std::string& op, const std::vector<Argument>& arguments,
                                             const std::vector<Attribute>& attributes, std::size_t outputs) {
  Case from = operator_case(op, arguments, attributes, outputs);
  from.opset = opset;
  return matches(from);
}

testing::AssertionResult second_gradient_matches(const std::string& op, const std::vector<Argument>& arguments,
                                                 const std::vector<Attribute>& attributes, std::size_t outputs) {
  const Expression first = [&](Ops& ops, const std::vector<Value>& inputs) {
    std::vector<Value> variables;
    for (std::size_t i = 0; i < arguments.size(); ++i)
      if (is_variable(arguments[i])) variables.push_back(inputs[i]);
    Value total;
    for (const Value& y : ops.nodes(op, inputs, outputs, attributes)) {
      if (y.dtype() != variables[0].dtype()) continue;
      const Value half = ops.mul(ops.reduce_sum(ops.mul(y, y), {}), 0.5f);
      total = total ? ops.add(total, half) : half;
    }
    return differentiate(ops, total, variables);
  };
  return gradient_matches(first, arguments, static_cast<std::size_t>(std::ranges::count_if(arguments, is_variable)));
}

std::vector<float> gradient(const std::string& op, const std::vector<Argument>& arguments, const std::vector<Attribute>& attributes,
                            std::size_t with_respect_to) {
  const Case from = operator_case(op, arguments, attributes, 1);
  const Tensor made = gradients_by_rule(from, DType::kFloat32, Shapes::kKnown, nullptr).at(upkeep::format("grad_x{}", with_respect_to));
  return {made.floats().begin(), made.floats().end()};
}

std::ptrdiff_t count(const Model& model, std::string_view op) { return std::ranges::count(model.graph.nodes, op, &Node::op); }

TEST(FiniteDifferences, NoticeASecondGradientThatIsWrong) {
  // L = |x|^2: at the kink of |x| the rule says d(2 |x| sign(x))/dx = 0, differences say 2.
  EXPECT_FALSE(second_gradient_matches("Abs", {Tensor({1}, std::vector<double>{0})}));
}

TEST(FiniteDifferences, NoticeAGradientThatIsWrong) {
  // Relu at its kink: the rule says 0, differences say 1/2.
  const testing::AssertionResult result = gradient_matches("Relu", {Tensor({1}, std::vector<double>{0})});
  EXPECT_FALSE(result);
}

}  // namespace upkeep::gradients
