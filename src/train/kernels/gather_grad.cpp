// GatherGrad      y = rows of x by index      dx[index] += dy, in the shape of x; indices may repeat
//
// Each thread owns a range of rows and adds what belongs there, so the sums are the same with any number of threads.

#include "train/gradients/rule.hpp"
#include "train/kernels/kernel.hpp"

namespace upkeep::kernels {
namespace {

class GatherGrad : public Kernel {
 public:
  void run(KernelContext& context) override {
    const Shape shape = context.shape(0);
    const std::int64_t count = element_count(context.shape(1));
    const auto* indices = context.input<std::int64_t>(1);
    const float* dy = context.input<float>(2);
    float* dx = context.output<float>(0, shape);
    if (!dx) return;
    const std::int64_t rows = shape[0];
    const std::int64_t width = rows == 0 ? 0 : element_count(shape) / rows;
    const std::int64_t grain = (32 << 10) / std::max<std::int64_t>(width, 1) + 1;
    context.parallel_for(rows, grain, [=](std::int64_t begin, std::int64_t end) {
      std::fill(dx + begin * width, dx + end * width, 0.0F);
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t row = indices[i] < 0 ? indices[i] + rows : indices[i];
        if (row < begin || row >= end) continue;
        for (std::int64_t k = 0; k < width; ++k) dx[row * width + k] += dy[i * width + k];
      }
    });
  }
};

std::vector<Value> expand_gather(Ops& ops, const Node&, const std::vector<Value>& inputs) {
  const Node forward{.op = "Gather", .domain = {}, .name = {}, .inputs = {"x", "indices"}, .outputs = {"y"}};
  return {by_rule(ops, forward, {inputs[0], inputs[1]}, {inputs[2]}, {inputs[2]}, {true, false})[0]};
}

gradients::Grads gather_rule(const gradients::ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  if (x.dtype() != DType::kFloat32 || !x.rank_known() || !node.input(1).rank_known()) return {};
  if (gradients::positive_axis(node.attribute<std::int64_t>("axis", 0), x.rank()) != 0) return {};
  return {apply(ops, "GatherGrad", {x, ops.cast(node.input(1), DType::kInt64), gradients::full_grad(node, ops)})[0], Value()};
}

}  // namespace

void add_gather_grad(KernelCatalog& catalog) {
  catalog.add({.name = "GatherGrad",
               .help = "dy added up by row index, in the shape of x",
               .inputs = {DType::kFloat32, DType::kInt64, DType::kFloat32},
               .outputs = {DType::kFloat32},
               .infer = like({0}),
               .expand = expand_gather,
               .make = [](const KernelAttributes&) { return std::make_unique<GatherGrad>(); },
               .rules = {{"Gather", gather_rule}}});
}

}  // namespace upkeep::kernels
