#include "train/kernels/kernel_test.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "base/random.hpp"
#include "graph/onnx.hpp"
#include "runtime/session.hpp"

namespace upkeep::kernels {
namespace {

using testing::AssertionFailure;
using testing::AssertionResult;
using testing::AssertionSuccess;

bool standard_only(const Model& model) {
  return std::ranges::none_of(model.graph.nodes, [](const Node& node) { return node.domain == kDomain; }) &&
         !model.opsets.contains(kDomain);
}

std::string input_name(std::size_t i) { return upkeep::format("x{}", i); }

Dims kernel_test_dims(const Shape& shape, bool symbols) {
  Dims dims;
  for (const std::int64_t size : shape) dims.push_back(symbols ? Dim(upkeep::format("n{}", size)) : Dim(size));
  return dims;
}

std::vector<Value> kernel_test_inputs(Ops& ops, const std::vector<OptionalTensor>& inputs, bool symbols) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    values.push_back(inputs[i] ? ops.input(input_name(i), inputs[i]->dtype(), kernel_test_dims(inputs[i]->shape(), symbols)) : Value());
  return values;
}

Tensors feeds(const std::vector<OptionalTensor>& inputs) {
  Tensors made;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i]) made.emplace(input_name(i), *inputs[i]);
  return made;
}

AssertionResult equal(const Tensor& got, const Tensor& wanted, double tolerance, const std::string& where) {
  if (got.shape() != wanted.shape() || got.dtype() != wanted.dtype())
    return AssertionFailure() << where << " is " << to_string(got.dtype()) << to_string(got.shape()) << " instead of "
                              << to_string(wanted.dtype()) << to_string(wanted.shape());
  const Tensor a = got.cast(DType::kFloat64);
  const Tensor b = wanted.cast(DType::kFloat64);
  double largest = 1e-30;
  for (const double value : b.data<double>()) largest = std::max(largest, std::abs(value));
  for (std::size_t k = 0; k < a.data<double>().size(); ++k) {
    const double x = a.data<double>()[k];
    const double y = b.data<double>()[k];
    if (!(std::abs(x - y) <= tolerance * largest))
      return AssertionFailure() << where << " at " << k << " is " << x << ", expected " << y << " (largest " << largest << ")";
  }
  return AssertionSuccess();
}

AssertionResult compare(const Tensors& got, const Tensors& wanted, double tolerance, const std::string& where) {
  if (got.size() != wanted.size()) return AssertionFailure() << where << ": " << got.size() << " outputs instead of " << wanted.size();
  for (const auto& [name, tensor] : wanted)
    if (auto result = equal(got.at(name), tensor, tolerance, where + ": " + name); !result) return result;
  return AssertionSuccess();
}

AssertionResult fits(const Model& model, const Tensors& made) {
  for (const auto& [name, tensor] : made) {
    const ValueInfo* info = model.graph.value(name);
    if (!info || !info->type.shape || info->type.dtype != tensor.dtype())
      return AssertionFailure() << name << " has no type, or a wrong one";
    const Dims& dims = *info->type.shape;
    bool same = dims.size() == tensor.rank();
    for (std::size_t i = 0; same && i < dims.size(); ++i) same = !dims[i].known() || dims[i].value == tensor.shape()[i];
    if (!same)
      return AssertionFailure() << name << " is declared as " << to_string(info->type) << " and has shape " << to_string(tensor.shape());
  }
  return AssertionSuccess();
}

Model model_of(const std::string& name, const std::vector<OptionalTensor>& inputs, const KernelCase& one, bool symbols) {
  Model model;
  Ops ops(model);
  const std::vector<Value> made = apply(ops, name, kernel_test_inputs(ops, inputs, symbols), one.attributes, one.wanted);
  for (std::size_t i = 0; i < made.size(); ++i)
    if (made[i]) ops.output(made[i], upkeep::format("y{}", i));
  return model;
}

// Gradients by differentiate() of sum(r * y).
Model gradient_model(const std::string& op, const std::vector<OptionalTensor>& inputs, const KernelCase& one, std::size_t outputs,
                     gradients::Form form) {
  Model model;
  Ops ops(model);
  const std::vector<Value> values = kernel_test_inputs(ops, inputs, false);
  std::vector<Value> variables;
  for (const Value& value : values)
    if (value && value.dtype() == DType::kFloat32) variables.push_back(value);
  const std::vector<Value> made = ops.nodes(op, values, outputs, one.attributes);
  const Value y = made[0];
  Shape shape;
  for (const Dim& dim : y.dims()) shape.push_back(dim.value);
  const Value total = ops.reduce_sum(ops.mul(y, ops.constant(numbers(shape, 99))), {});
  if (form == gradients::Form::kKernels) fuse(ops, {total});
  const std::vector<Value> found = gradients::differentiate(ops, total, variables, {}, form);
  for (std::size_t i = 0; i < found.size(); ++i) ops.output(found[i], "gradient_" + variables[i].name());
  return model;
}

}  // namespace

Tensor numbers(const Shape& shape, std::uint64_t seed, double low, double high) {
  Random random(seed, stream_id("kernels"));
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = static_cast<float>(random.uniform(low, high));
  return Tensor(shape, std::move(values));
}

Tensor indices(const Shape& shape, std::int64_t below, std::uint64_t seed) {
  Random random(seed, stream_id("kernels"));
  std::vector<std::int64_t> values(static_cast<std::size_t>(element_count(shape)));
  for (std::int64_t& value : values) value = std::min(below - 1, static_cast<std::int64_t>(random.uniform(0, static_cast<double>(below))));
  return Tensor(shape, std::move(values));
}

Tensors run_kernel(const std::string& name, const std::vector<OptionalTensor>& inputs, const KernelCase& one, int threads) {
  return Session(model_of(name, inputs, one, false), {.threads = threads, .kernels = &domain()}).run(feeds(inputs));
}

AssertionResult near(const Tensor& got, const Tensor& wanted, double tolerance) { return equal(got, wanted, tolerance, "it"); }

AssertionResult kernel_matches(const std::string& name, const std::vector<OptionalTensor>& inputs, const KernelCase& one) {
  for (const bool symbols : {false, true}) {
    const Model fused = model_of(name, inputs, one, symbols);
    Model expanded = fused;
    expand(expanded);
    if (!standard_only(expanded)) return AssertionFailure() << "the expansion holds other than standard operators";
    verify(expanded);
    const Tensors wanted = Session(expanded, {.threads = 1}).run(feeds(inputs));
    for (const int threads : {1, 3}) {
      const Session session(fused, {.threads = threads, .kernels = &domain()});
      const Tensors got = session.run(feeds(inputs));
      const std::string where = upkeep::format("{}, {} threads", symbols ? "symbols" : "known shapes", threads);
      if (auto result = compare(got, wanted, one.tolerance, where); !result) return result;
      if (auto result = compare(session.run(feeds(inputs)), got, 0, where + ", second run"); !result) return result;
      if (auto result = fits(fused, got); !result) return result;
    }
  }
  return AssertionSuccess();
}

AssertionResult gradient_uses_kernel(const std::string& kernel, const std::string& op, const std::vector<OptionalTensor>& inputs,
                                     const KernelCase& one, std::size_t outputs) {
  const Model plain = gradient_model(op, inputs, one, outputs, gradients::Form::kStandard);
  const Model fused = gradient_model(op, inputs, one, outputs, gradients::Form::kKernels);
  if (!standard_only(plain)) return AssertionFailure() << "the standard form holds other than standard operators";
  const bool used = std::ranges::any_of(fused.graph.nodes, [&](const Node& node) { return node.op == kernel && node.domain == kDomain; });
  if (!used) return AssertionFailure() << kernel << " is not in the graph";
  Model expanded = fused;
  expand(expanded);
  const Tensors wanted = Session(plain, {.threads = 1}).run(feeds(inputs));
  const Tensors got = Session(fused, {.threads = 2, .kernels = &domain()}).run(feeds(inputs));
  if (auto result = compare(got, wanted, one.tolerance, "gradient"); !result) return result;
  return compare(Session(expanded, {.threads = 1}).run(feeds(inputs)), wanted, one.tolerance, "expanded gradient");
}

namespace {

TEST(Kernels, ExpandKeepsNamesOfOutputsAndWhatIsAroundThem) {
  Model model;
  Ops ops(model);
  const Value dy = ops.input("dy", DType::kFloat32, {2});
  const Value y = ops.input("y", DType::kFloat32, {2});
  const Value made = apply(ops, "ReluGrad", {dy, ops.relu(y)})[0];
  ops.output(ops.neg(made), "negated");
  ops.output(made, "gradient");
  expand(model);
  EXPECT_TRUE(standard_only(model));
  const Tensors got = Session(model).run({{"dy", Tensor({2}, std::vector<float>{3, 4})}, {"y", Tensor({2}, std::vector<float>{-1, 1})}});
  EXPECT_THAT(got.at("gradient").floats(), testing::ElementsAre(0, 4));
  EXPECT_THAT(got.at("negated").floats(), testing::ElementsAre(0, -4));
}

TEST(Kernels, AreNotForTypesThatTheyDoNotTake) {
  Model model;
  Ops ops(model);
  const Value wide = ops.input("x", DType::kFloat64, {2});
  EXPECT_FALSE(takes("ReluGrad", {wide, wide}));
  EXPECT_THROW(apply(ops, "ReluGrad", {wide, wide}), Error);
}

TEST(Kernels, DifferentiateFallsBackToStandardRulesInFloat64) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat64, {2});
  const Value total = ops.reduce_sum(ops.relu(x), {});
  gradients::differentiate(ops, total, {x}, {}, gradients::Form::kKernels);
  EXPECT_TRUE(standard_only(model));
}

TEST(Kernels, AWrongNumberIsNoticed) {
  const Tensor right({2}, std::vector<float>{1, 2});
  EXPECT_FALSE(equal(Tensor({2}, std::vector<float>{1, 2.001F}), right, 1e-6, "y"));
  EXPECT_FALSE(equal(Tensor({2, 1}, std::vector<float>{1, 2}), right, 1e-6, "y"));
  EXPECT_FALSE(equal(Tensor({2}, std::vector<float>{1, std::nanf("")}), right, 1e-6, "y"));
}

}  // namespace
}  // namespace upkeep::kernels
