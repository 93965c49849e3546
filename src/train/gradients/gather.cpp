// Gather, GatherElements, GatherND, TopK     y = elements of x by index      dL/dx = dL/dy added up where each came from: an index may
// occur twice ScatterElements, ScatterND           y = x with elements set, or added to     dL/dupdates = dL/dy at the indices
//                                      dL/dx = dL/dy, zero where an element was replaced

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

const Attribute kAdd{"reduction", std::string("add")};

// The axes [count] from `from` on moved to the front, or back.
std::vector<std::int64_t> to_front(std::size_t rank, std::size_t from, std::size_t count) {
  std::vector<std::int64_t> perm;
  for (std::size_t i = from; i < from + count; ++i) perm.push_back(static_cast<std::int64_t>(i));
  for (std::size_t i = 0; i < rank; ++i)
    if (i < from || i >= from + count) perm.push_back(static_cast<std::int64_t>(i));
  return perm;
}

std::vector<std::int64_t> inverse(const std::vector<std::int64_t>& perm) {
  std::vector<std::int64_t> back(perm.size());
  for (std::size_t i = 0; i < perm.size(); ++i) back[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
  return back;
}

// With the gathered axis in front, the gradient is rows to be added to rows of zeros.
Grads gather(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value indices = ops.cast(node.input(1), DType::kInt64);
  const Value places = ops.unsqueeze(indices, {-1});
  const Value zeros = zeros_like(ops, x);
  const Value grad = full_grad(node, ops);
  const auto axis = static_cast<std::size_t>(positive_axis(node.attribute<std::int64_t>("axis", 0), x.rank()));
  if (axis == 0) return {ops.node("ScatterND", {zeros, places, grad}, {kAdd}), Value()};
  const auto perm = to_front(x.rank(), axis, 1);
  const Value rows = ops.transpose(grad, to_front(grad.rank(), axis, indices.rank()));
  return {ops.transpose(ops.node("ScatterND", {ops.transpose(zeros, perm), places, rows}, {kAdd}), inverse(perm)), Value()};
}

Attribute axis_of(const ForwardNode& node) { return {"axis", node.attribute<std::int64_t>("axis", 0)}; }

Grads gather_elements(const ForwardNode& node, Ops& ops) {
  const Value zeros = zeros_like(ops, node.input(0));
  return {ops.node("ScatterElements", {zeros, node.input(1), full_grad(node, ops)}, {axis_of(node), kAdd}), Value()};
}

Grads gather_nd(const ForwardNode& node, Ops& ops) {
  if (node.attribute<std::int64_t>("batch_dims", 0) != 0)
    throw Error(ErrorCode::kUnsupported, "GatherND over batch dimensions has no gradient", "batch_dims = 0 has one");
  return {ops.node("ScatterND", {zeros_like(ops, node.input(0)), node.input(1), full_grad(node, ops)}, {kAdd}), Value()};
}

// The indices say where each of the k values came from.
Grads top_k(const ForwardNode& node, Ops& ops) {
  const Attribute axis{"axis", node.attribute<std::int64_t>("axis", -1)};
  return {ops.node("ScatterElements", {zeros_like(ops, node.input(0)), node.output(1), full_grad(node, ops)}, {axis}), Value()};
}

bool adds(const ForwardNode& node) {
  const std::string reduction = node.attribute<std::string>("reduction", "none");
  if (reduction == "add") return true;
  if (reduction == "none") return false;
  throw Error(ErrorCode::kUnsupported, "reduction \"" + reduction + "\" has no gradient", "\"none\" and \"add\" have one");
}

Grads scatter_elements(const ForwardNode& node, Ops& ops) {
  const Value grad = full_grad(node, ops);
  const Value indices = node.input(1);
  const Value updates = ops.node("GatherElements", {grad, indices}, {axis_of(node)});
  if (adds(node)) return {grad, Value(), updates};
  return {ops.node("ScatterElements", {grad, indices, zeros_like(ops, node.input(2))}, {axis_of(node)}), Value(), updates};
}

Grads scatter_nd(const ForwardNode& node, Ops& ops) {
  const Value grad = full_grad(node, ops);
  const Value indices = node.input(1);
  const Value updates = ops.node("GatherND", {grad, indices});
  if (adds(node)) return {grad, Value(), updates};
  return {ops.node("ScatterND", {grad, indices, zeros_like(ops, node.input(2))}), Value(), updates};
}

}  // namespace

void add_gather(GradientCatalog& catalog) {
  catalog.add({.name = "Gather", .aliases = {}, .help = "dL/dx = dL/dy added up by index", .rule = gather});
  catalog.add({.name = "GatherElements", .aliases = {}, .help = "dL/dx = dL/dy added up by index", .rule = gather_elements});
  catalog.add({.name = "GatherND", .aliases = {}, .help = "dL/dx = dL/dy added up by index", .rule = gather_nd});
  catalog.add({.name = "TopK", .aliases = {}, .help = "dL/dx = dL/dy where it came from", .rule = top_k});
  catalog.add({.name = "ScatterElements", .aliases = {}, .help = "dL/dupdates = dL/dy at the indices", .rule = scatter_elements});
  catalog.add({.name = "ScatterND", .aliases = {}, .help = "dL/dupdates = dL/dy at the indices", .rule = scatter_nd});
}

}  // namespace upkeep::gradients
