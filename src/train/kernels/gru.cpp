// GRU and its gradient, ONNX's layout 0 with its usual activations (sigmoid, tanh) and linear_before_reset, which is Keras's reset_after.
//
//   GRU        per step:  z, r = sigmoid(x W^T + h_before R^T + b)      c = tanh(x W^T + b + r * (h_before R^T + b'))
//                         h = (1 - z) * c + z * h_before
//   GRUGrad    back through the steps; dw, dr and dx are products over all steps at once
//
// Threads as in LSTM: each takes its own rows of the batch through all steps.

#include <array>

#include "train/gradients/rule.hpp"
#include "train/kernels/recurrent.hpp"
#include "train/kernels/shared/gates.hpp"

namespace upkeep::kernels {
namespace {

using onednn::multiply;

const DType kGruFloat = DType::kFloat32;

// --- forward -------------------------------------------------------------------------------------------------------

// Inputs: x, w, r, and where there are any b, h0. Outputs: y, y_h, and for the gradient gates [directions, steps, batch, 4 * hidden].
class GruKernel : public Kernel {
 public:
  explicit GruKernel(const KernelAttributes& attributes) : direction_(attributes.text("direction", "forward")) {}
  void run(KernelContext& context) override {
    onednn::library().set_threads(context.threads());
    const RecurrentSizes s = recurrent_sizes(context, 3);
    zeros_.assign(static_cast<std::size_t>(std::max(s.batch * s.hidden, 6 * s.hidden)), 0.0F);
    x_part_.resize(static_cast<std::size_t>(s.rows() * s.gates()));
    h_part_.resize(static_cast<std::size_t>(s.batch * s.gates()));
    y_ = output(context, 0, {s.steps, s.directions, s.batch, s.hidden});
    gates_ = output(context, 2, {s.directions, s.steps, s.batch, 4 * s.hidden});
    float* last = context.output<float>(1, {s.directions, s.batch, s.hidden});
    for (std::int64_t d = 0; d < s.directions; ++d) {
      const Part part = part_of(s, direction_, d);
      forward(context, part);
      if (last) std::copy_n(part.h_at(y_, s.steps - 1), s.batch * s.hidden, last + d * s.batch * s.hidden);
    }
  }

 private:
  // Memory of our own where nobody reads the output.
  float* output(KernelContext& context, std::size_t index, const Shape& shape) {
    if (auto* made = context.output<float>(index, shape)) return made;
    own_[index].resize(static_cast<std::size_t>(element_count(shape)));
    return own_[index].data();
  }

  void forward(KernelContext& context, const Part& part) {
    const RecurrentSizes& s = part.sizes;
    const std::int64_t d = part.direction;
    const float* w = context.input<float>(1) + d * s.gates() * s.inputs;
    const float* r = context.input<float>(2) + d * s.gates() * s.hidden;
    const float* given = optional_input(context, 3, 2 * d * s.gates());
    const float* bias = given ? given : zeros_.data();
    const float* start = optional_input(context, 4, d * s.batch * s.hidden);
    float* gates = gates_ + d * s.rows() * 4 * s.hidden;
    fill_rows(context, s, bias, x_part_.data());
    multiply(s.rows(), s.gates(), s.inputs, {context.input<float>(0), s.inputs}, {w, s.inputs, true}, 1, x_part_.data(), s.gates());
    for_rows(context, s, [&](std::int64_t begin, std::int64_t end) {
      const float* h = start ? start : zeros_.data();
      for (std::int64_t step = 0; step < s.steps; ++step) {
        float* made = part.h_at(y_, step);
        for (std::int64_t n = begin; n < end; ++n) std::copy_n(bias + s.gates(), s.gates(), h_part_.data() + n * s.gates());
        multiply(end - begin, s.gates(), s.hidden, {h + begin * s.hidden, s.hidden}, {r, s.hidden, true}, 1,
                 h_part_.data() + begin * s.gates(), s.gates());
        for (std::int64_t n = begin; n < end; ++n)
          gru_cells(s.hidden, x_part_.data() + part.row(step, n) * s.gates(), h_part_.data() + n * s.gates(), h + n * s.hidden,
                    gates + part.row(step, n) * 4 * s.hidden, made + n * s.hidden);
        h = made;
      }
    });
  }

  std::string direction_;
  std::vector<float> zeros_, x_part_, h_part_;
  std::array<std::vector<float>, 3> own_;
  float* y_ = nullptr;
  float* gates_ = nullptr;
};

// --- backward ------------------------------------------------------------------------------------------------------

// Inputs: x, w, r, y, gates, and where there are any h0, dy, dy_h, b.
class GruGradKernel : public Kernel {
 public:
  explicit GruGradKernel(const KernelAttributes& attributes) : direction_(attributes.text("direction", "forward")) {}
  void run(KernelContext& context) override {
    onednn::library().set_threads(context.threads());
    const RecurrentSizes s = recurrent_sizes(context, 3);
    const Outputs to{.dx = context.output<float>(0, context.shape(0)),
                     .dw = context.output<float>(1, context.shape(1)),
                     .dr = context.output<float>(2, context.shape(2)),
                     .db = context.output<float>(3, {s.directions, 2 * s.gates()}),
                     .dh0 = context.output<float>(4, {s.directions, s.batch, s.hidden})};
    for (std::int64_t d = 0; d < s.directions; ++d) {
      const Part part = part_of(s, direction_, d);
      through_steps(context, part);
      if (to.dh0) std::copy_n(dh_.data(), s.batch * s.hidden, to.dh0 + d * s.batch * s.hidden);
      products(context, part, to);
    }
  }

 private:
  struct Outputs {
    float *dx, *dw, *dr, *db, *dh0;
  };

  void through_steps(KernelContext& context, const Part& part) {
    const RecurrentSizes& s = part.sizes;
    const std::int64_t size = s.batch * s.hidden;
    const std::int64_t state = part.direction * size;
    zeros_.assign(static_cast<std::size_t>(size), 0.0F);
    dx_part_.resize(static_cast<std::size_t>(s.rows() * s.gates()));
    dh_part_.resize(static_cast<std::size_t>(s.rows() * s.gates()));
    before_.resize(static_cast<std::size_t>(s.rows() * s.hidden));
    dh_.assign(static_cast<std::size_t>(size), 0.0F);
    if (const float* last = optional_input(context, 7, state)) std::copy_n(last, size, dh_.data());
    const float* start = optional_input(context, 5, state);
    const float* dy = optional_input(context, 6, 0);
    const float* y = context.input<float>(3);
    const float* gates = context.input<float>(4) + part.direction * s.rows() * 4 * s.hidden;
    const float* r = context.input<float>(2) + part.direction * s.gates() * s.hidden;
    for_rows(context, s, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t step = s.steps; step-- > 0;) {
        const float* h = step > 0 ? part.h_at(y, step - 1) : start ? start : zeros_.data();
        const std::int64_t row = part.row(step, 0);
        std::copy(h + begin * s.hidden, h + end * s.hidden, before_.data() + (row + begin) * s.hidden);
        for (std::int64_t n = begin; n < end; ++n) {
          float* dh = dh_.data() + n * s.hidden;
          if (dy) add_row(s.hidden, part.h_at(dy, step) + n * s.hidden, dh);
          gru_cells_back(s.hidden, gates + (row + n) * 4 * s.hidden, h + n * s.hidden, dh, dx_part_.data() + (row + n) * s.gates(),
                         dh_part_.data() + (row + n) * s.gates());
        }
        multiply(end - begin, s.hidden, s.gates(), {dh_part_.data() + (row + begin) * s.gates(), s.gates()}, {r, s.hidden}, 1,
                 dh_.data() + begin * s.hidden, s.hidden);
      }
    });
  }

  void products(KernelContext& context, const Part& part, const Outputs& to) const {
    const RecurrentSizes& s = part.sizes;
    const std::int64_t d = part.direction;
    const onednn::Matrix by_x{dx_part_.data(), s.gates(), true};
    const onednn::Matrix by_h{dh_part_.data(), s.gates(), true};
    if (to.dw)
      multiply(s.gates(), s.inputs, s.rows(), by_x, {context.input<float>(0), s.inputs}, 0, to.dw + d * s.gates() * s.inputs, s.inputs);
    if (to.dr) multiply(s.gates(), s.hidden, s.rows(), by_h, {before_.data(), s.hidden}, 0, to.dr + d * s.gates() * s.hidden, s.hidden);
    if (to.dx)
      multiply(s.rows(), s.inputs, s.gates(), {dx_part_.data(), s.gates()}, {context.input<float>(1) + d * s.gates() * s.inputs, s.inputs},
               d == 0 ? 0.0F : 1.0F, to.dx, s.inputs);
    if (!to.db) return;
    sum_rows(s, dx_part_.data(), to.db + 2 * d * s.gates());
    sum_rows(s, dh_part_.data(), to.db + (2 * d + 1) * s.gates());
  }

  std::string direction_;
  std::vector<float> zeros_, dx_part_, dh_part_, before_, dh_;
};

// --- in graphs -----------------------------------------------------------------------------------------------------

Dim times_hidden(const Dim& hidden, std::int64_t factor) { return hidden.known() ? Dim(factor * hidden.value) : Dim(); }

std::vector<ValueType> infer_gru(const std::vector<Value>& inputs, const std::vector<Attribute>&) {
  const Dim steps = inputs[0].dims()[0], batch = inputs[0].dims()[1], directions = inputs[2].dims()[0], hidden = inputs[2].dims()[2];
  return {{kGruFloat, Dims{steps, directions, batch, hidden}, {}},
          {kGruFloat, Dims{directions, batch, hidden}, {}},
          {kGruFloat, Dims{directions, steps, batch, times_hidden(hidden, 4)}, {}}};
}

std::vector<ValueType> infer_gru_grad(const std::vector<Value>& inputs, const std::vector<Attribute>&) {
  const Dim batch = inputs[0].dims()[1], directions = inputs[2].dims()[0], hidden = inputs[2].dims()[2];
  return {{kGruFloat, inputs[0].dims(), {}},
          {kGruFloat, inputs[1].dims(), {}},
          {kGruFloat, inputs[2].dims(), {}},
          {kGruFloat, Dims{directions, times_hidden(hidden, 6)}, {}},
          {kGruFloat, Dims{directions, batch, hidden}, {}}};
}

std::vector<Attribute> gru_attributes(const std::vector<Attribute>& attributes) {
  std::vector<Attribute> made = attributes;
  made.push_back({"linear_before_reset", std::int64_t{1}});
  return made;
}

std::vector<Value> standard_gru(Ops& ops, const Node& node, const std::vector<Value>& inputs, Value bias, Value h0) {
  return ops.nodes("GRU", {inputs[0], inputs[1], inputs[2], std::move(bias), Value(), std::move(h0)}, 2, gru_attributes(node.attributes));
}

std::vector<Value> expand_gru(Ops& ops, const Node& node, const std::vector<Value>& inputs) {
  std::vector<Value> made = standard_gru(ops, node, inputs, input_or_none(inputs, 3), input_or_none(inputs, 4));
  made.resize(3);
  return made;
}

std::vector<Value> expand_gru_grad(Ops& ops, const Node& node, const std::vector<Value>& inputs) {
  const auto at = [&](std::size_t i) { return input_or_none(inputs, i); };
  return by_lowering(ops, {at(0), at(1), at(2), at(8), at(5)}, wanted_outputs(node, 5), {at(6), at(7)},
                     [&](const std::vector<Value>& copies) { return standard_gru(ops, node, copies, copies[3], copies[4]); });
}

gradients::Grads gru_rule(const gradients::ForwardNode& node, Ops& ops) {
  const auto grad = [&](std::size_t i) { return node.grad(i) ? gradients::full_grad(node, ops, i) : Value(); };
  gradients::Grads made =
      apply(ops, "GRUGrad",
            {node.input(0), node.input(1), node.input(2), node.output(0), node.output(2), node.input(4), grad(0), grad(1), node.input(3)},
            node.node().attributes, {node.wants(0), node.wants(1), node.wants(2), node.wants(3), node.wants(4)});
  made.resize(node.input_count());
  return made;
}

bool usual_gru(const Node& node) {
  static const std::vector<std::string> kUsual = {"Sigmoid", "Tanh"};
  const auto activations = node.get<std::vector<std::string>>("activations", {});
  for (std::size_t i = 0; i < activations.size(); ++i)
    if (activations[i] != kUsual[i % 2]) return false;
  return node.get<std::int64_t>("layout", 0) == 0 && node.get<std::int64_t>("linear_before_reset", 0) != 0 && !node.find("clip");
}

std::vector<Value> fuse_gru(const Place& place, Ops& ops) {
  const Node& node = place.node();
  if (node.op != "GRU" || !node.domain.empty() || !usual_gru(node)) return {};
  const auto at = [&](std::size_t i) { return i < node.inputs.size() && !node.inputs[i].empty() ? ops.existing(node.inputs[i]) : Value(); };
  const std::vector<Value> inputs = {at(0), at(1), at(2), at(3), at(5)};
  if (at(4) || !takes("GRU", inputs) || !onednn::available()) return {};
  std::vector<Attribute> attributes;
  for (const char* name : {"direction", "hidden_size"})
    if (const Attribute* attribute = node.find(name)) attributes.push_back(*attribute);
  return apply(ops, "GRU", inputs, attributes);
}

}  // namespace

void add_gru(KernelCatalog& catalog) {
  const DType f = kGruFloat;
  catalog.add({.name = "GRU",
               .help = "GRU that keeps its gates for GRUGrad",
               .inputs = {f, f, f, f, f},
               .optional_inputs = 2,
               .outputs = {f, f, f},
               .infer = infer_gru,
               .expand = expand_gru,
               .make = [](const KernelAttributes& attributes) { return std::make_unique<GruKernel>(attributes); },
               .rules = {{"upkeep:GRU", gru_rule}},
               .fuse = fuse_gru});
  catalog.add({.name = "GRUGrad",
               .help = "gradients of GRU: dx, dw, dr, db, dh0",
               .inputs = {f, f, f, f, f, f, f, f, f},
               .optional_inputs = 4,
               .outputs = {f, f, f, f, f},
               .infer = infer_gru_grad,
               .expand = expand_gru_grad,
               .make = [](const KernelAttributes& attributes) { return std::make_unique<GruGradKernel>(attributes); }});
}

}  // namespace upkeep::kernels
