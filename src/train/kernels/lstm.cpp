// LSTM and its gradient, ONNX's layout 0 with its usual activations (sigmoid, tanh, tanh).
//
//   LSTM        per step:  i, o, f, c = x W^T + h_before R^T + b      cell = f * cell_before + i * c      h = o * tanh(cell)
//   LSTMGrad    back through the steps; dW = dgates^T x, dR = dgates^T h_before and dx = dgates W are products over all steps at once
//
// The products with x are made for all steps at once, too. Through the steps each thread takes its own rows of the batch, so that none
// waits for another.

#include <array>

#include "train/gradients/rule.hpp"
#include "train/kernels/recurrent.hpp"
#include "train/kernels/shared/gates.hpp"
#include "train/kernels/shared/rows.hpp"

namespace upkeep::kernels {
namespace {

using onednn::multiply;

// --- forward -------------------------------------------------------------------------------------------------------

class LstmKernel : public Kernel {
 public:
  explicit LstmKernel(const KernelAttributes& attributes) : direction_(attributes.text("direction", "forward")) {}
  void run(KernelContext& context) override {
    onednn::library().set_threads(context.threads());
    const RecurrentSizes s = recurrent_sizes(context, 4);
    const Shape state{s.directions, s.batch, s.hidden};
    zeros_.assign(static_cast<std::size_t>(s.batch * s.hidden), 0.0F);
    y_ = output(context, 0, {s.steps, s.directions, s.batch, s.hidden});
    gates_ = output(context, 3, {s.directions, s.steps, s.batch, s.gates()});
    cells_ = output(context, 4, {s.directions, s.steps, s.batch, s.hidden});
    float* last_h = context.output<float>(1, state);
    float* last_c = context.output<float>(2, state);
    const std::int64_t size = s.batch * s.hidden;
    for (std::int64_t d = 0; d < s.directions; ++d) {
      const Part part = part_of(s, direction_, d);
      forward(context, part);
      if (last_h) std::copy_n(part.h_at(y_, s.steps - 1), size, last_h + d * size);
      if (last_c) std::copy_n(cells_ + (d * s.rows() + part.row(s.steps - 1, 0)) * s.hidden, size, last_c + d * size);
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
    float* gates = gates_ + part.direction * s.rows() * s.gates();
    float* cells = cells_ + part.direction * s.rows() * s.hidden;
    const float* w = context.input<float>(1) + part.direction * s.gates() * s.inputs;
    const float* r = context.input<float>(2) + part.direction * s.gates() * s.hidden;
    const std::int64_t state = part.direction * s.batch * s.hidden;
    const float* h0 = context.has(4) ? context.input<float>(4) + state : zeros_.data();
    const float* c0 = context.has(5) ? context.input<float>(5) + state : zeros_.data();
    bias_.assign(static_cast<std::size_t>(s.gates()), 0.0F);
    for (const std::int64_t half : {0, 1})
      if (context.has(3)) add_row(s.gates(), context.input<float>(3) + (2 * part.direction + half) * s.gates(), bias_.data());
    fill_rows(context, s, bias_.data(), gates);
    multiply(s.rows(), s.gates(), s.inputs, {context.input<float>(0), s.inputs}, {w, s.inputs, true}, 1, gates, s.gates());
    for_rows(context, s, [&](std::int64_t begin, std::int64_t end) {
      const float* h = h0;
      const float* c = c0;
      for (std::int64_t step = 0; step < s.steps; ++step) {
        float* now = gates + part.row(step, 0) * s.gates();
        float* cell = cells + part.row(step, 0) * s.hidden;
        float* made = part.h_at(y_, step);
        multiply(end - begin, s.gates(), s.hidden, {h + begin * s.hidden, s.hidden}, {r, s.hidden, true}, 1, now + begin * s.gates(),
                 s.gates());
        for (std::int64_t n = begin; n < end; ++n)
          lstm_cells(s.hidden, now + n * s.gates(), c + n * s.hidden, cell + n * s.hidden, made + n * s.hidden);
        h = made, c = cell;
      }
    });
  }

  std::string direction_;
  std::vector<float> zeros_, bias_;
  std::array<std::vector<float>, 5> own_;
  float* y_ = nullptr;
  float* gates_ = nullptr;
  float* cells_ = nullptr;
};

// --- backward ------------------------------------------------------------------------------------------------------

// Inputs: x, w, r, y, gates, cells, and where there are any h0, c0, dy, dy_h, dy_c.
class LstmGradKernel : public Kernel {
 public:
  explicit LstmGradKernel(const KernelAttributes& attributes) : direction_(attributes.text("direction", "forward")) {}
  void run(KernelContext& context) override {
    onednn::library().set_threads(context.threads());
    const RecurrentSizes s = recurrent_sizes(context, 4);
    const Shape state{s.directions, s.batch, s.hidden};
    const Outputs to{.dx = context.output<float>(0, context.shape(0)),
                     .dw = context.output<float>(1, context.shape(1)),
                     .dr = context.output<float>(2, context.shape(2)),
                     .db = context.output<float>(3, {s.directions, 2 * s.gates()}),
                     .dh0 = context.output<float>(4, state),
                     .dc0 = context.output<float>(5, state)};
    for (std::int64_t d = 0; d < s.directions; ++d) {
      const Part part = part_of(s, direction_, d);
      through_steps(context, part, to);
      products(context, part, to);
    }
  }

 private:
  struct Outputs {
    float *dx, *dw, *dr, *db, *dh0, *dc0;
  };

  void through_steps(KernelContext& context, const Part& part, const Outputs& to) {
    const RecurrentSizes& s = part.sizes;
    const std::int64_t size = s.batch * s.hidden;
    const std::int64_t state = part.direction * size;
    zeros_.assign(static_cast<std::size_t>(size), 0.0F);
    dgates_.resize(static_cast<std::size_t>(s.rows() * s.gates()));
    before_.resize(static_cast<std::size_t>(s.rows() * s.hidden));
    dh_.assign(static_cast<std::size_t>(size), 0.0F);
    dc_.assign(static_cast<std::size_t>(size), 0.0F);
    if (const float* last = optional_input(context, 9, state)) std::copy_n(last, size, dh_.data());
    if (const float* last = optional_input(context, 10, state)) std::copy_n(last, size, dc_.data());
    const float* h0 = optional_input(context, 6, state);
    const float* c0 = optional_input(context, 7, state);
    const float* y = context.input<float>(3);
    const float* dy = optional_input(context, 8, 0);
    const float* gates = context.input<float>(4) + part.direction * s.rows() * s.gates();
    const float* cells = context.input<float>(5) + part.direction * s.rows() * s.hidden;
    const float* r = context.input<float>(2) + part.direction * s.gates() * s.hidden;
    for_rows(context, s, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t step = s.steps; step-- > 0;) {
        const float* c = step > 0 ? cells + part.row(step - 1, 0) * s.hidden : c0 ? c0 : zeros_.data();
        const float* h = step > 0 ? part.h_at(y, step - 1) : h0 ? h0 : zeros_.data();
        const float* arriving = dy ? part.h_at(dy, step) : nullptr;
        float* dgates = dgates_.data() + part.row(step, 0) * s.gates();
        std::copy(h + begin * s.hidden, h + end * s.hidden, before_.data() + part.row(step, begin) * s.hidden);
        for (std::int64_t n = begin; n < end; ++n) {
          float* dh = dh_.data() + n * s.hidden;
          if (arriving) add_row(s.hidden, arriving + n * s.hidden, dh);
          lstm_cells_back(s.hidden, gates + part.row(step, n) * s.gates(), c + n * s.hidden, cells + part.row(step, n) * s.hidden, dh,
                          dc_.data() + n * s.hidden, dgates + n * s.gates());
        }
        multiply(end - begin, s.hidden, s.gates(), {dgates + begin * s.gates(), s.gates()}, {r, s.hidden}, 0, dh_.data() + begin * s.hidden,
                 s.hidden);
      }
    });
    if (to.dh0) std::copy_n(dh_.data(), size, to.dh0 + state);
    if (to.dc0) std::copy_n(dc_.data(), size, to.dc0 + state);
  }

  void products(KernelContext& context, const Part& part, const Outputs& to) {
    const RecurrentSizes& s = part.sizes;
    const std::int64_t d = part.direction;
    const float* dgates = dgates_.data();
    if (to.dw)
      multiply(s.gates(), s.inputs, s.rows(), {dgates, s.gates(), true}, {context.input<float>(0), s.inputs}, 0,
               to.dw + d * s.gates() * s.inputs, s.inputs);
    if (to.dr)
      multiply(s.gates(), s.hidden, s.rows(), {dgates, s.gates(), true}, {before_.data(), s.hidden}, 0, to.dr + d * s.gates() * s.hidden,
               s.hidden);
    if (to.dx)
      multiply(s.rows(), s.inputs, s.gates(), {dgates, s.gates()}, {context.input<float>(1) + d * s.gates() * s.inputs, s.inputs},
               d == 0 ? 0.0F : 1.0F, to.dx, s.inputs);
    if (!to.db) return;
    float* sum = to.db + 2 * d * s.gates();
    sum_rows(s, dgates, sum);
    std::copy_n(sum, s.gates(), sum + s.gates());
  }

  std::string direction_;
  std::vector<float> zeros_, dgates_, before_, dh_, dc_;
};

// --- in graphs -----------------------------------------------------------------------------------------------------

const DType kF = DType::kFloat32;

std::vector<ValueType> infer_lstm(const std::vector<Value>& inputs, const std::vector<Attribute>&) {
  const Dim steps = inputs[0].dims()[0], batch = inputs[0].dims()[1];
  const Dim directions = inputs[2].dims()[0], gates = inputs[2].dims()[1], hidden = inputs[2].dims()[2];
  const ValueType state{kF, Dims{directions, batch, hidden}, {}};
  return {{kF, Dims{steps, directions, batch, hidden}, {}},
          state,
          state,
          {kF, Dims{directions, steps, batch, gates}, {}},
          {kF, Dims{directions, steps, batch, hidden}, {}}};
}

std::vector<ValueType> infer_lstm_grad(const std::vector<Value>& inputs, const std::vector<Attribute>&) {
  const Dim batch = inputs[0].dims()[1], directions = inputs[2].dims()[0], gates = inputs[2].dims()[1], hidden = inputs[2].dims()[2];
  const ValueType state{kF, Dims{directions, batch, hidden}, {}};
  const Dim both = gates.known() ? Dim(2 * gates.value) : Dim();
  return {
      {kF, inputs[0].dims(), {}}, {kF, inputs[1].dims(), {}}, {kF, inputs[2].dims(), {}}, {kF, Dims{directions, both}, {}}, state, state};
}

std::vector<Value> standard_lstm(Ops& ops, const Node& node, const std::vector<Value>& inputs, Value bias, Value h0, Value c0) {
  return ops.nodes("LSTM", {inputs[0], inputs[1], inputs[2], std::move(bias), Value(), std::move(h0), std::move(c0)}, 3, node.attributes);
}

// Gates and cells are what a standard LSTM keeps to itself: an expansion that needs them is an expansion of the gradient.
std::vector<Value> expand_lstm(Ops& ops, const Node& node, const std::vector<Value>& inputs) {
  std::vector<Value> made = standard_lstm(ops, node, inputs, input_or_none(inputs, 3), input_or_none(inputs, 4), input_or_none(inputs, 5));
  made.resize(5);
  return made;
}

std::vector<Value> expand_lstm_grad(Ops& ops, const Node& node, const std::vector<Value>& inputs) {
  const auto at = [&](std::size_t i) { return input_or_none(inputs, i); };
  return by_lowering(ops, {at(0), at(1), at(2), at(11), at(6), at(7)}, wanted_outputs(node, 6), {at(8), at(9), at(10)},
                     [&](const std::vector<Value>& copies) { return standard_lstm(ops, node, copies, copies[3], copies[4], copies[5]); });
}

gradients::Grads lstm_rule(const gradients::ForwardNode& node, Ops& ops) {
  const auto grad = [&](std::size_t i) { return node.grad(i) ? gradients::full_grad(node, ops, i) : Value(); };
  const std::vector<Value> made =
      apply(ops, "LSTMGrad",
            {node.input(0), node.input(1), node.input(2), node.output(0), node.output(3), node.output(4), node.input(4), node.input(5),
             grad(0), grad(1), grad(2), node.input(3)},
            node.node().attributes, {node.wants(0), node.wants(1), node.wants(2), node.wants(3), node.wants(4), node.wants(5)});
  gradients::Grads grads{made[0], made[1], made[2], made[3], made[4], made[5]};
  grads.resize(node.input_count());
  return grads;
}

bool usual(const Node& node) {
  static const std::vector<std::string> kUsual = {"Sigmoid", "Tanh", "Tanh"};
  const auto activations = node.get<std::vector<std::string>>("activations", {});
  for (std::size_t i = 0; i < activations.size(); ++i)
    if (activations[i] != kUsual[i % 3]) return false;
  return node.get<std::int64_t>("layout", 0) == 0 && node.get<std::int64_t>("input_forget", 0) == 0 && !node.find("clip");
}

std::vector<Value> fuse_lstm(const Place& place, Ops& ops) {
  const Node& node = place.node();
  if (node.op != "LSTM" || !node.domain.empty() || !usual(node)) return {};
  const auto at = [&](std::size_t i) { return i < node.inputs.size() && !node.inputs[i].empty() ? ops.existing(node.inputs[i]) : Value(); };
  if (at(4) || at(7)) return {};  // lengths of sequences, peepholes
  const std::vector<Value> inputs = {at(0), at(1), at(2), at(3), at(5), at(6)};
  if (!takes("LSTM", inputs) || !onednn::available()) return {};
  std::vector<Attribute> attributes;
  for (const char* name : {"direction", "hidden_size"})
    if (const Attribute* attribute = node.find(name)) attributes.push_back(*attribute);
  return apply(ops, "LSTM", inputs, attributes);
}

}  // namespace

void add_lstm(KernelCatalog& catalog) {
  catalog.add({.name = "LSTM",
               .help = "LSTM that keeps its gates and cells for LSTMGrad",
               .inputs = {kF, kF, kF, kF, kF, kF},
               .optional_inputs = 3,
               .outputs = {kF, kF, kF, kF, kF},
               .infer = infer_lstm,
               .expand = expand_lstm,
               .make = [](const KernelAttributes& attributes) { return std::make_unique<LstmKernel>(attributes); },
               .rules = {{"upkeep:LSTM", lstm_rule}},
               .fuse = fuse_lstm});
  catalog.add({.name = "LSTMGrad",
               .help = "gradients of LSTM: dx, dw, dr, db, dh0, dc0",
               .inputs = {kF, kF, kF, kF, kF, kF, kF, kF, kF, kF, kF, kF},
               .optional_inputs = 6,
               .outputs = {kF, kF, kF, kF, kF, kF},
               .infer = infer_lstm_grad,
               .expand = expand_lstm_grad,
               .make = [](const KernelAttributes& attributes) { return std::make_unique<LstmGradKernel>(attributes); }});
}

}  // namespace upkeep::kernels
