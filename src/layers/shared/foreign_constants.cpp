// Constants of foreign graphs that are more than a number, as weights of layers.

#include <algorithm>
#include <cmath>
#include <ranges>

#include "layers/shared/foreign_operations.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep::layers {
namespace {

using Axes = std::vector<std::int64_t>;

std::string letters(std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += static_cast<char>('a' + i);
  return all;
}

// --- x scale + shift -----------------------------------------------------------------------------------------------

// Where a constant, of which each axis is 1 or what x has there, spans more than one element: letters, and those sizes.
struct Span {
  std::string letters;
  Shape shape;
};

std::optional<Span> spanned(const Tensor& constant, const Dims& x) {
  if (constant.rank() > x.size()) return std::nullopt;
  Span made;
  const std::size_t first = x.size() - constant.rank();
  for (std::size_t i = 0; i < constant.rank(); ++i) {
    if (constant.dim(i) == 1) continue;
    if (first + i == 0 || x[first + i] != Dim(constant.dim(i))) return std::nullopt;
    made.letters += static_cast<char>('a' + first + i);
    made.shape.push_back(constant.dim(i));
  }
  return made;
}

Tensor mapped(const Tensor& tensor, Shape shape, float (*f)(float)) {
  std::vector<float> values(tensor.floats().begin(), tensor.floats().end());
  for (float& value : values) value = f(value);
  return Tensor(std::move(shape), std::move(values));
}

float as_it_is(float x) { return x; }
float opposite(float x) { return -x; }
float inverse(float x) { return 1 / x; }

// Adds the constant of an Add or Sub as the layer's bias: from the first of its letters on, 1 for letters that it has not.
bool take_shift(const Node& node, const Operand& operand, const Dims& x, Recognised& found) {
  const std::optional<Span> where = spanned(operand.constant, x);
  if (!where || where->letters.empty()) return false;
  const auto first = static_cast<std::size_t>(where->letters.front() - 'a');
  const Shape& shape = operand.constant.shape();
  found.settings["bias_axes"] = where->letters;
  found.weights.emplace_back("bias", mapped(operand.constant, {shape.end() - static_cast<std::ptrdiff_t>(x.size() - first), shape.end()},
                                            node.op == "Sub" && !operand.constant_first ? opposite : as_it_is));
  return true;
}

bool is_shift(const Node& node) { return is_op(node, "Add") || is_op(node, "Sub"); }

}  // namespace

std::optional<Recognised> recognise_array_arithmetic(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const bool scales = is_op(node, "Mul") || is_op(node, "Div");
  const std::optional<Operand> operand = scales || is_shift(node) ? constant_operand(graph, node) : std::nullopt;
  const Dims* x = operand ? dims(graph, operand->value) : nullptr;
  if (!x || x->size() < 2 || x->size() > 20 || operand->constant.rank() > x->size()) return std::nullopt;
  if (is_op(node, "Div") && operand->constant_first) return std::nullopt;
  const std::optional<Span> where = spanned(operand->constant, *x);
  if (!where || where->letters.empty()) return std::nullopt;
  const std::string all = letters(x->size());
  Json sizes = Json::array();
  for (const Dim& dim : *x | std::views::drop(1)) sizes.push_back(dim.known() ? Json(dim.value) : Json(nullptr));
  Recognised found{.settings = {{"equation", all + "," + where->letters + "->" + all}, {"output_shape", std::move(sizes)}},
                   .nodes = {index},
                   .inputs = {operand->value},
                   .output = node.outputs[0],
                   .kind = "einsum_dense"};
  if (!scales) {
    const bool taken_from = node.op == "Sub" && operand->constant_first;  // c - x
    found.weights.emplace_back("kernel", Tensor::full(where->shape, taken_from ? -1.0F : 1.0F));
    return take_shift(node, *operand, *x, found) ? std::optional(found) : std::nullopt;
  }
  found.weights.emplace_back("kernel", mapped(operand->constant, where->shape, node.op == "Div" ? inverse : as_it_is));
  const std::optional<std::size_t> next = graph.only_reader(found.output);
  const std::optional<Operand> shift = next && is_shift(graph.nodes[*next]) ? constant_operand(graph, graph.nodes[*next]) : std::nullopt;
  const bool takes_from = shift && graph.nodes[*next].op == "Sub" && shift->constant_first;
  if (shift && !takes_from && take_shift(graph.nodes[*next], *shift, *x, found)) {
    found.nodes.push_back(*next);
    found.output = graph.nodes[*next].outputs[0];
  }
  return found;
}

// --- Resize --------------------------------------------------------------------------------------------------------

namespace {

struct ResizeRule {
  std::string mode;   // nearest, linear, cubic
  std::string where;  // coordinate_transformation_mode
  std::string nearest;
  double cubic = -0.75;
};

// Where the centre of element i of m is among n elements.
double source(const ResizeRule& rule, std::int64_t i, std::int64_t n, std::int64_t m, double scale) {
  const auto x = static_cast<double>(i);
  if (rule.where == "asymmetric") return x / scale;
  if (rule.where == "align_corners") return m == 1 ? 0 : x * static_cast<double>(n - 1) / static_cast<double>(m - 1);
  if (rule.where == "pytorch_half_pixel" && m == 1) return 0;
  return (x + 0.5) / scale - 0.5;
}

std::int64_t rounded(const ResizeRule& rule, double x) {
  if (rule.nearest == "floor") return static_cast<std::int64_t>(std::floor(x));
  if (rule.nearest == "ceil") return static_cast<std::int64_t>(std::ceil(x));
  if (rule.nearest == "round_prefer_ceil") return static_cast<std::int64_t>(std::floor(x + 0.5));
  return static_cast<std::int64_t>(std::ceil(x - 0.5));
}

double cubic_share(double distance, double a) {
  const double x = std::abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

// How much of each of n elements is in each of m new ones, [n, m]. What lies beyond an edge is the element at the edge.
Tensor shares(const ResizeRule& rule, std::int64_t n, std::int64_t m, double scale) {
  std::vector<double> all(static_cast<std::size_t>(n * m), 0);
  const auto add = [&](std::int64_t from, std::int64_t to, double share) {
    all[static_cast<std::size_t>(std::clamp<std::int64_t>(from, 0, n - 1) * m + to)] += share;
  };
  for (std::int64_t i = 0; i < m; ++i) {
    const double x = source(rule, i, n, m, scale);
    const auto low = static_cast<std::int64_t>(std::floor(x));
    const double rest = x - static_cast<double>(low);
    if (rule.mode == "nearest") add(rounded(rule, x), i, 1);
    if (rule.mode == "linear") add(low, i, 1 - rest), add(low + 1, i, rest);
    if (rule.mode == "cubic")
      for (std::int64_t k = -1; k < 3; ++k) add(low + k, i, cubic_share(rest - static_cast<double>(k), rule.cubic));
  }
  return Tensor({n, m}, std::vector<float>(all.begin(), all.end()));
}

// The new value of axis `axis` of `rank`, from n elements m.
PlainLayer resized_axis(const ResizeRule& rule, std::size_t axis, Dims& x, std::int64_t m, double scale) {
  const std::int64_t n = x[axis].value;
  x[axis] = m;
  Tensor matrix = shares(rule, n, m, scale);
  if (rule.mode == "nearest") {
    Json places = Json::array();
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t k = 0; k < n; ++k)
        if (matrix.floats()[static_cast<std::size_t>(k * m + i)] != 0) places.push_back(k);
    return operation("take", {{"indices", std::move(places)}, {"axis", axis}});
  }
  const std::string from = letters(x.size());
  std::string to = from;
  to[axis] = 'z';
  Json sizes = Json::array();
  for (const Dim& dim : x | std::views::drop(1)) sizes.push_back(dim.known() ? Json(dim.value) : Json(nullptr));
  const std::string equation = from + "," + from[axis] + "z->" + to;
  return {
      "einsum_dense", {{"equation", equation}, {"output_shape", std::move(sizes)}, {"trainable", false}}, {{"kernel", std::move(matrix)}}};
}

std::optional<ResizeRule> resize_rule(const Node& node) {
  static const std::vector<std::string> kWhere = {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"};
  const ResizeRule rule{.mode = node.get<std::string>("mode", "nearest"),
                        .where = node.get<std::string>("coordinate_transformation_mode", "half_pixel"),
                        .nearest = node.get<std::string>("nearest_mode", "round_prefer_floor"),
                        .cubic = static_cast<double>(node.get<float>("cubic_coeff_a", -0.75F))};
  const bool plain = node.get<std::int64_t>("exclude_outside", 0) == 0 && node.get<std::int64_t>("antialias", 0) == 0 && !node.find("axes");
  return plain && std::ranges::contains(kWhere, rule.where) ? std::optional(rule) : std::nullopt;
}

}  // namespace

std::optional<Recognised> recognise_resize(const GraphView& graph, std::size_t index) {
  constexpr std::int64_t kMost = 4096;  // elements of an axis; the matrix has its square
  const Node& node = graph.nodes[index];
  const Dims* from = dims(graph, node.inputs[0]);
  const Dims* to = dims(graph, node.outputs[0]);
  const std::optional<ResizeRule> rule = resize_rule(node);
  if (!from || !to || from->size() != to->size() || from->empty() || !rule || constant(graph, node.inputs[0])) return std::nullopt;
  const std::optional<Tensor> scales = node.inputs.size() > 2 ? float_constant(graph, node.inputs[2]) : std::nullopt;
  Dims now = *from;
  std::vector<PlainLayer> made;
  for (std::size_t i = 0; i < from->size(); ++i) {
    const bool scaled = scales && scales->size() == static_cast<std::int64_t>(from->size());
    if ((*from)[i] == (*to)[i] && (!scaled || scales->floats()[i] == 1)) continue;
    if (i == 0 || !(*from)[i].known() || !(*to)[i].known() || (*from)[i].value > kMost || (*to)[i].value > kMost) return std::nullopt;
    const double scale =
        scaled ? static_cast<double>(scales->floats()[i]) : static_cast<double>((*to)[i].value) / static_cast<double>((*from)[i].value);
    made.push_back(resized_axis(*rule, i, now, (*to)[i].value, scale));
  }
  Recognised found = chain(std::move(made), index, node.inputs[0], node.outputs[0]);
  for (std::size_t i = 1; i < node.inputs.size(); ++i) take_makers(graph, node.inputs[i], found.nodes);
  return found;
}

// --- a class token -------------------------------------------------------------------------------------------------

namespace {

// A float value of the batch whose shape the value `sizes` is made from.
std::optional<std::string> sized_by(const GraphView& graph, const std::string& sizes, int depth = 12) {
  const Node* node = graph.producer(sizes);
  if (!node || depth == 0) return std::nullopt;
  if (is_op(*node, "Shape")) {
    const ValueInfo* info = graph.value(node->inputs[0]);
    const bool fits = info && info->type.dtype == DType::kFloat32 && info->type.shape && info->type.shape->size() >= 2;
    return fits ? std::optional(node->inputs[0]) : std::nullopt;
  }
  for (const std::string& input : node->inputs)
    if (auto found = sized_by(graph, input, depth - 1)) return found;
  return std::nullopt;
}

}  // namespace

// x > x holds for no number: 0 for each sample, of which the embedding has the row.
std::optional<Recognised> recognise_spread_constant(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const std::optional<Tensor> token = is_op(node, "Expand") ? float_constant(graph, node.inputs[0]) : std::nullopt;
  const Dims* to = token ? dims(graph, node.outputs[0]) : nullptr;
  const std::optional<std::string> like = to ? sized_by(graph, node.inputs[1]) : std::nullopt;
  const Dims* from = like ? dims(graph, *like) : nullptr;
  if (!from || token->rank() != to->size() || to->size() < 2 || token->dim(0) != 1 || (*from)[0] != (*to)[0] || (*to)[0].known())
    return std::nullopt;
  for (std::size_t i = 1; i < to->size(); ++i)
    if ((*to)[i] != Dim(token->dim(i))) return std::nullopt;
  std::vector<PlainLayer> made;
  for (std::size_t axis = from->size(); axis-- > 1;) made.push_back(element_of_axis(axis, 0));
  made.push_back(operation("greater", {{"x1", {{"input", 0}}}, {"x2", {{"input", 0}}}}));
  made.push_back(operation("cast", {{"dtype", "int32"}}));
  made.push_back({"embedding", {{"input_dim", 1}, {"output_dim", token->size()}}, {{"embeddings", token->reshaped({1, token->size()})}}});
  made.push_back({"reshape", {{"target_shape", Shape(token->shape().begin() + 1, token->shape().end())}}});
  Recognised found = chain(std::move(made), index, *like, node.outputs[0]);
  take_makers(graph, node.inputs[1], found.nodes);
  return found;
}

}  // namespace upkeep::layers
