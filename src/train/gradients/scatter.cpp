// y = x with updates u put at the indices, over what was there or joined with it. ScatterElements, ScatterND, by `reduction`:
//
// none       dL/du = dL/dy at the index                               dL/dx = dL/dy, 0 where an element was replaced
// add        dL/du = dL/dy at the index                               dL/dx = dL/dy
// mul        dL/du = dL/dy * x * the other updates of that place      dL/dx = dL/dy * the updates of that place
// max, min   whatever equals y takes dL/dy, several equal ones share it evenly, as in TensorFlow and PyTorch

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

class Places {
 public:
  Places(const ForwardNode& node, Ops& ops) : node_(node), ops_(ops), by_elements_(node.node().op == "ScatterElements") {}

  Value put(Value base, Value updates, const std::string& reduction) const {
    std::vector<Attribute> attributes = axis();
    if (reduction != "none") attributes.push_back({"reduction", reduction, {}});
    return ops_.node(node_.node().op, {base, node_.input(1), updates}, std::move(attributes));
  }
  Value take(Value from) const { return ops_.node(by_elements_ ? "GatherElements" : "GatherND", {from, node_.input(1)}, axis()); }

 private:
  std::vector<Attribute> axis() const {
    if (!by_elements_) return {};
    return {{"axis", node_.attribute<std::int64_t>("axis", 0), {}}};
  }

  const ForwardNode& node_;
  Ops& ops_;
  bool by_elements_;
};

Grads multiplied(const ForwardNode& node, Ops& ops, const Places& places, Value grad) {
  const Value x = node.input(0);
  const Value updates = node.input(2);
  Grads grads(3);
  if (node.wants(0)) grads[0] = ops.mul(grad, places.put(filled_like(ops, x, 1), updates, "mul"));
  if (!node.wants(2)) return grads;
  const auto product = [&](Value value) { return places.take(places.put(x, value, "mul")); };
  const auto sum = [&](Value value) { return places.take(places.put(zeros_like(ops, x), value, "add")); };
  grads[2] = ops.mul(places.take(grad), product_of_others(ops, updates, product, sum));
  return grads;
}

Grads extreme_of(const ForwardNode& node, Ops& ops, const Places& places, Value grad) {
  const Value y = node.output(0);
  const DType dtype = y.dtype();
  const Value from_x = ops.cast(ops.equal(node.input(0), y), dtype);
  const Value from_updates = ops.cast(ops.equal(node.input(2), places.take(y)), dtype);
  const Value share = ops.div(grad, places.put(from_x, from_updates, "add"));
  return {ops.mul(from_x, share), Value(), ops.mul(from_updates, places.take(share))};
}

Grads scatter(const ForwardNode& node, Ops& ops) {
  const std::string reduction = node.attribute<std::string>("reduction", "none");
  const Places places(node, ops);
  const Value grad = full_grad(node, ops);
  if (reduction == "mul") return multiplied(node, ops, places, grad);
  if (reduction == "max" || reduction == "min") return extreme_of(node, ops, places, grad);
  Grads grads{grad, Value(), Value()};
  if (reduction == "none" && node.wants(0)) grads[0] = places.put(grad, zeros_like(ops, node.input(2)), "none");
  if (node.wants(2)) grads[2] = places.take(grad);
  return grads;
}

}  // namespace

void add_scatter(GradientCatalog& catalog) {
  catalog.add({.name = "ScatterElements",
               .aliases = {"ScatterND"},
               .help = "dL/dupdates = dL/dy at the indices, dL/dx = dL/dy elsewhere; each reduction by its own formula",
               .rule = scatter});
}

}  // namespace upkeep::gradients
