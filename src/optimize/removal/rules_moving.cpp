#include "optimize/removal/rules.hpp"

#include "graph/subgraph.hpp"

namespace upkeep::removal {

namespace {

bool has_ranks(const Coupling& coupling, const Node& node) {
  return coupling.has_rank(node.inputs[0]) &&
         std::ranges::all_of(node.outputs, [&](const std::string& name) { return name.empty() || coupling.has_rank(name); });
}

// An attribute of older operator sets, or a constant input.
std::optional<std::vector<std::int64_t>> numbers(const Coupling& coupling, const Node& node, std::string_view attribute,
                                                 std::size_t place) {
  if (node.find(attribute)) return node.get<std::vector<std::int64_t>>(attribute, {});
  return integers(coupling.constant(input(node, place)));
}

// Axes before and behind `axis` stay as they are.
void others_same(Coupling& coupling, const std::string& x, const std::string& y, std::size_t axis) {
  for (std::size_t i = 0; i < coupling.rank(x); ++i)
    if (i != axis) coupling.same(x, i, y, i);
}

}  // namespace

std::size_t axis_of(const Node& node, std::int64_t fallback, std::size_t rank) {
  const std::int64_t axis = from_front(node.get<std::int64_t>("axis", fallback), rank);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(axis, 0, static_cast<std::int64_t>(rank)));
}

std::optional<std::vector<std::size_t>> axes_of(const Coupling& coupling, const Node& node, std::size_t place, std::size_t rank) {
  const auto said = numbers(coupling, node, "axes", place);
  if (!said) return std::nullopt;
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : *said) {
    const std::int64_t front = from_front(axis, rank);
    if (front < 0 || front >= static_cast<std::int64_t>(rank)) return std::nullopt;
    axes.push_back(static_cast<std::size_t>(front));
  }
  return axes;
}

// A Constant node says nothing: what reads it does.
void constant_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  const std::string& y = node.outputs[0];
  if (!coupling.constant(y) || !coupling.has_rank(y)) return;
  for (std::size_t axis = 0; axis < coupling.rank(y); ++axis) coupling.settle(y, axis);
}

void transpose_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!has_ranks(coupling, node)) return;
  const std::size_t rank = coupling.rank(node.inputs[0]);
  auto order = node.get<std::vector<std::int64_t>>("perm", {});
  for (std::size_t i = 0; i < rank && !node.find("perm"); ++i) order.push_back(static_cast<std::int64_t>(rank - 1 - i));
  if (order.size() != rank) return;
  for (std::size_t i = 0; i < rank; ++i) coupling.same(node.inputs[0], static_cast<std::size_t>(order[i]), node.outputs[0], i);
}

// Squeeze and Unsqueeze: axes of one place come and go.
void squeeze_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!has_ranks(coupling, node)) return;
  const bool adds = node.op == "Unsqueeze";
  const std::string &longer = adds ? node.outputs[0] : node.inputs[0], &shorter = adds ? node.inputs[0] : node.outputs[0];
  const auto axes = axes_of(coupling, node, 1, coupling.rank(longer));
  if (!axes || coupling.rank(longer) != coupling.rank(shorter) + axes->size()) return;
  std::size_t to = 0;
  for (std::size_t from = 0; from < coupling.rank(longer); ++from)
    if (!std::ranges::contains(*axes, from)) coupling.same(longer, from, shorter, to++);
}

void concat_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  const std::string& y = node.outputs[0];
  if (!has_ranks(coupling, node)) return;
  const std::size_t axis = axis_of(node, 1, coupling.rank(y));
  std::size_t total = 0;
  for (const std::string& x : node.inputs) {
    if (!coupling.has_rank(x) || coupling.rank(x) != coupling.rank(y)) return;
    total += coupling.size(x, axis);
  }
  for (const std::string& x : node.inputs) others_same(coupling, x, y, axis);
  if (total != coupling.size(y, axis)) return;
  std::size_t place = 0;
  for (const std::string& x : node.inputs) {
    if (coupling.size(x, axis) == 0) return coupling.fix(y, axis);
    coupling.settle(x, axis);
    for (std::size_t i = 0; i < coupling.size(x, axis); ++i) coupling.unite(coupling.slot(x, axis, i), coupling.slot(y, axis, place++));
  }
  coupling.settle(y, axis);
}

std::optional<std::vector<std::int64_t>> split_sizes(const Coupling& coupling, const Node& node) {
  if (node.find("split") || !input(node, 1).empty()) return numbers(coupling, node, "split", 1);
  const std::size_t axis = axis_of(node, 0, coupling.rank(node.inputs[0]));
  std::vector<std::int64_t> sizes;
  for (const std::string& part : node.outputs) {
    if (part.empty() || !coupling.has_rank(part) || coupling.size(part, axis) == 0) return std::nullopt;
    sizes.push_back(static_cast<std::int64_t>(coupling.size(part, axis)));
  }
  return sizes;
}

void split_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!has_ranks(coupling, node)) return;
  const std::string& x = node.inputs[0];
  const std::size_t axis = axis_of(node, 0, coupling.rank(x));
  for (const std::string& part : node.outputs)
    if (!part.empty()) others_same(coupling, x, part, axis);
  const auto sizes = split_sizes(coupling, node);
  if (!sizes || coupling.size(x, axis) == 0 || sizes->size() != node.outputs.size()) return;
  std::size_t place = 0;
  for (std::size_t i = 0; i < sizes->size(); ++i) {
    const std::string& part = node.outputs[i];
    const auto count = static_cast<std::size_t>((*sizes)[i]);
    if (part.empty() || coupling.size(part, axis) != count || place + count > coupling.size(x, axis)) return coupling.fix(x, axis);
    coupling.settle(part, axis);
    for (std::size_t j = 0; j < count; ++j) coupling.unite(coupling.slot(part, axis, j), coupling.slot(x, axis, place++));
  }
  coupling.settle(x, axis);
}

std::optional<std::vector<SliceRange>> slice_ranges(const Coupling& coupling, const Node& node) {
  const std::string &x = node.inputs[0], &y = node.outputs[0];
  const auto begins = numbers(coupling, node, "starts", 1), ends = numbers(coupling, node, "ends", 2);
  if (!begins || !ends || begins->size() != ends->size()) return std::nullopt;
  auto axes = axes_of(coupling, node, 3, coupling.rank(x));
  const auto steps = numbers(coupling, node, "steps", 4);
  if (!axes && !node.find("axes") && input(node, 3).empty()) {
    axes.emplace();
    for (std::size_t i = 0; i < begins->size(); ++i) axes->push_back(i);
  }
  if (!axes || axes->size() != begins->size() || (!steps && !input(node, 4).empty())) return std::nullopt;
  std::vector<SliceRange> ranges;
  for (std::size_t i = 0; i < axes->size(); ++i) {
    const auto size = static_cast<std::int64_t>(coupling.size(x, (*axes)[i]));
    const std::int64_t step = steps ? steps->at(i) : 1;
    std::int64_t begin = (*begins)[i];
    if (size == 0) {
      ranges.push_back({(*axes)[i], 0, 1, 0});
      continue;
    }
    if (begin < 0) begin += size;
    begin = std::clamp<std::int64_t>(begin, 0, step < 0 ? size - 1 : size);
    ranges.push_back({(*axes)[i], begin, step, static_cast<std::int64_t>(coupling.size(y, (*axes)[i]))});
  }
  return ranges;
}

void slice_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  const std::string &x = node.inputs[0], &y = node.outputs[0];
  if (!has_ranks(coupling, node) || coupling.rank(x) != coupling.rank(y)) return;
  const auto ranges = slice_ranges(coupling, node);
  if (!ranges) return;
  // Where one of the axes is open, its numbers stay, and with them those of the other axes.
  const bool stays = std::ranges::any_of(*ranges, [&](const SliceRange& range) { return coupling.size(x, range.axis) == 0; });
  for (std::size_t axis = 0; axis < coupling.rank(x); ++axis) {
    const auto range = std::ranges::find(*ranges, axis, &SliceRange::axis);
    if (range == ranges->end()) {
      coupling.same(x, axis, y, axis);
      continue;
    }
    const std::int64_t last = range->begin + (range->count - 1) * range->step;
    if (stays || range->count == 0 || last < 0 || last >= static_cast<std::int64_t>(coupling.size(x, axis))) continue;
    coupling.settle(x, axis);
    coupling.settle(y, axis);
    for (std::int64_t i = 0; i < range->count; ++i) {
      const auto from = static_cast<std::size_t>(range->begin + i * range->step);
      coupling.unite(coupling.slot(x, axis, from), coupling.slot(y, axis, static_cast<std::size_t>(i)));
    }
    if (range->step != 1) coupling.fix(x, axis);
  }
}

// By constant indices, the channels of the result are those of the data; by others, all entries must stay.
void gather_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  const std::string &x = node.inputs[0], &indices = node.inputs[1], &y = node.outputs[0];
  if (!has_ranks(coupling, node) || !coupling.has_rank(indices)) return;
  const std::size_t rank = coupling.rank(x), axis = axis_of(node, 0, rank), depth = coupling.rank(indices);
  if (coupling.rank(y) != rank - 1 + depth) return;
  for (std::size_t i = 0; i < rank; ++i)
    if (i != axis) coupling.same(x, i, y, i < axis ? i : i + depth - 1);
  for (std::size_t i = 0; i < depth; ++i)
    if (coupling.size(y, axis + i) == 0) coupling.settle(y, axis + i);
  if (coupling.constant(x))
    for (std::size_t i = axis + 1; i < rank; ++i) coupling.makes(x, i);
  const auto places = integers(coupling.constant(indices));
  const auto size = static_cast<std::int64_t>(coupling.size(x, axis));
  if (!places || depth > 1 || size == 0) return;
  for (const std::int64_t place : *places)
    if (place < -size || place >= size) return;
  coupling.settle(x, axis);
  for (std::size_t i = 0; i < places->size(); ++i) {
    const Slot from = coupling.slot(x, axis, static_cast<std::size_t>(from_front((*places)[i], coupling.size(x, axis))));
    if (depth == 1 && coupling.size(y, axis) == places->size()) coupling.unite(from, coupling.slot(y, axis, i));
    else coupling.fix(from);
  }
  if (depth == 1) coupling.settle(y, axis);
}

void pad_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!has_ranks(coupling, node)) return;
  const std::size_t rank = coupling.rank(node.inputs[0]);
  const auto pads = numbers(coupling, node, "pads", 1);
  if (!pads || pads->size() != 2 * rank || !input(node, 3).empty()) return;
  for (std::size_t axis = 0; axis < rank; ++axis)
    if ((*pads)[axis] == 0 && (*pads)[axis + rank] == 0) coupling.same(node.inputs[0], axis, node.outputs[0], axis);
}

void expand_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (has_ranks(coupling, node) && coupling.constant(node.inputs[1])) coupling.broadcast(node.inputs[0], node.outputs[0]);
}

void resize_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!has_ranks(coupling, node) || node.find("axes") || coupling.rank(node.inputs[0]) < 3) return;
  if (!input(node, 3).empty() && !coupling.constant(input(node, 3))) return;
  for (const std::size_t axis : {0, 1}) coupling.same(node.inputs[0], axis, node.outputs[0], axis);
}

// Who asks only for some sizes holds only those axes.
void shape_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  const std::string& x = node.inputs[0];
  if (!coupling.has_rank(x)) return;
  const auto rank = static_cast<std::int64_t>(coupling.rank(x));
  const auto clamp = [&](std::int64_t place) { return std::clamp<std::int64_t>(place < 0 ? place + rank : place, 0, rank); };
  const std::int64_t begin = clamp(node.get<std::int64_t>("start", 0)), end = clamp(node.get<std::int64_t>("end", rank));
  std::set<std::int64_t> asked;
  for (const Wiring::Id reader : coupling.wiring().readers(node.outputs[0])) {
    const Node& one = coupling.wiring().node(reader);
    const auto places = is_op(one, "Gather") ? integers(coupling.constant(input(one, 1))) : std::nullopt;
    const auto ranges = is_op(one, "Slice") && coupling.has_rank(one.outputs[0]) ? slice_ranges(coupling, one) : std::nullopt;
    if (places)
      for (const std::int64_t place : *places) asked.insert(begin + (place < 0 ? place + end - begin : place));
    else if (ranges && ranges->size() == 1)
      for (std::int64_t i = 0; i < ranges->front().count; ++i) asked.insert(begin + ranges->front().begin + i * ranges->front().step);
    else
      for (std::int64_t axis = begin; axis < end; ++axis) asked.insert(axis);
  }
  if (coupling.wiring().is_output(node.outputs[0])) return;
  for (std::int64_t axis = 0; axis < rank; ++axis)
    if (!asked.contains(axis)) coupling.settle(x, static_cast<std::size_t>(axis));
}

// A channel of the result is made of blocksize^2 channels of the input.
static void fold_blocks(Coupling& coupling, const std::string& deep, const std::string& flat, bool columns_first, std::int64_t block) {
  coupling.same(deep, 0, flat, 0);
  const std::size_t many = coupling.size(deep, 1), few = coupling.size(flat, 1);
  const auto blocks = static_cast<std::size_t>(block * block);
  if (few == 0 || many != few * blocks) return;
  coupling.settle(deep, 1);
  coupling.settle(flat, 1);
  for (std::size_t place = 0; place < many; ++place)
    coupling.unite(coupling.slot(deep, 1, place), coupling.slot(flat, 1, columns_first ? place / blocks : place % few));
}

void depth_to_space_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (has_ranks(coupling, node))
    fold_blocks(coupling, node.inputs[0], node.outputs[0], node.get<std::string>("mode", "DCR") == "CRD",
                node.get<std::int64_t>("blocksize", 1));
}

void space_to_depth_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (has_ranks(coupling, node)) fold_blocks(coupling, node.outputs[0], node.inputs[0], false, node.get<std::int64_t>("blocksize", 1));
}

}  // namespace upkeep::removal
