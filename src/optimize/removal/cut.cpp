#include "optimize/removal/cut.hpp"
#include "graph/permutation.hpp"

#include "graph/onnx.hpp"
#include "graph/subgraph.hpp"
#include "optimize/removal/rules.hpp"

namespace upkeep::removal {

namespace {

class Cutting {
 public:
  Cutting(Model& model, const Coupling& coupling, const std::set<Slot>& gone)
      : model_(model), coupling_(coupling), names_(coupling.wiring()), gone_(gone) {}

  void run() {
    const std::vector<std::string> before = unread();  // what the file keeps though nobody reads it
    for (Node& node : model_.graph.nodes) repair(node);
    cut_slots_of_optimizer();
    const std::size_t count = model_.graph.initializers.size();
    for (std::size_t i = 0; i < count; ++i) {
      auto& [name, tensor] = model_.graph.initializers[i];
      tensor = without(name, tensor);
    }
    model_.graph.initializers.insert(model_.graph.initializers.end(), added_.begin(), added_.end());
    std::erase_if(model_.graph.values, [&](const ValueInfo& info) { return loses(info.name); });
    drop_unread_initializers(model_.graph, before);
  }

 private:
  // Places of an axis that stay; nullopt: all do, or nobody knows how many there are.
  std::optional<Permutation> kept(const std::string& value, std::size_t axis) const {
    const std::vector<Slot> classes = coupling_.classes(value, axis);
    Permutation places;
    for (std::size_t i = 0; i < classes.size(); ++i)
      if (!gone_.contains(classes[i])) places.push_back(static_cast<std::int64_t>(i));
    if (places.size() == classes.size()) return std::nullopt;
    if (places.empty()) throw Error(ErrorCode::kInternal, "no channel of \"" + value + "\" would be left");
    return places;
  }
  std::int64_t kept_count(const std::string& value, std::size_t axis) const {
    const auto places = kept(value, axis);
    return static_cast<std::int64_t>(places ? places->size() : coupling_.size(value, axis));
  }
  bool loses(const std::string& value) const {
    if (!coupling_.has_rank(value)) return false;
    for (std::size_t axis = 0; axis < coupling_.rank(value); ++axis)
      if (kept(value, axis)) return true;
    return false;
  }

  Tensor without(const std::string& name, Tensor tensor) const {
    for (std::size_t axis = 0; axis < tensor.rank(); ++axis)
      if (const auto places = kept(name, axis)) tensor = taken(tensor, axis, *places);
    return tensor;
  }

  void cut_slots_of_optimizer() {
    for (auto& [slot, tensor] : model_.training_tensors)
      for (const auto& [name, weight] : model_.graph.initializers)
        if (slot.ends_with("/" + name) && tensor.shape() == weight.shape()) {
          tensor = without(name, tensor);
          break;
        }
  }

  std::string constant(const std::string& base, Tensor tensor) {
    added_.emplace_back(names_.fresh(base), std::move(tensor));
    return added_.back().first;
  }

  std::vector<std::string> unread() const {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : model_.graph.initializers)
      if (coupling_.wiring().readers(name).empty()) names.push_back(name);
    return names;
  }

  // --- numbers that say how many there are ------------------------------------------------------------------------
  void repair(Node& node) {
    if (!node.domain.empty()) return;
    if (node.op == "Constant") repair_constant(node);
    else if (node.op == "Conv" || node.op == "ConvTranspose") repair_groups(node);
    else if (node.op == "Reshape" || node.op == "Expand") repair_target(node, 1);
    else if (node.op == "Resize") repair_target(node, 3);
    else if (node.op == "Slice") repair_slice(node);
    else if (node.op == "Split") repair_split(node);
    else if (node.op == "Gather") repair_gather(node);
    else if (node.op == "LSTM" || node.op == "GRU" || node.op == "RNN")
      set_attribute(node, {"hidden_size", kept_count(node.inputs[2], 2), {}});
  }

  void repair_constant(Node& node) {
    const Tensor* tensor = coupling_.constant(node.outputs[0]);
    if (tensor && loses(node.outputs[0])) set_attribute(node, {"value", without(node.outputs[0], *tensor), {}});
  }

  // A depthwise convolution has as many groups as channels; the groups of others stay, and all become smaller.
  void repair_groups(Node& node) {
    const auto groups = node.get<std::int64_t>("group", 1);
    const bool depthwise =
        groups > 1 && coupling_.has_rank(node.inputs[0]) && static_cast<std::int64_t>(coupling_.size(node.inputs[0], 1)) == groups;
    if (depthwise && loses(node.inputs[0])) set_attribute(node, {"group", kept_count(node.inputs[0], 1), {}});
  }

  // The sizes that a node makes, in a constant of its own. 0 and -1 say what they said.
  void repair_target(Node& node, std::size_t place) {
    const std::string &sizes = input(node, place), &y = node.outputs[0];
    const auto said = sizes.empty()          ? std::nullopt
                      : node.op == "Reshape" ? reshape_target(coupling_, node)
                                             : integers(coupling_.constant(sizes));
    if (!said || !loses(y)) return;
    Permutation target = *said;
    const std::size_t ahead = coupling_.rank(y) - target.size();  // of an Expand
    for (std::size_t i = 0; i < target.size(); ++i)
      if (target[i] > 1) target[i] = kept_count(y, i + ahead);
    node.inputs[place] = constant(sizes, int64s(std::move(target)));
  }

  void repair_slice(Node& node) {
    const std::string x = node.inputs[0];
    const auto ranges = loses(x) ? slice_ranges(coupling_, node) : std::nullopt;
    if (!ranges || std::ranges::none_of(*ranges, [&](const SliceRange& range) { return kept(x, range.axis).has_value(); })) return;
    Permutation begins, ends, axes, steps;
    for (const SliceRange& range : *ranges) {
      const auto classes = coupling_.classes(x, range.axis);
      const auto kept_before = [&](std::int64_t end) {
        return std::ranges::count_if(classes | std::views::take(end), [&](Slot slot) { return !gone_.contains(slot); });
      };
      axes.push_back(static_cast<std::int64_t>(range.axis));
      steps.push_back(range.step);
      const bool whole = kept(x, range.axis).has_value();  // by steps of one, else nothing of the axis may go
      begins.push_back(whole ? kept_before(range.begin) : range.begin);
      const std::int64_t end = range.begin + range.count * range.step;
      ends.push_back(whole ? kept_before(end) : end < 0 ? std::numeric_limits<std::int64_t>::min() : end);
    }
    if (coupling_.opset() < 10) {
      for (const auto& [name, values] : {std::pair("starts", begins), std::pair("ends", ends), std::pair("axes", axes)})
        set_attribute(node, {name, values, {}});
      return;
    }
    node.inputs = {x, constant(x + "/starts", int64s(begins)), constant(x + "/ends", int64s(ends)), constant(x + "/axes", int64s(axes)),
                   constant(x + "/steps", int64s(steps))};
  }
  void repair_split(Node& node) {
    if (!loses(node.inputs[0])) return;
    const std::size_t rank = coupling_.rank(node.inputs[0]);
    const std::size_t axis = axis_of(node, 0, rank);
    if (!kept(node.inputs[0], axis)) return;
    Permutation sizes;
    for (const std::string& part : node.outputs) sizes.push_back(kept_count(part, axis));
    remove_attribute(node, "num_outputs");
    if (coupling_.opset() < 13) return set_attribute(node, {"split", sizes, {}});
    node.inputs.resize(2);
    node.inputs[1] = constant(node.inputs[0] + "/split", int64s(sizes));
  }

  void repair_gather(Node& node) {
    const std::string& x = node.inputs[0];
    const std::size_t axis = coupling_.has_rank(x) ? axis_of(node, 0, coupling_.rank(x)) : 0;
    const auto places = integers(coupling_.constant(node.inputs[1]));
    const auto left = coupling_.has_rank(x) ? kept(x, axis) : std::nullopt;
    if (!places || !left) return;
    Permutation made;
    for (const std::int64_t place : *places) {
      const auto found = std::ranges::find(*left, from_front(place, coupling_.size(x, axis)));
      if (found != left->end()) made.push_back(found - left->begin());
    }
    const Tensor& old = *coupling_.constant(node.inputs[1]);
    const Shape shape = old.rank() == 0 ? Shape{} : Shape{static_cast<std::int64_t>(made.size())};
    node.inputs[1] = constant(node.inputs[1], Tensor(shape, std::move(made)).cast(old.dtype()));
  }

  Model& model_;
  const Coupling& coupling_;
  Wiring names_;  // for new names
  const std::set<Slot>& gone_;
  std::vector<std::pair<std::string, Tensor>> added_;
};

}  // namespace

void cut(Model& model, const Coupling& coupling, const std::set<Slot>& gone) {
  if (gone.empty()) return;
  Cutting(model, coupling, gone).run();
  try {
    infer_shapes(model);
  } catch (const Error& error) {
    throw Error(ErrorCode::kInternal, std::string("taking channels out left an unsound graph: ") + error.what());
  }
}

}  // namespace upkeep::removal
