// NegativeLogLikelihoodLoss   loss_i = -w_i * x[i, label_i],   w_i = weight[label_i], or 0 where the label is ignore_index
// SoftmaxCrossEntropyLoss     the same of x = log_prob = LogSoftmax(scores) along axis 1
//
// As they come, summed, or their mean: sum(loss_i) / sum(w_i). With g_i = dL/dloss_i * (1, or 1 / sum(w_i)):
//   dL/dx = -g_i * w_i at the label, 0 elsewhere      dL/dscores = g_i * w_i * (softmax - 1 at the label)
//   dL/dweight[c] = sum of -g_i * x[i, c] over the i with label c; of a mean -g_i * (x[i, c] + loss)

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Value class_numbers(Ops& ops, const Value& x, const Value& labels) {  // [C, 1, ...], as labels [N, 1, ...] are compared to
  const Value start = ops.constant(Tensor::scalar(std::int64_t{0}));
  const Value size = ops.squeeze(ops.node("Slice", {ops.shape(x), ops.ints({1}), ops.ints({2})}), {0});
  const Value range = ops.node("Range", {start, size, ops.constant(Tensor::scalar(std::int64_t{1}))});
  std::vector<std::int64_t> dims(x.rank() - 1, 1);
  dims[0] = -1;
  return ops.cast(ops.reshape(range, std::move(dims)), labels.dtype());
}

// The parts of the loss; x are log-probabilities.
struct Likelihood {
  Likelihood(const ForwardNode& node, Ops& ops, const Value& log_prob)
      : x(log_prob), mean(node.attribute<std::string>("reduction", "mean") == "mean") {
    const Value labels = node.input(1);
    hit = ops.cast(ops.equal(ops.unsqueeze(labels, {1}), class_numbers(ops, x, labels)), x.dtype());
    const Attribute* ignored = node.node().find("ignore_index");
    if (ignored) {
      const Value index = ops.constant(Tensor::scalar(std::get<std::int64_t>(ignored->value)).cast(labels.dtype()));
      hit = ops.mul(hit, ops.cast(ops.node("Not", {ops.unsqueeze(ops.equal(labels, index), {1})}), x.dtype()));
    }
    const Value weights = node.input(2);
    if (weights) {
      std::vector<std::int64_t> dims(x.rank() - 1, 1);
      dims[0] = -1;
      weighted = ops.mul(hit, ops.cast(ops.reshape(weights, std::move(dims)), x.dtype()));
    } else {
      weighted = hit;
    }
    // For each label, with axis 1 of size 1.
    Value arriving = node.grad(0);
    if (node.attribute<std::string>("reduction", "mean") == "none") arriving = ops.unsqueeze(full_grad(node, ops), {1});
    grad = mean ? ops.div(arriving, ops.reduce_sum(weighted, {})) : arriving;
  }

  Value input_grad(Ops& ops) const { return ops.neg(ops.mul(grad, weighted)); }

  Value weight_grad(Ops& ops, const Value& loss) const {
    const Value each = ops.mul(ops.mul(mean ? ops.add(x, loss) : x, grad), hit);
    std::vector<std::int64_t> axes{0};
    for (std::size_t i = 2; i < x.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
    return ops.neg(ops.reduce_sum(each, std::move(axes)));
  }

  Value x, grad;
  Value hit, weighted;  // [N, C, ...]: 1 and the weight at the label, 0 elsewhere
  bool mean;
};

Grads negative_log_likelihood_loss(const ForwardNode& node, Ops& ops) {
  const Likelihood likelihood(node, ops, node.input(0));
  Grads grads(node.input_count());
  grads[0] = likelihood.input_grad(ops);
  if (node.wants(2)) grads[2] = ops.cast(likelihood.weight_grad(ops, node.output(0)), node.input(2).dtype());
  return grads;
}

Grads softmax_cross_entropy_loss(const ForwardNode& node, Ops& ops) {
  const Value log_prob = node.output(1) ? node.output(1) : ops.log_softmax(node.input(0), 1);
  Grads grads(node.input_count());
  std::vector<Value> arriving;  // at the log-probabilities
  if (node.grad(0)) {
    const Likelihood likelihood(node, ops, log_prob);
    arriving.push_back(likelihood.input_grad(ops));
    if (node.wants(2)) grads[2] = ops.cast(likelihood.weight_grad(ops, node.output(0)), node.input(2).dtype());
  }
  if (node.output_count() > 1 && node.grad(1)) arriving.push_back(full_grad(node, ops, 1));
  const Value grad = plus(ops, arriving);
  grads[0] = ops.sub(grad, ops.mul(ops.exp(log_prob), ops.reduce_sum(grad, {1}, true)));
  return grads;
}

}  // namespace

void add_softmax_cross_entropy_loss(GradientCatalog& catalog) {
  catalog.add({.name = "SoftmaxCrossEntropyLoss",
               .aliases = {},
               .help = "dL/dscores = dL/dloss * weight * (softmax - 1 at the label)",
               .rule = softmax_cross_entropy_loss});
  catalog.add({.name = "NegativeLogLikelihoodLoss",
               .aliases = {},
               .help = "dL/dx = -dL/dloss * weight at the label",
               .rule = negative_log_likelihood_loss});
}

}  // namespace upkeep::gradients
