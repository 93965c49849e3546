#include "graph/flops.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string_view>

#include "base/names.hpp"

namespace upkeep {
namespace {

struct Unknown {};  // a shape or an attribute that is needed; flops() catches it

std::int64_t product(const Shape& shape, std::size_t begin, std::size_t end) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(begin), shape.begin() + static_cast<std::ptrdiff_t>(end),
                         std::int64_t{1}, std::multiplies<>());
}

std::int64_t product(const Shape& shape) { return product(shape, 0, shape.size()); }

// A node with the shapes around it.
class Counted {
 public:
  Counted(const Node& node, const ShapeOf& shape_of) : node_(node), shape_of_(shape_of) {}
  const Node& node() const { return node_; }
  bool has_input(std::size_t i) const { return i < node_.inputs.size() && !node_.inputs[i].empty(); }
  Shape input(std::size_t i) const { return has_input(i) ? known(node_.inputs[i]) : throw Unknown(); }
  Shape output(std::size_t i = 0) const {
    return i < node_.outputs.size() && !node_.outputs[i].empty() ? known(node_.outputs[i]) : throw Unknown();
  }
  std::int64_t in(std::size_t i = 0) const { return product(input(i)); }
  std::int64_t out() const { return product(output()); }
  std::int64_t number(std::string_view attribute, std::int64_t fallback) const { return node_.get<std::int64_t>(attribute, fallback); }

 private:
  Shape known(const std::string& name) const {
    if (std::optional<Shape> shape = shape_of_(name)) return *std::move(shape);
    throw Unknown();
  }
  const Node& node_;
  const ShapeOf& shape_of_;
};

using Rule = Flops (*)(const Counted&);

Flops nothing(const Counted&) { return {}; }
Flops elementwise(const Counted& at) { return {.other = at.out()}; }
Flops variadic(const Counted& at) { return {.other = at.out() * std::max<std::int64_t>(1, std::ssize(at.node().inputs) - 1)}; }
Flops softmax(const Counted& at) { return {.other = 5 * at.out()}; }
Flops batch_normalization(const Counted& at) { return {.other = 2 * at.out()}; }
Flops layer_normalization(const Counted& at) { return {.other = 7 * at.out()}; }
Flops reduction(const Counted& at) { return {.other = at.in()}; }

Flops pool(const Counted& at) {
  const auto size = at.node().get<std::vector<std::int64_t>>("kernel_shape", {});
  return {.other = at.out() * product(size)};
}

// [M, K] x [K, N] + C
Flops gemm(const Counted& at) {
  const Shape a = at.input(0);
  if (a.size() != 2) throw Unknown();
  const std::int64_t inner = at.number("transA", 0) != 0 ? a[0] : a[1];
  return {.multiply_adds = at.out() * inner, .other = at.has_input(2) ? at.out() : 0};
}

// Each element of the result is a sum over the last axis of a.
Flops matmul(const Counted& at) {
  const Shape a = at.input(0);
  if (a.empty()) throw Unknown();
  return {.multiply_adds = at.out() * a.back()};
}

// Kernel [filters, channels / groups, ...]: each element of the result is a sum over one filter.
Flops convolution(const Counted& at, std::size_t kernel_at, std::size_t bias_at) {
  const Shape kernel = at.input(kernel_at);
  if (kernel.size() < 2) throw Unknown();
  return {.multiply_adds = at.out() * product(kernel, 1, kernel.size()), .other = at.has_input(bias_at) ? at.out() : 0};
}
Flops convolution(const Counted& at) { return convolution(at, 1, 2); }
Flops integer_convolution(const Counted& at) { return convolution(at, 1, static_cast<std::size_t>(-1)); }
Flops quantized_convolution(const Counted& at) { return convolution(at, 3, 8); }

// Kernel [channels, filters / groups, ...]: each element that goes in is spread over one kernel.
Flops transposed_convolution(const Counted& at) {
  const Shape kernel = at.input(1);
  if (kernel.size() < 2) throw Unknown();
  return {.multiply_adds = at.in() * product(kernel, 1, kernel.size()), .other = at.has_input(2) ? at.out() : 0};
}

// Both products of each step: `gates` rows of hidden numbers, from the input and from the hidden state. `each`: what else there is to do
// for each hidden number, which is a bias and an activation for each gate, and how the gates are put together.
Flops recurrent(const Counted& at, std::int64_t gates, std::int64_t each) {
  const Shape x = at.input(0);           // [steps, batch, inputs]; with layout 1 the first two change places
  const Shape recurrence = at.input(2);  // [directions, gates * hidden, hidden]
  if (x.size() != 3 || recurrence.size() != 3) throw Unknown();
  const std::int64_t hidden = recurrence[2];
  const std::int64_t states = recurrence[0] * x[0] * x[1] * hidden;
  return {.multiply_adds = states * gates * (x[2] + hidden), .other = states * each};
}
Flops lstm(const Counted& at) { return recurrent(at, 4, 4 * 2 + 5); }  // c' = f c + i g, h = o tanh(c')
Flops gru(const Counted& at) { return recurrent(at, 3, 3 * 2 + 5); }   // r h, h' = (1 - z) n + z h
Flops simple_rnn(const Counted& at) { return recurrent(at, 1, 2); }

// "bhqd,bkhd->bhqk": a multiply-add for each combination of indices. One operand is only moved or summed.
Flops einsum(const Counted& at) {
  std::string equation = at.node().get<std::string>("equation", "");
  std::erase(equation, ' ');
  std::map<char, std::int64_t> sizes;
  std::size_t place = 0;
  for (std::size_t operand = 0; operand < at.node().inputs.size(); ++operand, ++place) {
    const Shape shape = at.input(operand);
    for (const std::int64_t size : shape) {
      if (place >= equation.size() || equation[place] < 'A') throw Unknown();  // an ellipsis
      std::int64_t& known = sizes[equation[place++]];
      known = std::max(known, size);
    }
  }
  std::int64_t combinations = 1;
  for (const auto& [index, size] : sizes) combinations *= size;
  if (at.node().inputs.size() < 2) return {.other = combinations};
  return {.multiply_adds = combinations * (std::ssize(at.node().inputs) - 1)};
}

// Each element is a sum of 2 (linear) or 4 (cubic) neighbours along each axis that changes its size.
Flops resize(const Counted& at) {
  const std::string mode = at.node().get<std::string>("mode", "nearest");
  if (mode == "nearest") return {};
  const Shape before = at.input(0);
  const Shape after = at.output();
  std::int64_t neighbours = 1;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i] != after[i]) neighbours *= mode == "linear" ? 2 : 4;
  return {.multiply_adds = neighbours == 1 ? 0 : neighbours * product(after)};
}

// A square, a sum over neighbouring channels, a power and a quotient.
Flops local_response(const Counted& at) { return {.other = at.out() * (at.number("size", 1) + 3)}; }

struct Operators {
  Rule rule;
  std::string_view names;
};

constexpr Operators kAlike[] = {
    {elementwise,
     "Abs Acos Acosh Add Asin Asinh Atan Atanh Celu Ceil Clip Cos Cosh Div Elu Erf Exp Floor Gelu HardSigmoid "
     "HardSwish LeakyRelu Log Mish Mod Mul Neg PRelu Pow Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh "
     "Softplus Softsign Sqrt Sub Swish Tan Tanh ThresholdedRelu CumSum DequantizeLinear QuantizeLinear"},
    {variadic, "Max Mean Min Sum"},
    {softmax, "Softmax LogSoftmax"},
    {batch_normalization, "BatchNormalization"},
    {layer_normalization,
     "LayerNormalization GroupNormalization InstanceNormalization MeanVarianceNormalization RMSNormalization "
     "LpNormalization"},
    {reduction,
     "ArgMax ArgMin GlobalAveragePool GlobalLpPool GlobalMaxPool Hardmax ReduceL1 ReduceL2 ReduceLogSum "
     "ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare"},
    {pool, "AveragePool LpPool MaxPool"},
    {nothing,
     "And Bernoulli BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast CastLike Compress Concat Constant "
     "ConstantOfShape DepthToSpace Dropout Equal Expand EyeLike Flatten Gather GatherElements GatherND Greater "
     "GreaterOrEqual Identity IsInf IsNaN Less LessOrEqual NonZero Not OneHot Or Pad RandomNormal RandomNormalLike "
     "RandomUniform RandomUniformLike Range Reshape ReverseSequence ScatterElements ScatterND Shape Size Slice "
     "SpaceToDepth Split Squeeze Tile TopK Transpose Trilu Unique Unsqueeze Where Xor"}};

const std::map<std::string, Rule, std::less<>>& rules() {
  static const auto* const all = [] {
    auto* made = new std::map<std::string, Rule, std::less<>>{{"Gemm", gemm},
                                                              {"MatMul", matmul},
                                                              {"MatMulInteger", matmul},
                                                              {"QLinearMatMul", matmul},
                                                              {"Einsum", einsum},
                                                              {"Conv", convolution},
                                                              {"ConvInteger", integer_convolution},
                                                              {"QLinearConv", quantized_convolution},
                                                              {"ConvTranspose", transposed_convolution},
                                                              {"LSTM", lstm},
                                                              {"GRU", gru},
                                                              {"RNN", simple_rnn},
                                                              {"Resize", resize},
                                                              {"LRN", local_response}};
    for (const Operators& alike : kAlike)
      for (std::string& name : split(alike.names, ' ')) made->emplace(std::move(name), alike.rule);
    return made;
  }();
  return *all;
}

}  // namespace

Flops& Flops::operator+=(const Flops& more) {
  multiply_adds += more.multiply_adds;
  other += more.other;
  return *this;
}

std::optional<Flops> flops(const Node& node, const ShapeOf& shape_of) {
  const auto rule = rules().find(node.op);
  if (!node.domain.empty() || rule == rules().end()) return std::nullopt;
  try {
    return rule->second(Counted(node, shape_of));
  } catch (const Unknown&) {
    return std::nullopt;
  }
}

}  // namespace upkeep
