// Gradients of activations in one pass instead of three or four:
//
//   ReluGrad      dx = dy where y > 0         SigmoidGrad   dx = dy * y * (1 - y)
//   TanhGrad      dx = dy * (1 - y^2)         ClipGrad      dx = dy where low <= x <= high

#include "train/gradients/rule.hpp"
#include "train/kernels/elementwise.hpp"

namespace upkeep::kernels {
namespace {

// (dy, y) -> dx, by the standard rule of `op`, which looks at y only.
Expansion expand_by_output(const std::string& op) {
  return [op](Ops& ops, const Node&, const std::vector<Value>& inputs) {
    return by_rule(ops, {.op = op, .domain = {}, .name = {}, .inputs = {"x"}, .outputs = {"y"}}, {Value()}, {inputs[1]}, {inputs[0]},
                   {true});
  };
}

gradients::Rule rule_by_output(const std::string& kernel) {
  return [kernel](const gradients::ForwardNode& node, Ops& ops) -> gradients::Grads {
    const Value grad = gradients::full_grad(node, ops);
    return takes(kernel, {grad, node.output(0)}) ? apply(ops, kernel, {grad, node.output(0)}) : gradients::Grads{};
  };
}

template <typename F>
void add_by_output(KernelCatalog& catalog, const std::string& op, const std::string& help, F f) {
  catalog.add({.name = op + "Grad",
               .help = help,
               .inputs = {DType::kFloat32, DType::kFloat32},
               .outputs = {DType::kFloat32},
               .infer = like({0}),
               .expand = expand_by_output(op),
               .make = [f](const KernelAttributes&) { return elementwise(f); },
               .rules = {{op, rule_by_output(op + "Grad")}}});
}

// --- Clip, whose bounds are inputs ---------------------------------------------------------------------------------

constexpr float kLowest = std::numeric_limits<float>::lowest();
constexpr float kHighest = std::numeric_limits<float>::max();

std::optional<float> bound(Ops& ops, const Value& value, float absent) {
  if (!value) return absent;
  const std::optional<double> known = gradients::constant_number(ops, value);
  return known ? std::optional(static_cast<float>(*known)) : std::nullopt;
}

gradients::Grads clip_rule(const gradients::ForwardNode& node, Ops& ops) {
  const Value grad = gradients::full_grad(node, ops);
  const std::optional<float> low = bound(ops, node.input(1), kLowest);
  const std::optional<float> high = bound(ops, node.input(2), kHighest);
  if (!low || !high || !takes("ClipGrad", {grad, node.input(0)})) return {};
  gradients::Grads grads = apply(ops, "ClipGrad", {grad, node.input(0)}, {{"low", *low}, {"high", *high}});
  grads.resize(node.input_count());
  return grads;
}

std::vector<Value> expand_clip(Ops& ops, const Node& node, const std::vector<Value>& inputs) {
  const Value low = ops.constant(node.get("low", kLowest));
  const Value high = ops.constant(node.get("high", kHighest));
  const Node forward{.op = "Clip", .domain = {}, .name = {}, .inputs = {"x", "low", "high"}, .outputs = {"y"}};
  return by_rule(ops, forward, {inputs[1], low, high}, {ops.node("Clip", {inputs[1], low, high})}, {inputs[0]}, {true});
}

std::unique_ptr<Kernel> make_clip(const KernelAttributes& attributes) {
  const float low = attributes.number("low", kLowest);
  const float high = attributes.number("high", kHighest);
  return elementwise([low, high](float dy, float x) { return x >= low && x <= high ? dy : 0.0f; });
}

}  // namespace

void add_activation_grad(KernelCatalog& catalog) {
  add_by_output(catalog, "Relu", "dx = dy where y > 0", [](float dy, float y) { return y > 0 ? dy : 0.0f; });
  add_by_output(catalog, "Sigmoid", "dx = dy * y * (1 - y)", [](float dy, float y) { return dy * (y * (1 - y)); });
  add_by_output(catalog, "Tanh", "dx = dy * (1 - y^2)", [](float dy, float y) { return dy * (1 - y * y); });
  catalog.add({.name = "ClipGrad",
               .help = "dx = dy where low <= x <= high",
               .inputs = {DType::kFloat32, DType::kFloat32},
               .outputs = {DType::kFloat32},
               .infer = like({0}),
               .expand = expand_clip,
               .make = make_clip,
               .rules = {{"Clip", clip_rule}}});
}

}  // namespace upkeep::kernels
