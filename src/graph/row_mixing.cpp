#include "graph/row_mixing.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "base/format.hpp"
#include "graph/nodes.hpp"
#include "graph/onnx.hpp"

namespace upkeep {

namespace {

constexpr const char* kBatch = "upkeep_batch";

using Axes = std::vector<std::int64_t>;

// Which axes a node works along; nullopt: not said in the graph.
std::optional<Axes> axes_of(const Model& model, const Node& node, std::size_t rank) {
  const auto all = [&] {
    Axes axes;
    for (std::size_t axis = 0; axis < rank; ++axis) axes.push_back(static_cast<std::int64_t>(axis));
    return axes;
  };
  if (const Attribute* axis = node.find("axis")) return Axes{std::get<std::int64_t>(axis->value)};
  if (const Attribute* axes = node.find("axes")) return std::get<Axes>(axes->value);
  const bool reduces = node.op.starts_with("Reduce");
  if ((reduces || node.op == "CumSum") && !input(node, 1).empty()) {
    auto given = integers(model.graph.initializer(input(node, 1)));
    if (given && given->empty()) return node.get<std::int64_t>("noop_with_empty_axes", 0) ? Axes() : all();
    return given;
  }
  if (reduces) return node.get<std::int64_t>("noop_with_empty_axes", 0) ? Axes() : all();
  if (node.op == "ArgMax" || node.op == "ArgMin" || node.op == "Gather" || node.op == "GatherElements" || node.op == "ScatterElements")
    return Axes{0};
  if (node.op == "MeanVarianceNormalization") return Axes{0, 2, 3};
  if (node.op == "Softmax" || node.op == "LogSoftmax" || node.op == "Hardmax") return opset(model) < 13 ? Axes{1} : Axes{-1};
  if (node.op == "GatherND") return node.get<std::int64_t>("batch_dims", 0) > 0 ? Axes() : Axes{0};
  if (node.op == "Compress" || node.op == "ScatterND") return all();
  return Axes{-1};  // TopK, LpNormalization, LayerNormalization
}

bool works_along_axes(const Node& node) {
  static constexpr std::array<std::string_view, 17> kOps{"ArgMax",
                                                         "ArgMin",
                                                         "CumSum",
                                                         "TopK",
                                                         "Softmax",
                                                         "LogSoftmax",
                                                         "Hardmax",
                                                         "LpNormalization",
                                                         "LayerNormalization",
                                                         "MeanVarianceNormalization",
                                                         "Gather",
                                                         "GatherElements",
                                                         "GatherND",
                                                         "ScatterElements",
                                                         "ScatterND",
                                                         "Compress",
                                                         "RMSNormalization"};
  return node.domain.empty() && (node.op.starts_with("Reduce") || std::ranges::contains(kOps, node.op));
}

// Reads the whole tensor, or draws at random.
bool works_on_all(const Node& node) {
  static constexpr std::array<std::string_view, 8> kOps{"Unique",           "NonZero",   "NonMaxSuppression", "RandomUniformLike",
                                                        "RandomNormalLike", "Bernoulli", "Multinomial",       "Dropout"};
  if (node.op == "Dropout") return false;  // the runtime's own: identity when a model answers
  return node.op.starts_with("Dynamic") || std::ranges::contains(kOps, node.op) ||
         (node.op == "BatchNormalization" && node.get<std::int64_t>("training_mode", 0) != 0);
}

bool has_subgraph(const Node& node) {
  return std::ranges::any_of(node.attributes, [](const Attribute& attribute) {
    return std::holds_alternative<GraphPtr>(attribute.value) || std::holds_alternative<std::vector<GraphPtr>>(attribute.value);
  });
}

class Rows {
 public:
  explicit Rows(const Model& model) : model_(model) {
    model_.graph.values.clear();
    for (ValueInfo& output : model_.graph.outputs) output.type.shape.reset();
    for (ValueInfo& given : model_.graph.inputs) {
      if (model_.graph.initializer(given.name)) continue;
      if (given.type.shape && !given.type.shape->empty()) given.type.shape->front() = Dim(kBatch);
      data_.insert(given.name);
    }
    infer_shapes(model_);
  }

  std::string mixing() {
    for (const Node& node : model_.graph.nodes) {
      const bool reads = std::ranges::any_of(node.inputs, [&](const std::string& name) { return data_.contains(name); });
      if (!reads) continue;
      if (node.op == "Shape" || node.op == "Size") continue;  // of the rows' number only: that shows when the model is run
      if (const char* how = mixes(node); *how) return sentence(node, how);
      for (const std::string& output : node.outputs) data_.insert(output);
    }
    return {};
  }

 private:
  static std::string sentence(const Node& node, const char* how) {
    return upkeep::format("{} {}{} {}", node.domain.empty() ? node.op : node.domain + "." + node.op,
                          node.name.empty() ? "" : "\"" + node.name + "\" ",
                          node.name.empty() && !node.outputs.empty() ? "of \"" + node.outputs.front() + "\"" : "", how);
  }

  const Dims* dims(const std::string& name) const {
    const ValueInfo* const value = model_.graph.value(name);
    return value && value->type.shape ? &*value->type.shape : nullptr;
  }

  // May this axis hold the rows? The first one does where nothing is known of it.
  static bool holds_rows(const Dims& shape, std::size_t axis) {
    return shape[axis].symbol == kBatch || (axis == 0 && !shape[axis].known() && shape[axis].symbol.empty());
  }

  const char* mixes(const Node& node) const {
    if (has_subgraph(node)) return "cannot be looked into";
    if (works_on_all(node)) return "reads all rows at once";
    for (const std::string& output : node.outputs)
      if (const Dims* const shape = dims(output); shape && std::ranges::count(*shape, std::string(kBatch), &Dim::symbol) > 1)
        return "pairs rows with each other";
    if (works_along_axes(node) && data_.contains(input(node, 0)) && along_rows(node)) return "works along the rows";
    return "";
  }

  bool along_rows(const Node& node) const {
    const Dims* const shape = dims(input(node, 0));
    if (!shape) return true;
    const std::optional<Axes> axes = axes_of(model_, node, shape->size());
    if (!axes) return true;
    return std::ranges::any_of(*axes, [&](std::int64_t axis) {
      const std::int64_t front = axis < 0 ? axis + std::ssize(*shape) : axis;
      return front >= 0 && front < std::ssize(*shape) && holds_rows(*shape, static_cast<std::size_t>(front));
    });
  }

  Model model_;                 // a copy whose inputs' first dimensions have one name; tensors are shared
  std::set<std::string> data_;  // values that depend on the inputs' elements
};

}  // namespace

std::string mixes_rows(const Model& model) {
  try {
    return Rows(model).mixing();
  } catch (const std::exception& error) {
    return upkeep::format("its shapes cannot be followed: {}", error.what());
  }
}

}  // namespace upkeep
