#include "optimize/removal/rules.hpp"

namespace upkeep::removal {

namespace {

void tie_bias(Coupling& coupling, const Node& node, std::size_t place, const std::string& value, std::size_t axis) {
  const std::string bias = input(node, place);
  if (!bias.empty() && coupling.has_rank(bias) && coupling.rank(bias) == 1) coupling.same(bias, 0, value, axis);
  else if (!bias.empty()) coupling.fix(value, axis);
}

// Place by place, where the second axis repeats (or folds) the first by groups.
void tie(Coupling& coupling, const std::string& a, std::size_t i, const std::string& b, std::size_t j, auto place_of) {
  coupling.settle(a, i);
  coupling.settle(b, j);
  for (std::size_t place = 0; place < coupling.size(a, i); ++place)
    coupling.unite(coupling.slot(a, i, place), coupling.slot(b, j, place_of(place)));
}

struct Kernel {
  std::string x, w, y;
  std::size_t groups, in, out;  // channels
};

std::optional<Kernel> kernel_of(const Coupling& coupling, const Node& node) {
  Kernel kernel{node.inputs[0], node.inputs[1], node.outputs[0], static_cast<std::size_t>(node.get<std::int64_t>("group", 1)), 0, 0};
  for (const std::string& value : {kernel.x, kernel.w, kernel.y})
    if (!coupling.has_rank(value) || coupling.rank(value) < 3) return std::nullopt;
  kernel.in = coupling.size(kernel.x, 1);
  kernel.out = coupling.size(kernel.y, 1);
  const bool sound =
      kernel.groups > 0 && kernel.in > 0 && kernel.out > 0 && kernel.in % kernel.groups == 0 && kernel.out % kernel.groups == 0;
  return sound ? std::optional(kernel) : std::nullopt;
}

// One channel in, one or several out of each group: the channels go with their group. An axis of one place holds no channel.
void tie_depthwise(Coupling& coupling, const Kernel& kernel, std::size_t places) {
  const std::size_t each = places / kernel.groups;
  tie(coupling, kernel.w, 0, kernel.x, 1, [&](std::size_t place) { return place / each; });
}

}  // namespace

void convolution_rule(Coupling& coupling, Wiring::Id id, const Node& node) {
  const auto kernel = kernel_of(coupling, node);
  if (!kernel || coupling.size(kernel->w, 0) != kernel->out || coupling.size(kernel->w, 1) * kernel->groups != kernel->in) return;
  const auto& [x, w, y, groups, in, out] = *kernel;
  coupling.same(x, 0, y, 0);
  coupling.same(w, 0, y, 1);
  tie_bias(coupling, node, 2, y, 1);
  if (groups == in && groups > 1) return tie_depthwise(coupling, *kernel, out);
  coupling.makes(w, 0);
  coupling.sums(id, x, 1);
  const std::size_t each = in / groups, made = out / groups;
  tie(coupling, x, 1, w, 1, [&](std::size_t place) { return place % each; });
  if (groups > 1) tie(coupling, y, 1, y, 1, [&](std::size_t place) { return place % made; });
}

void transposed_convolution_rule(Coupling& coupling, Wiring::Id id, const Node& node) {
  const auto kernel = kernel_of(coupling, node);
  if (!kernel || coupling.size(kernel->w, 0) != kernel->in || coupling.size(kernel->w, 1) * kernel->groups != kernel->out) return;
  const auto& [x, w, y, groups, in, out] = *kernel;
  const std::size_t made = out / groups, each = in / groups;
  coupling.same(x, 0, y, 0);
  tie_bias(coupling, node, 2, y, 1);
  coupling.same(x, 1, w, 0);
  if (groups == in && groups == out && groups > 1) return tie(coupling, y, 1, x, 1, [](std::size_t place) { return place; });
  coupling.makes(w, 1);
  coupling.sums(id, x, 1);
  tie(coupling, y, 1, w, 1, [&](std::size_t place) { return place % made; });
  if (groups > 1) tie(coupling, x, 1, x, 1, [&](std::size_t place) { return place % each; });
}

void gemm_rule(Coupling& coupling, Wiring::Id id, const Node& node) {
  const std::string &a = node.inputs[0], &b = node.inputs[1], &y = node.outputs[0], c = input(node, 2);
  for (const std::string& value : {a, b, y})
    if (!coupling.has_rank(value) || coupling.rank(value) != 2) return;
  if (!c.empty() && !coupling.has_rank(c)) return;
  const std::size_t ta = node.get<std::int64_t>("transA", 0) != 0, tb = node.get<std::int64_t>("transB", 0) != 0;
  coupling.same(a, 1 - ta, b, tb);
  coupling.same(a, ta, y, 0);
  coupling.same(b, 1 - tb, y, 1);
  coupling.broadcast(c, y);
  coupling.makes(b, 1 - tb);
  coupling.sums(id, a, 1 - ta);
}

void matmul_rule(Coupling& coupling, Wiring::Id id, const Node& node) {
  const std::string &a = node.inputs[0], &b = node.inputs[1], &y = node.outputs[0];
  for (const std::string& value : {a, b, y})
    if (!coupling.has_rank(value)) return;
  const std::size_t ra = coupling.rank(a), rb = coupling.rank(b), ry = coupling.rank(y);
  if (ra < 2 || rb < 2) return;
  coupling.same(a, ra - 1, b, rb - 2);
  coupling.same(a, ra - 2, y, ry - 2);
  coupling.same(b, rb - 1, y, ry - 1);
  coupling.makes(b, rb - 1);
  coupling.sums(id, a, ra - 1);
  for (const auto& [value, rank] : {std::pair(a, ra), std::pair(b, rb)})
    for (std::size_t axis = 0; axis + 2 < rank; ++axis) {
      const std::size_t to = axis + ry - rank;
      if (coupling.size(value, axis) == 1 && coupling.size(y, to) != 1) coupling.settle(value, axis);
      else coupling.same(value, axis, y, to);
    }
  if (coupling.constant(a) || coupling.constant(b)) return;
  for (std::size_t axis = 1; axis + 2 < ry; ++axis) coupling.heads(y, axis);
}

// Axes of one letter are the same channels.
void einsum_rule(Coupling& coupling, Wiring::Id id, const Node& node) {
  std::string equation = node.get<std::string>("equation", "");
  std::erase(equation, ' ');
  const std::size_t arrow = equation.find("->");
  if (arrow == std::string::npos || equation.contains('.')) return;
  std::vector<std::string> terms(1), values = node.inputs;
  for (const char letter : equation.substr(0, arrow))
    if (letter == ',') terms.emplace_back();
    else terms.back() += letter;
  terms.push_back(equation.substr(arrow + 2));
  values.push_back(node.outputs[0]);
  if (terms.size() != values.size()) return;
  std::map<char, std::pair<std::string, std::size_t>> first;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!coupling.has_rank(values[i]) || coupling.rank(values[i]) != terms[i].size()) return;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t axis = 0; axis < terms[i].size(); ++axis) {
      const auto [place, added] = first.try_emplace(terms[i][axis], values[i], axis);
      if (added) coupling.settle(values[i], axis);
      else coupling.same(values[i], axis, place->second.first, place->second.second);
    }
  for (std::size_t i = 1; i < node.inputs.size(); ++i)
    for (std::size_t axis = 0; axis < terms[i].size(); ++axis)
      if (terms.back().contains(terms[i][axis]) && !terms[0].contains(terms[i][axis])) coupling.makes(values[i], axis);
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    for (std::size_t axis = 0; axis < terms[i].size(); ++axis)
      if (!terms.back().contains(terms[i][axis])) coupling.sums(id, values[i], axis);
}

// A unit of a recurrent layer has a row in each of its gates, in both directions.
void recurrent_rule(Coupling& coupling, Wiring::Id id, const Node& node) {
  const std::size_t gates = node.op == "LSTM" ? 4 : node.op == "GRU" ? 3 : 1;
  const std::string &x = node.inputs[0], &w = node.inputs[1], &r = node.inputs[2];
  for (const std::string& value : {x, w, r})
    if (!coupling.has_rank(value) || coupling.rank(value) != 3) return;
  const std::size_t units = coupling.size(r, 2);
  if (units == 0) return;
  const auto by_gate = [&](const std::string& value, std::size_t axis, std::size_t repeats) {
    if (value.empty()) return;
    if (!coupling.has_rank(value) || coupling.size(value, axis) != units * repeats) return coupling.fix(r, 2);
    coupling.settle(value, axis);
    for (std::size_t place = 0; place < units * repeats; ++place)
      coupling.unite(coupling.slot(value, axis, place), coupling.slot(r, 2, place % units));
  };
  coupling.same(x, 2, w, 2);
  coupling.sums(id, x, 2);
  coupling.settle(r, 2);
  coupling.sums(id, r, 2);
  by_gate(w, 1, gates);
  by_gate(r, 1, gates);
  by_gate(input(node, 3), 1, 2 * gates);
  by_gate(input(node, 5), 2, 1);
  by_gate(input(node, 6), 2, 1);
  by_gate(input(node, 7), 1, 3);
  coupling.makes(w, 1);
  for (std::size_t i = 0; i < node.outputs.size(); ++i)
    if (!node.outputs[i].empty()) by_gate(node.outputs[i], i == 0 ? 3 : 2, 1);
}

}  // namespace upkeep::removal
