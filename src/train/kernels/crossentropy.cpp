// Crossentropy of a softmax, from logits x and targets t: along the last axis
//
//   Crossentropy         loss = -sum_k t_k * (x_k - L),   L = log sum_j e^x_j        dx = (e^(x - L) * sum(t) - t) * dloss
//   SparseCrossentropy   loss = L - x_t for the class index t                        dx = (e^(x - L) - [k = t]) * dloss
//
// The forward pattern is the one that the losses of train/losses write: Neg, ReduceSum, Mul by LogSoftmax, and OneHot for an index. As
// with OneHot, an index below 0 counts from the end, and one that is no class has loss 0. L is kept for the gradient.

#include <cmath>

#include "train/gradients/rule.hpp"
#include "train/kernels/kernel.hpp"
#include "train/kernels/shared/rows.hpp"

namespace upkeep::kernels {
namespace {

struct CrossRows {
  explicit CrossRows(const Shape& logits) : classes(logits.back()), shape(logits.begin(), logits.end() - 1) { rows = element_count(shape); }
  std::int64_t classes, rows = 0;
  Shape shape;  // of the losses
  template <typename Work>
  void each(KernelContext& context, const Work& work) const {
    context.parallel_for(rows, (4 << 10) / std::max<std::int64_t>(classes, 1) + 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) work(row);
    });
  }
};

std::int64_t class_of(std::int64_t index, std::int64_t classes) {  // -1: none
  if (index < 0) index += classes;
  return index >= 0 && index < classes ? index : -1;
}

class CrossentropyKernel : public Kernel {
 public:
  explicit CrossentropyKernel(bool sparse) : sparse_(sparse) {}
  void run(KernelContext& context) override {
    const CrossRows all(context.shape(0));
    const float* x = context.input<float>(0);
    float* losses = context.output<float>(0, all.shape);
    float* kept = context.output<float>(1, all.shape);
    all.each(context, [&](std::int64_t row) {
      const double log_sum = row_log_sum_exp(all.classes, x + row * all.classes);
      if (kept) kept[row] = static_cast<float>(log_sum);
      if (losses) losses[row] = static_cast<float>(loss(context, all.classes, row, x + row * all.classes, log_sum));
    });
  }

 private:
  double loss(const KernelContext& context, std::int64_t classes, std::int64_t row, const float* x, double log_sum) const {
    if (sparse_) {
      const std::int64_t target = class_of(context.input<std::int64_t>(1)[row], classes);
      return target < 0 ? 0 : log_sum - static_cast<double>(x[target]);
    }
    return -row_moments(classes, context.input<float>(1) + row * classes, x, static_cast<float>(log_sum)).second;
  }

  bool sparse_;
};

// Inputs: x, targets, L, dloss.
class CrossentropyGradKernel : public Kernel {
 public:
  explicit CrossentropyGradKernel(bool sparse) : sparse_(sparse) {}
  void run(KernelContext& context) override {
    const Shape shape = context.shape(0);
    const CrossRows all(shape);
    const float* x = context.input<float>(0);
    const float* log_sums = context.input<float>(2);
    const float* dloss = context.input<float>(3);
    float* dx = context.output<float>(0, shape);
    if (!dx) return;
    all.each(context, [&](std::int64_t row) {
      const std::int64_t at = row * all.classes;
      if (sparse_) {
        const std::int64_t target = class_of(context.input<std::int64_t>(1)[row], all.classes);
        exp_row(all.classes, x + at, log_sums[row], target < 0 ? 0.0F : dloss[row], dx + at);
        if (target >= 0) dx[at + target] -= dloss[row];
        return;
      }
      const float* targets = context.input<float>(1) + at;
      const auto sum = static_cast<float>(row_sum(all.classes, targets));
      exp_row(all.classes, x + at, log_sums[row], sum * dloss[row], dx + at);
      combine_rows(all.classes, 1, dx + at, -dloss[row], targets, 0, 0, dx + at);
    });
  }

 private:
  bool sparse_;
};

// --- in graphs -----------------------------------------------------------------------------------------------------

std::string kernel_name(bool sparse) { return sparse ? "SparseCrossentropy" : "Crossentropy"; }

Value one_hot_targets(Ops& ops, const Value& indices, const Value& logits) {
  const Value shape = ops.shape(logits);
  const Value classes = ops.squeeze(ops.node("Slice", {shape, ops.ints({-1}), ops.ints({std::numeric_limits<std::int64_t>::max()})}), {0});
  return ops.node("OneHot", {indices, classes, ops.constant(Tensor({2}, std::vector<float>{0, 1}))});
}

Expansion expand_loss(bool sparse) {
  return [sparse](Ops& ops, const Node&, const std::vector<Value>& inputs) -> std::vector<Value> {
    const Value targets = sparse ? one_hot_targets(ops, inputs[1], inputs[0]) : inputs[1];
    const Value loss = ops.neg(ops.reduce_sum(ops.mul(targets, ops.log_softmax(inputs[0], -1)), {-1}));
    return {loss, ops.reduce("ReduceLogSumExp", inputs[0], {-1}, false)};
  };
}

Expansion expand_loss_grad(bool sparse) {
  return [sparse](Ops& ops, const Node&, const std::vector<Value>& inputs) -> std::vector<Value> {
    const Value targets = sparse ? one_hot_targets(ops, inputs[1], inputs[0]) : inputs[1];
    const Value probabilities = ops.exp(ops.sub(inputs[0], ops.unsqueeze(inputs[2], {-1})));
    const Value slope = ops.sub(ops.mul(probabilities, ops.reduce_sum(targets, {-1}, true)), targets);
    return {ops.mul(slope, ops.unsqueeze(inputs[3], {-1}))};
  };
}

std::vector<ValueType> infer_loss(const std::vector<Value>& inputs, const std::vector<Attribute>&) {
  const Dims rows(inputs[0].dims().begin(), inputs[0].dims().end() - 1);
  return {{DType::kFloat32, rows, {}}, {DType::kFloat32, rows, {}}};
}

gradients::Rule loss_rule(bool sparse) {
  return [sparse](const gradients::ForwardNode& node, Ops& ops) -> gradients::Grads {
    if (!node.grad(0)) return {Value(), Value()};
    const Value grad = gradients::full_grad(node, ops);
    return {apply(ops, kernel_name(sparse) + "Grad", {node.input(0), node.input(1), node.output(1), grad})[0], Value()};
  };
}

bool along_last_axis(const Node& node, std::size_t rank) {
  const auto axis = node.get<std::int64_t>("axis", -1);
  return axis == -1 || axis + 1 == static_cast<std::int64_t>(rank);
}

bool sums_last_axis(const Node& node, Ops& ops, std::size_t rank) {
  if (node.op != "ReduceSum" || node.get<std::int64_t>("keepdims", 1) != 0 || node.inputs.size() != 2) return false;
  const auto axes = gradients::constant_ints(ops, ops.existing(node.inputs[1]));
  return axes && axes->size() == 1 && gradients::positive_axis((*axes)[0], rank) + 1 == static_cast<std::int64_t>(rank);
}

// OneHot of 0 and 1 over as many classes as there are logits.
bool is_one_hot(const Node* node, Ops& ops, const Value& logits) {
  if (!node || node->op != "OneHot" || !along_last_axis(*node, logits.rank())) return false;
  const auto depth = gradients::constant_number(ops, ops.existing(node->inputs[1]));
  const auto values = gradients::constant_of(ops, ops.existing(node->inputs[2]));
  const Dim& classes = logits.dims().back();
  return depth && classes.known() && static_cast<std::int64_t>(*depth) == classes.value && values &&
         *values == Tensor({2}, std::vector<float>{0, 1});
}

std::vector<Value> fuse_loss(const Place& place, Ops& ops) {
  const auto before = [&](const std::string& value) { return place.only_reader(value) ? place.producer(value) : nullptr; };
  if (place.node().op != "Neg" || !place.node().domain.empty()) return {};
  const Node* sum = before(place.node().inputs[0]);
  const Node* product = sum && sum->op == "ReduceSum" ? before(sum->inputs[0]) : nullptr;
  if (!product || product->op != "Mul") return {};
  const Node* log_softmax = place.producer(product->inputs[1]);
  if (!log_softmax || log_softmax->op != "LogSoftmax") return {};
  const Value logits = ops.existing(log_softmax->inputs[0]);
  const Value targets = ops.existing(product->inputs[0]);
  if (!logits.rank_known() || !along_last_axis(*log_softmax, logits.rank()) || !sums_last_axis(*sum, ops, logits.rank())) return {};
  const Node* one_hot = place.producer(targets.name());
  if (is_one_hot(one_hot, ops, logits)) {
    const Value indices = ops.existing(one_hot->inputs[0]);
    if (takes("SparseCrossentropy", {logits, indices})) return {apply(ops, "SparseCrossentropy", {logits, indices})[0]};
  }
  if (!gradients::same_shape(logits, targets) || !takes("Crossentropy", {logits, targets})) return {};
  return {apply(ops, "Crossentropy", {logits, targets})[0]};
}

void add_loss(KernelCatalog& catalog, bool sparse) {
  const DType target = sparse ? DType::kInt64 : DType::kFloat32;
  catalog.add({.name = kernel_name(sparse),
               .help = sparse ? "log sum_j e^x_j - x_t for the class index t" : "-sum_k t_k * (x_k - log sum_j e^x_j)",
               .inputs = {DType::kFloat32, target},
               .outputs = {DType::kFloat32, DType::kFloat32},
               .infer = infer_loss,
               .expand = expand_loss(sparse),
               .make = [sparse](const KernelAttributes&) { return std::make_unique<CrossentropyKernel>(sparse); },
               .rules = {{"upkeep:" + kernel_name(sparse), loss_rule(sparse)}},
               .fuse = sparse ? Fusion(fuse_loss) : Fusion()});
  catalog.add({.name = kernel_name(sparse) + "Grad",
               .help = sparse ? "dx = (e^(x - L) - [k = t]) * dloss" : "dx = (e^(x - L) * sum(t) - t) * dloss",
               .inputs = {DType::kFloat32, target, DType::kFloat32, DType::kFloat32},
               .outputs = {DType::kFloat32},
               .infer = like({0}),
               .expand = expand_loss_grad(sparse),
               .make = [sparse](const KernelAttributes&) { return std::make_unique<CrossentropyGradKernel>(sparse); }});
}

}  // namespace

void add_crossentropy(KernelCatalog& catalog) {
  add_loss(catalog, false);
  add_loss(catalog, true);
}

}  // namespace upkeep::kernels
