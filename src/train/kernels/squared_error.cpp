// The mean of squared differences, over all elements of p and t:
//
//   MeanSquaredError       loss = mean((p - t)^2)
//   MeanSquaredErrorGrad   dp = 2 (p - t) / n * dloss     dt = -dp
//
// The forward pattern is the one that the loss mse of train/losses writes: Sub, Mul of it by itself, ReduceMean over all axes.

#include "train/gradients/rule.hpp"
#include "train/kernels/kernel.hpp"
#include "train/kernels/shared/rows.hpp"

namespace upkeep::kernels {
namespace {

constexpr std::int64_t kSquaredErrorGrain = 16 << 10;

class MeanSquaredError : public Kernel {
 public:
  void run(KernelContext& context) override {
    const std::int64_t count = element_count(context.shape(0));
    float* loss = context.output<float>(0, {});
    if (loss)
      *loss = static_cast<float>(row_distance(count, context.input<float>(0), context.input<float>(1)) / static_cast<double>(count));
  }
};

// Inputs: p, t, dloss.
class MeanSquaredErrorGrad : public Kernel {
 public:
  void run(KernelContext& context) override {
    const Shape shape = context.shape(0);
    const std::int64_t count = element_count(shape);
    const float* p = context.input<float>(0);
    const float* t = context.input<float>(1);
    const float factor = count == 0 ? 0 : 2.0F * *context.input<float>(2) / static_cast<float>(count);
    for (const std::size_t output : {0U, 1U}) {
      const float sign = output == 0 ? factor : -factor;
      if (float* to = context.output<float>(output, shape))
        context.parallel_for(count, kSquaredErrorGrain, [=](std::int64_t begin, std::int64_t end) {
          combine_rows(end - begin, sign, p + begin, -sign, t + begin, 0, 0, to + begin);
        });
    }
  }
};

std::vector<Value> expand_squared_error(Ops& ops, const Node&, const std::vector<Value>& inputs) {
  const Value difference = ops.sub(inputs[0], inputs[1]);
  return {ops.reduce_mean(ops.mul(difference, difference), {})};
}

std::vector<Value> expand_squared_error_grad(Ops& ops, const Node&, const std::vector<Value>& inputs) {
  const Value factor = ops.div(ops.mul(inputs[2], 2.0F), ops.cast(ops.size(inputs[0]), DType::kFloat32));
  const Value dp = ops.mul(ops.sub(inputs[0], inputs[1]), factor);
  return {dp, ops.neg(dp)};
}

gradients::Grads squared_error_rule(const gradients::ForwardNode& node, Ops& ops) {
  return apply(ops, "MeanSquaredErrorGrad", {node.input(0), node.input(1), gradients::full_grad(node, ops)}, {},
               {node.wants(0), node.wants(1)});
}

std::vector<Value> fuse_squared_error(const Place& place, Ops& ops) {
  const Node& mean = place.node();
  if (mean.op != "ReduceMean" || !mean.domain.empty() || mean.inputs.size() != 1 || mean.get<std::int64_t>("keepdims", 1) != 0) return {};
  if (!place.only_reader(mean.inputs[0])) return {};
  const Node* square = place.producer(mean.inputs[0]);
  if (!square || square->op != "Mul" || square->inputs[0] != square->inputs[1]) return {};
  const Node* difference = place.producer(square->inputs[0]);
  if (!difference || difference->op != "Sub") return {};
  const Value p = ops.existing(difference->inputs[0]);
  const Value t = ops.existing(difference->inputs[1]);
  if (!takes("MeanSquaredError", {p, t}) || !gradients::same_shape(p, t)) return {};
  return apply(ops, "MeanSquaredError", {p, t});
}

std::vector<ValueType> infer_squared_error(const std::vector<Value>&, const std::vector<Attribute>&) {
  return {{DType::kFloat32, Dims(), {}}};
}

}  // namespace

void add_squared_error(KernelCatalog& catalog) {
  catalog.add({.name = "MeanSquaredError",
               .help = "mean((p - t)^2)",
               .inputs = {DType::kFloat32, DType::kFloat32},
               .outputs = {DType::kFloat32},
               .infer = infer_squared_error,
               .expand = expand_squared_error,
               .make = [](const KernelAttributes&) { return std::make_unique<MeanSquaredError>(); },
               .rules = {{"upkeep:MeanSquaredError", squared_error_rule}},
               .fuse = fuse_squared_error});
  catalog.add({.name = "MeanSquaredErrorGrad",
               .help = "dp = 2 (p - t) / n * dloss, dt = -dp",
               .inputs = {DType::kFloat32, DType::kFloat32, DType::kFloat32},
               .outputs = {DType::kFloat32, DType::kFloat32},
               .infer = like({0, 1}),
               .expand = expand_squared_error_grad,
               .make = [](const KernelAttributes&) { return std::make_unique<MeanSquaredErrorGrad>(); }});
}

}  // namespace upkeep::kernels
