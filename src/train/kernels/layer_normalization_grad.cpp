// LayerNormalizationGrad      y = scale * n + b,   n = (x - mean) * r,   r = 1 / sqrt(var + epsilon), per row
//
// With h = dy * scale:   dx = r * (h - mean(h) - n * mean(h * n))      dscale = sum(dy * n)      db = sum(dy)
// Mean and r are computed again: the row is in the cache anyway.

#include <cmath>

#include "train/gradients/rule.hpp"
#include "train/kernels/kernel.hpp"
#include "train/kernels/shared/rows.hpp"

namespace upkeep::kernels {
namespace {

struct LayerRows {
  std::int64_t rows, width;
  float epsilon;
  const float* x;
  const float* scale;
  const float* dy;
  float* dx;
};

// Rows [begin, end); what they add to dscale and db goes to `sums` (first dscale, then db).
void layer_grad_rows(const LayerRows& all, std::int64_t begin, std::int64_t end, float* sums) {
  const std::int64_t width = all.width;
  const double share = 1.0 / static_cast<double>(width);
  std::vector<float> normal(static_cast<std::size_t>(width)), h(static_cast<std::size_t>(width));
  for (std::int64_t row = begin; row < end; ++row) {
    const float* x = all.x + row * width;
    const float* dy = all.dy + row * width;
    const auto mean = static_cast<float>(row_sum(width, x) * share);
    const float r = 1.0F / std::sqrt(static_cast<float>(row_squares(width, x, mean) * share) + all.epsilon);
    scale_row(width, x, mean, r, 0, normal.data());
    for (std::int64_t k = 0; k < width; ++k) {
      h[static_cast<std::size_t>(k)] = dy[k] * all.scale[k];
      sums[k] += dy[k] * normal[static_cast<std::size_t>(k)];
    }
    add_row(width, dy, sums + width);
    if (!all.dx) continue;
    const auto [h_sum, hn_sum] = row_moments(width, h.data(), normal.data(), 0);
    const auto h_share = static_cast<float>(h_sum * share);
    const auto hn_share = static_cast<float>(hn_sum * share);
    combine_rows(width, -r * hn_share, normal.data(), r, h.data(), h_share, 0, all.dx + row * width);
  }
}

class LayerNormalizationGrad : public Kernel {
 public:
  explicit LayerNormalizationGrad(const KernelAttributes& attributes) : epsilon_(attributes.number("epsilon", 1e-5F)) {}
  void run(KernelContext& context) override {
    const Shape shape = context.shape(0);
    const Shape scale = context.shape(1);
    const std::int64_t width = element_count(scale);
    const LayerRows all{.rows = width == 0 ? 0 : element_count(shape) / width,
                        .width = width,
                        .epsilon = epsilon_,
                        .x = context.input<float>(0),
                        .scale = context.input<float>(1),
                        .dy = context.input<float>(2),
                        .dx = context.output<float>(0, shape)};
    const std::int64_t parts = std::clamp<std::int64_t>(all.rows * width / (16 << 10), 1, context.threads());
    sums_.assign(static_cast<std::size_t>(2 * width * parts), 0.0F);
    context.parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t part = begin; part < end; ++part)
        layer_grad_rows(all, all.rows * part / parts, all.rows * (part + 1) / parts, sums_.data() + 2 * width * part);
    });
    add_up(context.output<float>(1, scale), 0, width, parts);
    add_up(context.output<float>(2, scale), width, width, parts);
  }

 private:
  void add_up(float* to, std::int64_t from, std::int64_t width, std::int64_t parts) const {
    if (!to) return;
    std::copy_n(sums_.data() + from, width, to);
    for (std::int64_t part = 1; part < parts; ++part)
      for (std::int64_t k = 0; k < width; ++k) to[k] += sums_[static_cast<std::size_t>(2 * width * part + from + k)];
  }

  float epsilon_;
  std::vector<float> sums_;  // of each part
};

std::vector<Value> expand_layer(Ops& ops, const Node& node, const std::vector<Value>& inputs) {
  const Node forward{
      .op = "LayerNormalization", .domain = {}, .name = {}, .inputs = {"x", "scale", "b"}, .outputs = {"y"}, .attributes = node.attributes};
  return by_rule(ops, forward, {inputs[0], inputs[1], inputs[1]}, {inputs[2]}, {inputs[2]}, wanted_outputs(node, 3));
}

// Only where scale and bias have the shape of the axes that are normalised, all known.
gradients::Grads layer_rule(const gradients::ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value scale = node.input(1);
  if (!node.grad(0) || !takes("LayerNormalizationGrad", {x, scale, node.grad(0)})) return {};
  const auto axis = static_cast<std::size_t>(gradients::positive_axis(node.attribute<std::int64_t>("axis", -1), x.rank()));
  const Dims wide(x.dims().begin() + static_cast<std::ptrdiff_t>(axis), x.dims().end());
  if (scale.dims() != wide || !std::ranges::all_of(wide, &Dim::known)) return {};
  if (node.input(2) && (!node.input(2).rank_known() || node.input(2).dims() != wide)) return {};
  gradients::Grads made = apply(ops, "LayerNormalizationGrad", {x, scale, gradients::full_grad(node, ops)}, node.node().attributes,
                                {node.wants(0), node.wants(1), node.wants(2)});
  made.resize(node.input_count());
  return made;
}

}  // namespace

void add_layer_normalization_grad(KernelCatalog& catalog) {
  catalog.add({.name = "LayerNormalizationGrad",
               .help = "dx = r * (h - mean(h) - n * mean(h * n)), h = dy * scale; dscale, db",
               .inputs = {DType::kFloat32, DType::kFloat32, DType::kFloat32},
               .outputs = {DType::kFloat32, DType::kFloat32, DType::kFloat32},
               .infer = like({0, 1, 1}),
               .expand = expand_layer,
               .make = [](const KernelAttributes& attributes) { return std::make_unique<LayerNormalizationGrad>(attributes); },
               .rules = {{"LayerNormalization", layer_rule}}});
}

}  // namespace upkeep::kernels
