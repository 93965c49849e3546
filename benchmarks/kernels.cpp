// Forward pass and gradients of single operators and of a small convolutional network, in standard operators and with kernels.
//
//   kernels_benchmark --benchmark_filter=conv     on UPKEEP_THREADS threads (default 2)
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "runtime/session.hpp"
#include "train/gradients/gradient.hpp"
#include "train/kernels/kernel.hpp"

using namespace upkeep;

namespace {

using Ints = std::vector<std::int64_t>;
using Build = std::function<Value(Ops& ops)>;  // a value whose sum is differentiated with respect to all float inputs

Value input(Ops& ops, const Shape& shape) {
  return ops.input("x" + std::to_string(ops.model().graph.inputs.size()), DType::kFloat32, Dims(shape.begin(), shape.end()));
}

Value conv(Ops& ops, Value x, const Shape& w, std::int64_t group, std::int64_t pad) {
  return ops.node("Conv", {std::move(x), input(ops, w), input(ops, {w[0]})}, {{"group", group}, {"pads", Ints{pad, pad, pad, pad}}});
}

Value dense(Ops& ops, Value x, std::int64_t inputs, std::int64_t units) {
  return ops.gemm(std::move(x), input(ops, {inputs, units}), input(ops, {units}), false, false);
}

Value max_pool(Ops& ops, Value x) { return ops.node("MaxPool", {std::move(x)}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}}); }

// 28x28x1: Conv 32, Conv 64, pool, Dense 128, Dense 10; 64 rows.
Value network(Ops& ops) {
  const Value first = ops.relu(conv(ops, ops.constant(Tensor::full(Shape{64, 1, 28, 28}, 0.5F)), {32, 1, 3, 3}, 1, 0));
  const Value pooled = max_pool(ops, ops.relu(conv(ops, first, {64, 32, 3, 3}, 1, 0)));
  const Value hidden = ops.relu(dense(ops, ops.reshape(pooled, {64, -1}), 64 * 12 * 12, 128));
  return ops.log_softmax(dense(ops, hidden, 128, 10), -1);
}

Value batch_normalization(Ops& ops) {
  const Value x = input(ops, {32, 64, 32, 32});
  const Value scale = input(ops, {64});
  const Value fixed = ops.constant(Tensor::full(Shape{64}, 1.0F));
  return ops.nodes("BatchNormalization", {x, scale, fixed, fixed, fixed}, 3, {{"training_mode", std::int64_t{1}}})[0];
}

Value recurrent(Ops& ops, const std::string& op, std::int64_t gates) {
  const Value x = ops.constant(Tensor::full(Shape{50, 64, 32}, 0.5F));
  std::vector<Attribute> attributes = {{"hidden_size", std::int64_t{128}}};
  if (op == "GRU") attributes.push_back({"linear_before_reset", std::int64_t{1}});
  return ops.nodes(op, {x, input(ops, {1, gates * 128, 32}), input(ops, {1, gates * 128, 128}), input(ops, {1, 2 * gates * 128})}, 1,
                   attributes)[0];
}

Model model_of(const Build& build, gradients::Form form) {
  Model model;
  Ops ops(model);
  const Value y = build(ops);
  Shape shape;
  for (const Dim& dim : y.dims()) shape.push_back(dim.value);
  const Value total = ops.reduce_sum(ops.mul(y, ops.constant(Tensor::full(shape, 0.01F))), {});
  std::vector<Value> variables;
  for (const ValueInfo& one : model.graph.inputs) variables.push_back(ops.existing(one.name));
  if (form == gradients::Form::kKernels) kernels::fuse(ops, {total});
  const std::vector<Value> made = gradients::differentiate(ops, total, variables, {}, form);
  for (std::size_t i = 0; i < made.size(); ++i) ops.output(made[i], "gradient" + std::to_string(i));
  ops.output(total, "total");
  return model;
}

std::vector<float> random_floats(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  Random(1, stream_id("benchmark")).fill_uniform(values);
  for (float& value : values) value = (value - 0.5F) * 0.2F;
  return values;
}

void run(benchmark::State& state, const Build& build, gradients::Form form) {
  try {
    const char* threads = std::getenv("UPKEEP_THREADS");
    const Session session(model_of(build, form), {.threads = threads ? std::atoi(threads) : 2, .kernels = &kernels::domain()});
    Binding binding(session);
    std::vector<std::vector<float>> memory;
    for (const auto* specs : {&session.inputs(), &session.outputs()})
      for (const TensorSpec& spec : *specs) {
        Shape shape;
        for (const Dim& dim : spec.dims) shape.push_back(dim.value);
        memory.push_back(random_floats(element_count(shape)));
        if (specs == &session.inputs()) binding.input(spec.name, spec.dtype, shape, memory.back().data());
        else binding.output(spec.name, spec.dtype, shape, memory.back().data());
      }
    binding.run();
    for (auto _ : state) binding.run();
  } catch (const Error& error) {
    state.SkipWithError(error.what());
  }
}

void add(const std::string& name, const Build& build) {
  for (const auto& [word, form] : {std::pair("standard", gradients::Form::kStandard), {"kernels", gradients::Form::kKernels}})
    benchmark::RegisterBenchmark((name + "/" + word).c_str(), [build, form](benchmark::State& state) { run(state, build, form); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
}

}  // namespace

int main(int count, char** words) {
  add("convolutional_network", network);
  add("conv_3x3", [](Ops& ops) { return conv(ops, input(ops, {64, 32, 26, 26}), {64, 32, 3, 3}, 1, 0); });
  add("conv_3x3_relu", [](Ops& ops) { return ops.relu(conv(ops, input(ops, {64, 32, 26, 26}), {64, 32, 3, 3}, 1, 0)); });
  add("conv_1x1", [](Ops& ops) { return conv(ops, input(ops, {32, 64, 32, 32}), {128, 64, 1, 1}, 1, 0); });
  add("conv_depthwise", [](Ops& ops) { return conv(ops, input(ops, {32, 64, 32, 32}), {64, 1, 3, 3}, 64, 1); });
  add("max_pool", [](Ops& ops) { return max_pool(ops, input(ops, {64, 64, 24, 24})); });
  add("relu", [](Ops& ops) { return ops.relu(input(ops, {64, 64, 24, 24})); });
  add("batch_normalization", batch_normalization);
  add("lstm", [](Ops& ops) { return recurrent(ops, "LSTM", 4); });
  add("gru", [](Ops& ops) { return recurrent(ops, "GRU", 3); });
  add("dense", [](Ops& ops) { return dense(ops, input(ops, {64, 9216}), 9216, 128); });
  benchmark::Initialize(&count, words);
  benchmark::RunSpecifiedBenchmarks();
}
