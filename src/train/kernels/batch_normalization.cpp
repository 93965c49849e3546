// BatchNormalization while training, and its gradient. Per channel (axis 1), over all other axes:
//
//   y = scale * n + b,   n = (x - mean) * r,   r = 1 / sqrt(var + epsilon)
//   dx = scale * r * (dy - mean(dy) - n * mean(dy * n))      dscale = sum(dy * n)      db = sum(dy)      (Ioffe & Szegedy 2015)
//
// The variance is the population's, as in ONNX and Keras. Mean and r are kept for the gradient.

#include <cmath>

#include "train/gradients/rule.hpp"
#include "train/kernels/kernel.hpp"
#include "train/kernels/shared/rows.hpp"

namespace upkeep::kernels {
namespace {

// [N, C, inner]
struct Channels {
  explicit Channels(const Shape& shape) : outer(shape[0]), channels(shape[1]) {
    for (std::size_t i = 2; i < shape.size(); ++i) inner *= shape[i];
  }
  std::int64_t outer, channels, inner = 1;
  double count() const { return static_cast<double>(outer * inner); }
  // Calls visit(offset) for each stretch of `inner` elements of a channel.
  template <typename Visit>
  void each(std::int64_t channel, const Visit& visit) const {
    for (std::int64_t n = 0; n < outer; ++n) visit((n * channels + channel) * inner);
  }
  template <typename Work>
  void for_channels(KernelContext& context, const Work& work) const {
    context.parallel_for(channels, (16 << 10) / std::max<std::int64_t>(outer * inner, 1) + 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t c = begin; c < end; ++c) work(c);
    });
  }
};

class BatchNormalizationKernel : public Kernel {
 public:
  explicit BatchNormalizationKernel(const KernelAttributes& attributes)
      : epsilon_(attributes.number("epsilon", 1e-5F)), momentum_(attributes.number("momentum", 0.9F)) {}
  void run(KernelContext& context) override {
    const Shape shape = context.shape(0);
    const Channels all(shape);
    const Shape per_channel{all.channels};
    const float* x = context.input<float>(0);
    const float* scale = context.input<float>(1);
    const float* bias = context.input<float>(2);
    const float* old_mean = context.input<float>(3);
    const float* old_variance = context.input<float>(4);
    float* y = context.output<float>(0, shape);
    float* new_mean = context.output<float>(1, per_channel);
    float* new_variance = context.output<float>(2, per_channel);
    float* kept_mean = context.output<float>(3, per_channel);
    float* kept_r = context.output<float>(4, per_channel);
    all.for_channels(context, [&](std::int64_t c) {
      double sum = 0, squares = 0;
      all.each(c, [&](std::int64_t at) { sum += row_sum(all.inner, x + at); });
      const auto mean = static_cast<float>(sum / all.count());
      all.each(c, [&](std::int64_t at) { squares += row_squares(all.inner, x + at, mean); });
      const auto variance = static_cast<float>(squares / all.count());
      const float r = 1.0F / std::sqrt(variance + epsilon_);
      if (new_mean) new_mean[c] = old_mean[c] * momentum_ + mean * (1 - momentum_);
      if (new_variance) new_variance[c] = old_variance[c] * momentum_ + variance * (1 - momentum_);
      if (kept_mean) kept_mean[c] = mean;
      if (kept_r) kept_r[c] = r;
      if (!y) return;
      const float factor = scale[c] * r;
      all.each(c, [&](std::int64_t at) { scale_row(all.inner, x + at, mean, factor, bias[c], y + at); });
    });
  }

 private:
  float epsilon_, momentum_;
};

class BatchNormalizationGradKernel : public Kernel {
 public:
  void run(KernelContext& context) override {
    const Shape shape = context.shape(0);
    const Channels all(shape);
    const Shape per_channel{all.channels};
    const float* x = context.input<float>(0);
    const float* scale = context.input<float>(1);
    const float* means = context.input<float>(2);
    const float* rs = context.input<float>(3);
    const float* dy = context.input<float>(4);
    float* dx = context.output<float>(0, shape);
    float* dscale = context.output<float>(1, per_channel);
    float* db = context.output<float>(2, per_channel);
    all.for_channels(context, [&](std::int64_t c) {
      double sum = 0, products = 0;  // of dy, and of dy * (x - mean)
      all.each(c, [&](std::int64_t at) {
        const auto [one, other] = row_moments(all.inner, dy + at, x + at, means[c]);
        sum += one, products += other;
      });
      const float r = rs[c];
      if (db) db[c] = static_cast<float>(sum);
      if (dscale) dscale[c] = static_cast<float>(products * r);
      if (!dx) return;
      const float factor = scale[c] * r;
      const float slope = -factor * r * r * static_cast<float>(products / all.count());
      const float shift = -factor * static_cast<float>(sum / all.count());
      all.each(c, [&](std::int64_t at) { combine_rows(all.inner, factor, dy + at, slope, x + at, means[c], shift, dx + at); });
    });
  }
};

// --- in graphs -----------------------------------------------------------------------------------------------------

std::vector<Value> expand_batch(Ops& ops, const Node& node, const std::vector<Value>& inputs) {
  std::vector<Attribute> attributes = node.attributes;
  attributes.push_back({"training_mode", std::int64_t{1}});
  std::vector<Value> made = ops.nodes("BatchNormalization", inputs, 3, std::move(attributes));
  std::vector<std::int64_t> axes{0};
  for (std::size_t i = 2; i < inputs[0].rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  const Value mean = ops.reduce_mean(inputs[0], axes, true);
  const Value centred = ops.sub(inputs[0], mean);
  const Value variance = ops.reduce_mean(ops.mul(centred, centred), axes, false);
  made.push_back(ops.reduce_mean(inputs[0], axes, false));
  made.push_back(ops.reciprocal(ops.sqrt(ops.add(variance, node.get("epsilon", 1e-5F)))));
  return made;
}

// dx = factor * (dy - mean(dy) - n * mean(dy * n)), written out from what was kept.
std::vector<Value> expand_batch_grad(Ops& ops, const Node&, const std::vector<Value>& inputs) {
  const std::size_t rank = inputs[0].rank();
  std::vector<std::int64_t> axes{0}, after;
  for (std::size_t i = 2; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i)), after.push_back(static_cast<std::int64_t>(i) - 1);
  const auto wide = [&](const Value& value) { return after.empty() ? value : ops.unsqueeze(value, after); };
  const Value n = ops.mul(ops.sub(inputs[0], wide(inputs[2])), wide(inputs[3]));
  const Value product = ops.mul(inputs[4], n);
  const Value centred =
      ops.sub(ops.sub(inputs[4], ops.reduce_mean(inputs[4], axes, true)), ops.mul(n, ops.reduce_mean(product, axes, true)));
  return {ops.mul(centred, wide(ops.mul(inputs[1], inputs[3]))), ops.reduce_sum(product, axes), ops.reduce_sum(inputs[4], axes)};
}

std::vector<Value> fuse_batch(const Place& place, Ops& ops) {
  const Node& node = place.node();
  if (node.op != "BatchNormalization" || !node.domain.empty() || node.get<std::int64_t>("training_mode", 0) == 0) return {};
  std::vector<Value> inputs;
  for (const std::string& name : node.inputs) inputs.push_back(ops.existing(name));
  if (!takes("BatchNormalization", inputs) || inputs[0].rank() < 2) return {};
  std::vector<Attribute> attributes;
  for (const char* name : {"epsilon", "momentum"})
    if (const Attribute* attribute = node.find(name)) attributes.push_back(*attribute);
  return apply(ops, "BatchNormalization", inputs, std::move(attributes));
}

gradients::Grads batch_rule(const gradients::ForwardNode& node, Ops& ops) {
  if (!node.grad(0)) return gradients::Grads(node.input_count());
  gradients::Grads made =
      apply(ops, "BatchNormalizationGrad", {node.input(0), node.input(1), node.output(3), node.output(4), gradients::full_grad(node, ops)},
            {}, {node.wants(0), node.wants(1), node.wants(2)});
  made.resize(node.input_count());
  return made;
}

}  // namespace

void add_batch_normalization(KernelCatalog& catalog) {
  const std::vector<DType> five(5, DType::kFloat32);
  catalog.add({.name = "BatchNormalization",
               .help = "BatchNormalization while training, which keeps mean and 1 / deviation for its gradient",
               .inputs = five,
               .outputs = five,
               .infer = like({0, 1, 1, 1, 1}),
               .expand = expand_batch,
               .make = [](const KernelAttributes& attributes) { return std::make_unique<BatchNormalizationKernel>(attributes); },
               .rules = {{"upkeep:BatchNormalization", batch_rule}},
               .fuse = fuse_batch});
  catalog.add({.name = "BatchNormalizationGrad",
               .help = "dx = scale * r * (dy - mean(dy) - n * mean(dy * n)), dscale, db",
               .inputs = five,
               .outputs = {DType::kFloat32, DType::kFloat32, DType::kFloat32},
               .infer = like({0, 1, 1}),
               .expand = expand_batch_grad,
               .make = [](const KernelAttributes&) { return std::make_unique<BatchNormalizationGradKernel>(); }});
}

}  // namespace upkeep::kernels
