// Attention heads that are folded into the batch get an axis of their own, as PyTorch's multi-head attention has them where the batch is
// open:
//
//   [L, B, H d] -> Reshape [L, B H, d] -> Transpose [B H, L, d] -> ... -> Reshape [L B, H d]
//   ==>   [L, B, H d] -> Reshape [L, B, H, d] -> Transpose [B, H, L, d] -> ... -> Reshape [L B, H d]
//
// The same numbers in the same order, by a size that is written in the graph: H becomes an axis that heads can be taken out of.
// Not when: something between needs the axis of batch and heads together (another Reshape, a Shape, a constant along it).

#include <algorithm>
#include <map>

#include "graph/wiring.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::rewrites {

struct SplitHeads {};

}  // namespace upkeep::rewrites

namespace upkeep {

template <>
inline const Settings settings<rewrites::SplitHeads> =
    describe<rewrites::SplitHeads>("split-heads", "give attention heads that are folded into an open batch an axis of their own");

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

// Values between the first and the last Reshape, and where their axis of batch and heads is; all have three axes.
struct Packed {
  std::int64_t heads = 0;
  std::map<std::string, std::size_t> axes;
  std::vector<Wiring::Id> begins, between, ends;
};

bool is_reshape(const Wiring& wiring, Wiring::Id id) {
  const Node& node = wiring.node(id);
  return is_op(node, "Reshape") && node.inputs.size() == 2 && node.get<std::int64_t>("allowzero", 0) == 0;
}

// [L, B, H d] -> [L, B H, d]: how many heads; 0: it is none.
std::int64_t heads_made(const Wiring& wiring, Wiring::Id id) {
  if (!is_reshape(wiring, id)) return 0;
  const auto from = wiring.dims(wiring.node(id).inputs[0]), to = wiring.dims(wiring.node(id).outputs[0]);
  if (!from || !to || from->size() != 3 || to->size() != 3 || (*from)[1].known() || (*to)[1].known()) return 0;
  const Dim &length = (*from)[0], &wide = (*from)[2], &narrow = (*to)[2];
  if (!length.known() || length != (*to)[0] || !wide.known() || !narrow.known() || narrow.value < 1 || wide.value % narrow.value != 0)
    return 0;
  return wide.value / narrow.value > 1 ? wide.value / narrow.value : 0;
}

class Walk {
 public:
  explicit Walk(const Wiring& wiring) : wiring_(wiring) {}

  // nullopt: there are no heads, or something between needs them together.
  std::optional<Packed> run() {
    for (const Wiring::Id id : wiring_.ids()) {
      if (const std::int64_t heads = heads_made(wiring_, id); heads > 0) {
        if (packed_.heads != 0 && packed_.heads != heads) return std::nullopt;
        packed_.heads = heads;
        packed_.begins.push_back(id);
        packed_.axes[wiring_.node(id).outputs[0]] = 1;
      } else if (std::ranges::any_of(wiring_.node(id).inputs, [&](const std::string& input) { return packed_.axes.contains(input); })) {
        if (!take_in(id)) return std::nullopt;
      }
    }
    const bool given = std::ranges::any_of(packed_.axes, [&](const auto& one) { return wiring_.is_output(one.first); });
    return packed_.ends.empty() || given ? std::nullopt : std::optional(std::move(packed_));
  }

 private:
  std::optional<std::size_t> axis(const std::string& value) const {
    const auto found = packed_.axes.find(value);
    return found == packed_.axes.end() ? std::nullopt : std::optional(found->second);
  }

  bool passes(Wiring::Id id, std::size_t axis) {
    packed_.between.push_back(id);
    packed_.axes[wiring_.node(id).outputs[0]] = axis;
    return true;
  }

  bool take_in(Wiring::Id id) {
    const Node& node = wiring_.node(id);
    const auto first = axis(node.inputs[0]);
    if (node.outputs.size() != 1) return false;
    if (is_op(node, "MatMul")) return first == std::size_t{0} && axis(node.inputs[1]) == std::size_t{0} && passes(id, 0);
    if (is_broadcasting(node)) return broadcasts(id);
    if (!first) return false;
    if (is_op(node, "Transpose")) {
      const auto order = node.get<std::vector<std::int64_t>>("perm", {2, 1, 0});
      return passes(id, static_cast<std::size_t>(std::ranges::find(order, static_cast<std::int64_t>(*first)) - order.begin()));
    }
    if (is_op(node, "Softmax")) return *first < 2 && from_front(node.get<std::int64_t>("axis", -1), 3) == 2 && passes(id, *first);
    if (is_elementwise(node)) return passes(id, *first);
    return *first == 1 && ends(id);
  }

  // Other operands lie behind the axis, or are single numbers.
  bool broadcasts(Wiring::Id id) {
    std::optional<std::size_t> place;
    for (const std::string& input : wiring_.node(id).inputs)
      if (const auto one = axis(input)) {
        if (place && *place != *one) return false;
        place = one;
      }
    for (const std::string& input : wiring_.node(id).inputs) {
      const auto dims = wiring_.dims(input);
      if (!axis(input) && !input.empty() && !has_one_element(wiring_, input) && (!dims || dims->size() > 2 - *place)) return false;
    }
    return passes(id, *place);
  }

  // [L, B H, d] -> [L B, H d] or [L, B, H d]
  bool ends(Wiring::Id id) {
    if (!is_reshape(wiring_, id)) return false;
    const auto from = wiring_.dims(wiring_.node(id).inputs[0]), to = wiring_.dims(wiring_.node(id).outputs[0]);
    if (!from || !to || (to->size() != 2 && to->size() != 3) || !from->back().known()) return false;
    if (to->back() != Dim(from->back().value * packed_.heads) || (to->size() == 3 && (*to)[0] != (*from)[0])) return false;
    packed_.ends.push_back(id);
    return true;
  }

  const Wiring& wiring_;
  Packed packed_;
};

// Of three axes, the one of batch and heads as two.
std::vector<std::int64_t> wider(const std::vector<std::int64_t>& order, std::size_t axis) {
  std::vector<std::int64_t> made;
  const auto packed = static_cast<std::int64_t>(axis);
  for (const std::int64_t one : order) {
    made.push_back(one > packed ? one + 1 : one);
    if (one == packed) made.push_back(packed + 1);
  }
  return made;
}

void reshape_to(Wiring& wiring, Wiring::Id id, std::vector<std::int64_t> target) {
  const std::string sizes = wiring.add_constant(wiring.node(id).outputs[0] + "/sizes", int64s(std::move(target)));
  wiring.change(id, [&](Node& node) { node.inputs[1] = sizes; });
}

std::size_t split_heads(Model& model, const SplitHeads&, Change&) {
  Wiring wiring(model);
  const std::optional<Packed> packed = Walk(wiring).run();
  if (!packed) return 0;
  for (const Wiring::Id id : packed->begins)
    reshape_to(wiring, id, {0, -1, packed->heads, wiring.dims(wiring.node(id).outputs[0])->back().value});
  for (const Wiring::Id id : packed->ends) {
    const Dims to = *wiring.dims(wiring.node(id).outputs[0]);
    reshape_to(wiring, id,
               to.size() == 2 ? std::vector<std::int64_t>{-1, to.back().value} : std::vector<std::int64_t>{0, -1, to.back().value});
  }
  for (const Wiring::Id id : packed->between)
    wiring.change(id, [&](Node& node) {
      if (is_op(node, "Transpose"))
        set_attribute(node, {"perm", wider(node.get<std::vector<std::int64_t>>("perm", {2, 1, 0}), packed->axes.at(node.inputs[0])), {}});
      else if (is_op(node, "Softmax")) set_attribute(node, {"axis", std::int64_t{-1}, {}});
    });
  model.graph = wiring.finish();
  std::erase_if(model.graph.values, [&](const ValueInfo& info) { return packed->axes.contains(info.name); });
  return packed->begins.size();
}

}  // namespace

void add_split_heads(RewriteCatalog& catalog) { catalog.add(entry<SplitHeads>(split_heads)); }

}  // namespace upkeep::rewrites
