// Attention with several heads in foreign graphs, however its heads are split off: PyTorch's nn.MultiheadAttention and
// scaled_dot_product_attention, and models that write it themselves.
//
//   y = (softmax(scale q k^T) v) W_o + b_o        q, k, v = x W + b, by head
//
// On the way from x W + b to the product of matrices there are only changes of shape: views, transpositions, parts of a joint projection.
// So each axis is followed as a product of parts: rows of x (batch, time), and columns of W, of which the first number and the step from
// one to the next are known. In the end it is clear which columns are whose.

#include "layers/shared/foreign_attention.hpp"
#include "graph/permutation.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "layers/shared/foreign_operations.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep::layers {
namespace {

// A part of an axis.
struct AxisPart {
  int row = -1;             // an axis of x; -1: columns of W
  Dim size;                 // known for columns
  std::int64_t stride = 0;  // of columns
};
using PartedAxis = std::vector<AxisPart>;

// A value on its way.
struct Projected {
  std::vector<PartedAxis> axes;
  std::string source;  // x, of three axes
  Tensor kernel;       // W
  std::optional<Tensor> bias;
  std::int64_t first = 0;  // of the columns
  double scale = 1;
  std::vector<std::size_t> nodes;
};

// The same parts under other sizes: from the last axis on, each takes the parts whose product it is. An axis of unknown size has one row of
// unknown size, and all that is left where it is the first. False: columns are torn apart in a way that is no split.
bool regroup(std::vector<PartedAxis>& axes, const Dims& sizes) {
  PartedAxis parts;
  for (const PartedAxis& axis : axes) parts.insert(parts.end(), axis.begin(), axis.end());
  std::erase_if(parts, [](const AxisPart& part) { return part.row < 0 && part.size == Dim(std::int64_t{1}); });
  std::vector<PartedAxis> made(sizes.size());
  for (std::size_t i = sizes.size(); i-- > 0;) {
    PartedAxis& axis = made[i];
    const auto take = [&] {
      axis.insert(axis.begin(), parts.back());
      parts.pop_back();
    };
    if (!sizes[i].known()) {
      while (!parts.empty() && (i == 0 || parts.back().size.known())) take();
      if (i > 0 && !parts.empty()) take();
      continue;
    }
    std::int64_t wanted = sizes[i].value;
    while (wanted > 1) {
      if (parts.empty() || !parts.back().size.known()) return false;
      AxisPart& last = parts.back();
      if (wanted % last.size.value == 0) {
        wanted /= last.size.value;
        take();
        continue;
      }
      if (last.row >= 0 || last.size.value % wanted != 0) return false;
      axis.insert(axis.begin(), {.row = -1, .size = wanted, .stride = last.stride});
      last = {.row = -1, .size = last.size.value / wanted, .stride = last.stride * wanted};
      wanted = 1;
    }
  }
  axes = std::move(made);
  return parts.empty();
}

std::optional<std::size_t> counted_axis(std::int64_t axis, std::size_t rank) {
  const std::int64_t place = axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
  return place >= 0 && place < static_cast<std::int64_t>(rank) ? std::optional(static_cast<std::size_t>(place)) : std::nullopt;
}

// One operator that moves elements, applied to the axes. False: it is none of them.
class AxisMover {
 public:
  explicit AxisMover(const GraphView& graph) : graph_(graph) {}

  bool apply(const Node& node, std::size_t output, std::vector<PartedAxis>& axes, std::int64_t& first) const {
    if (is_op(node, "Identity")) return true;
    if (is_op(node, "Transpose")) return transpose(node, axes);
    if (is_op(node, "Reshape") || is_op(node, "Squeeze") || is_op(node, "Unsqueeze") || is_op(node, "Flatten")) {
      const Dims* sizes = dims(graph_, node.outputs[0]);
      return sizes && regroup(axes, *sizes);
    }
    if (is_op(node, "Gather")) return element(node, axes, first);
    if (is_op(node, "Slice")) return slice(node, axes, first);
    return is_op(node, "Split") && split(node, output, axes, first);
  }

 private:
  static bool transpose(const Node& node, std::vector<PartedAxis>& axes) {
    const auto order = node.get<std::vector<std::int64_t>>("perm", {});
    if (order.size() != axes.size()) return false;
    std::vector<PartedAxis> turned;
    for (const std::int64_t axis : order) turned.push_back(axes[static_cast<std::size_t>(axis)]);
    axes = std::move(turned);
    return true;
  }

  static AxisPart* columns(std::vector<PartedAxis>& axes, std::int64_t axis) {
    const auto place = counted_axis(axis, axes.size());
    return place && axes[*place].size() == 1 && axes[*place][0].row < 0 ? &axes[*place][0] : nullptr;
  }

  bool element(const Node& node, std::vector<PartedAxis>& axes, std::int64_t& first) const {
    const std::optional<Tensor> which = constant(graph_, node.inputs[1]);
    const auto numbers = integer_constant(graph_, node.inputs[1]);
    const std::int64_t axis = node.get<std::int64_t>("axis", 0);
    AxisPart* part = columns(axes, axis);
    if (!part || !numbers || which->rank() != 0) return false;
    const std::int64_t at = (*numbers)[0] < 0 ? (*numbers)[0] + part->size.value : (*numbers)[0];
    if (at < 0 || at >= part->size.value) return false;
    first += at * part->stride;
    axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(*counted_axis(axis, axes.size())));
    return true;
  }

  static bool keep(std::vector<PartedAxis>& axes, std::int64_t axis, std::int64_t begin, std::int64_t end, std::int64_t& first) {
    AxisPart* part = columns(axes, axis);
    if (!part) return false;
    begin = std::clamp<std::int64_t>(begin < 0 ? begin + part->size.value : begin, 0, part->size.value);
    end = std::clamp<std::int64_t>(end < 0 ? end + part->size.value : end, 0, part->size.value);
    if (begin >= end) return false;
    first += begin * part->stride;
    part->size = end - begin;
    return true;
  }

  bool slice(const Node& node, std::vector<PartedAxis>& axes, std::int64_t& first) const {
    if (node.inputs.size() < 4) return false;
    const auto begin = integer_constant(graph_, node.inputs[1]), end = integer_constant(graph_, node.inputs[2]);
    const auto along = integer_constant(graph_, node.inputs[3]);
    const bool steps = node.inputs.size() > 4 && !node.inputs[4].empty();
    if (!begin || !end || !along || along->size() != 1 || begin->size() != 1 || end->size() != 1) return false;
    if (steps && integer_constant(graph_, node.inputs[4]) != std::vector<std::int64_t>{1}) return false;
    return keep(axes, (*along)[0], (*begin)[0], (*end)[0], first);
  }

  // In equal parts, as PyTorch's chunk is, or in parts of given sizes.
  bool split(const Node& node, std::size_t output, std::vector<PartedAxis>& axes, std::int64_t& first) const {
    const std::int64_t axis = node.get<std::int64_t>("axis", 0);
    const AxisPart* part = columns(axes, axis);
    if (!part) return false;
    const auto count = static_cast<std::int64_t>(node.outputs.size());
    std::vector<std::int64_t> sizes(node.outputs.size(), (part->size.value + count - 1) / count);
    if (node.inputs.size() > 1 && !node.inputs[1].empty()) {
      const auto given = integer_constant(graph_, node.inputs[1]);
      if (!given || given->size() != sizes.size()) return false;
      sizes = *given;
    } else if (part->size.value % count != 0) {
      return false;
    }
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < output; ++i) begin += sizes[i];
    return keep(axes, axis, begin, begin + sizes[output], first);
  }

  const GraphView& graph_;
};

class AttentionReader {
 public:
  AttentionReader(const GraphView& graph, std::size_t softmax) : graph_(graph), mover_(graph), softmax_(softmax) {}

  std::optional<Recognised> run() {
    if (!read_scores() || !read_values() || !same_heads() || !read_output() || !closed()) return std::nullopt;
    return layer();
  }

 private:
  // --- backwards to the projections ------------------------------------------------------------------------------

  std::optional<std::size_t> producer(const std::string& value) const {
    const Node* node = graph_.producer(value);
    return node && node->domain.empty() ? std::optional(static_cast<std::size_t>(node - graph_.nodes.data())) : std::nullopt;
  }

  std::optional<Projected> projection(std::size_t index) const {
    const Node& node = graph_.nodes[index];
    const Node* product = &node;
    Projected made{.nodes = {index}};
    if (is_op(node, "Add")) {
      const std::optional<Operand> bias = constant_operand(graph_, node);
      const auto from = bias ? producer(bias->value) : std::nullopt;
      if (!from || bias->constant.rank() > 1 || !is_op(graph_.nodes[*from], "MatMul")) return std::nullopt;
      product = &graph_.nodes[*from];
      made.bias = bias->constant;
      made.nodes.push_back(*from);
    }
    const std::optional<Tensor> kernel = is_op(*product, "MatMul") ? float_constant(graph_, product->inputs[1]) : std::nullopt;
    const Dims* x = kernel ? dims(graph_, product->inputs[0]) : nullptr;
    if (!x || kernel->rank() != 2 || x->size() != 3 || constant(graph_, product->inputs[0])) return std::nullopt;
    if (made.bias && made.bias->size() != kernel->dim(1)) return std::nullopt;
    made.source = product->inputs[0];
    made.kernel = *kernel;
    made.axes = {{{.row = 0, .size = (*x)[0]}}, {{.row = 1, .size = (*x)[1]}}, {{.row = -1, .size = kernel->dim(1), .stride = 1}}};
    return made;
  }

  std::optional<Projected> trace(const std::string& value, int depth = 24) const {
    const auto index = producer(value);
    if (!index || depth == 0) return std::nullopt;
    if (auto found = projection(*index)) return found;
    const Node& node = graph_.nodes[*index];
    std::optional<Projected> made;
    if (is_op(node, "Mul") || is_op(node, "Div")) {
      const std::optional<Operand> factor = constant_operand(graph_, node);
      if (!factor || factor->constant.size() != 1 || (node.op == "Div" && factor->constant_first)) return std::nullopt;
      made = trace(factor->value, depth - 1);
      if (made) made->scale *= node.op == "Mul" ? factor->constant.floats()[0] : 1.0 / static_cast<double>(factor->constant.floats()[0]);
    } else {
      made = node.inputs.empty() ? std::nullopt : trace(node.inputs[0], depth - 1);
      const auto output = static_cast<std::size_t>(std::ranges::find(node.outputs, value) - node.outputs.begin());
      if (made && !mover_.apply(node, output, made->axes, made->first)) return std::nullopt;
    }
    if (made) made->nodes.push_back(*index);
    return made;
  }

  // Scores that are scaled, and of which those of later keys are left out.
  bool read_scores() {
    const Node& softmax = graph_.nodes[softmax_];
    const Dims* scores = is_op(softmax, "Softmax") ? dims(graph_, softmax.inputs[0]) : nullptr;
    if (!scores || scores->size() < 3) return false;
    const std::int64_t axis = softmax.get<std::int64_t>("axis", -1);
    if (axis != -1 && axis != static_cast<std::int64_t>(scores->size()) - 1) return false;
    nodes_ = {softmax_};
    std::string value = softmax.inputs[0];
    while (true) {
      const auto index = producer(value);
      if (!index) return false;
      const Node& node = graph_.nodes[*index];
      nodes_.insert(*index);
      if (is_op(node, "MatMul")) return read_product(node);
      const std::optional<Operand> operand = constant_operand(graph_, node);
      if (!operand || operand->constant_first) return false;
      if (is_op(node, "Add") && value == softmax.inputs[0] && is_causal(operand->constant)) causal_ = true;
      else if (operand->constant.size() != 1) return false;
      else if (is_op(node, "Mul")) scale_ *= operand->constant.floats()[0];
      else if (is_op(node, "Div")) scale_ /= operand->constant.floats()[0];
      else return false;
      value = operand->value;
    }
  }

  // Of [..., steps, keys]: 0 for keys up to the step, and what leaves nothing of the others.
  static bool is_causal(const Tensor& mask) {
    if (mask.rank() < 2) return false;
    const std::int64_t keys = mask.dim(mask.rank() - 1), steps = mask.dim(mask.rank() - 2);
    if (steps != keys || steps < 2 || mask.size() != steps * keys) return false;
    for (std::int64_t i = 0; i < steps; ++i)
      for (std::int64_t k = 0; k < keys; ++k) {
        const float one = mask.floats()[static_cast<std::size_t>(i * keys + k)];
        if (k <= i ? one != 0 : one > -1e4F) return false;
      }
    return true;
  }

  bool read_product(const Node& product) {
    q_ = trace(product.inputs[0]);
    k_ = trace(product.inputs[1]);
    if (!q_ || !k_ || k_->axes.size() < 2) return false;
    std::swap(k_->axes[k_->axes.size() - 1], k_->axes[k_->axes.size() - 2]);  // as q has its axes
    scale_ *= q_->scale * k_->scale;
    return true;
  }

  bool read_values() {
    const auto product = graph_.only_reader(graph_.nodes[softmax_].outputs[0]);
    if (!product || !is_op(graph_.nodes[*product], "MatMul") || graph_.nodes[*product].inputs[0] != graph_.nodes[softmax_].outputs[0])
      return false;
    v_ = trace(graph_.nodes[*product].inputs[1]);
    nodes_.insert(*product);
    value_ = graph_.nodes[*product].outputs[0];
    if (!v_) return false;
    for (const Projected* one : {&*q_, &*k_, &*v_}) nodes_.insert(one->nodes.begin(), one->nodes.end());
    return true;
  }

  // --- whose columns are whose -----------------------------------------------------------------------------------

  // [batch and heads..., time, size]: one row for the batch, one for the time, columns of the heads and of each head.
  struct Heads {
    int batch = -1;
    PartedAxis heads;
    PartedAxis each;
  };

  static std::optional<Heads> heads_of(const Projected& one) {
    if (one.axes.size() < 3) return std::nullopt;
    Heads made;
    for (std::size_t i = 0; i + 2 < one.axes.size(); ++i)
      for (const AxisPart& part : one.axes[i]) {
        if (part.row < 0) made.heads.push_back(part);
        else if (made.batch >= 0 || !made.heads.empty()) return std::nullopt;
        else made.batch = part.row;
      }
    const PartedAxis& time = one.axes[one.axes.size() - 2];
    made.each = one.axes.back();
    const bool columns = std::ranges::all_of(made.each, [](const AxisPart& part) { return part.row < 0; });
    const bool fits = made.batch >= 0 && time.size() == 1 && time[0].row == 1 - made.batch && columns && !made.each.empty();
    return fits ? std::optional(made) : std::nullopt;
  }

  static std::int64_t count(const PartedAxis& parts) {
    std::int64_t all = 1;
    for (const AxisPart& part : parts) all *= part.size.value;
    return all;
  }

  // The numbers of the columns, one part inside of the other.
  static std::vector<std::int64_t> columns(const PartedAxis& parts, std::int64_t first) {
    std::vector<std::int64_t> all = {first};
    for (const AxisPart& part : parts) {
      std::vector<std::int64_t> finer;
      for (const std::int64_t start : all)
        for (std::int64_t i = 0; i < part.size.value; ++i) finer.push_back(start + i * part.stride);
      all = std::move(finer);
    }
    return all;
  }

  bool same_heads() {
    const auto q = heads_of(*q_), k = heads_of(*k_), v = heads_of(*v_);
    if (!q || !k || !v || q->batch != k->batch || q->batch != v->batch) return false;
    query_ = *q, key_ = *k, values_ = *v;
    heads_ = count(q->heads);
    return count(k->heads) == heads_ && count(v->heads) == heads_ && count(q->each) == count(k->each);
  }

  // --- forwards to the projection of the output ------------------------------------------------------------------

  bool read_output() {
    const std::int64_t each = count(values_.each);
    const AxisPart batch{.row = query_.batch, .size = size_of(*q_, query_.batch)},
        time{.row = 1 - query_.batch, .size = size_of(*q_, 1 - query_.batch)};
    const AxisPart head{.row = -1, .size = heads_, .stride = each}, inside{.row = -1, .size = each, .stride = 1};
    const Dims* now = dims(graph_, value_);
    std::vector<PartedAxis> axes = {{batch, head}, {time}, {inside}};
    if (!now) return false;
    if (now->size() != 3) axes = {{batch}, {head}, {time}, {inside}};
    if (now->size() != axes.size()) return false;
    return follow_to_product(axes) && follow_to_sequence(axes);
  }

  static Dim size_of(const Projected& one, int row) {
    for (const PartedAxis& axis : one.axes)
      for (const AxisPart& part : axis)
        if (part.row == row) return part.size;
    return {};
  }

  bool follow_to_product(std::vector<PartedAxis>& axes) {
    std::int64_t first = 0;
    for (int depth = 0; depth < 8; ++depth) {
      const auto next = graph_.only_reader(value_);
      if (!next) return false;
      const Node& node = graph_.nodes[*next];
      if (node.inputs[0] != value_) return false;
      nodes_.insert(*next);
      if (is_op(node, "MatMul") || is_op(node, "Gemm")) return take_output_kernel(node, axes);
      if (!mover_.apply(node, 0, axes, first) || first != 0) return false;
      value_ = node.outputs[0];
    }
    return false;
  }

  bool take_output_kernel(const Node& node, std::vector<PartedAxis>& axes) {
    std::optional<Tensor> kernel = float_constant(graph_, node.inputs[1]);
    if (!kernel || kernel->rank() != 2 || node.get<std::int64_t>("transA", 0) != 0) return false;
    if (node.get<float>("alpha", 1) != 1 || node.get<float>("beta", 1) != 1) return false;
    if (node.get<std::int64_t>("transB", 0) != 0) kernel = permuted(*kernel, {1, 0});
    const std::int64_t each = count(values_.each);
    const std::vector<std::int64_t> order = columns(axes.back(), 0);
    if (static_cast<std::int64_t>(order.size()) != kernel->dim(0) || !std::ranges::is_sorted(order) || kernel->dim(0) != heads_ * each)
      return false;
    if (std::ranges::any_of(axes.back(), [](const AxisPart& part) { return part.row >= 0; })) return false;
    output_kernel_ = *kernel;
    if (node.inputs.size() > 2 && !node.inputs[2].empty()) output_bias_ = float_constant(graph_, node.inputs[2]);
    if (node.inputs.size() > 2 && !node.inputs[2].empty() && !output_bias_) return false;
    axes.back() = {{.row = -1, .size = kernel->dim(1), .stride = 1}};
    value_ = node.outputs[0];
    take_output_bias(node);
    return !output_bias_ || output_bias_->shape() == Shape{kernel->dim(1)};
  }

  void take_output_bias(const Node& product) {
    const auto next = is_op(product, "MatMul") ? graph_.only_reader(value_) : std::nullopt;
    const std::optional<Operand> bias =
        next && is_op(graph_.nodes[*next], "Add") ? constant_operand(graph_, graph_.nodes[*next]) : std::nullopt;
    if (!bias || bias->constant.shape() != Shape{output_kernel_.dim(1)}) return;
    output_bias_ = bias->constant;
    nodes_.insert(*next);
    value_ = graph_.nodes[*next].outputs[0];
  }

  // Rows that were joined for the product come apart again.
  bool follow_to_sequence(std::vector<PartedAxis>& axes) {
    std::int64_t first = 0;
    const auto is_sequence = [&] {
      return axes.size() == 3 && axes[0].size() == 1 && axes[1].size() == 1 && axes[0][0].row >= 0 && axes[1][0].row >= 0;
    };
    for (int depth = 0; depth < 4 && !is_sequence(); ++depth) {
      const auto next = graph_.only_reader(value_);
      if (!next || !mover_.apply(graph_.nodes[*next], 0, axes, first)) return false;
      nodes_.insert(*next);
      value_ = graph_.nodes[*next].outputs[0];
    }
    batch_first_ = is_sequence() && axes[0][0].row == query_.batch;
    return is_sequence();
  }

  // --- the layer -------------------------------------------------------------------------------------------------

  // Whether nobody else reads what is inside. What the sizes of views are made of is inside as well.
  bool closed() {
    std::vector<std::size_t> all(nodes_.begin(), nodes_.end());
    for (const std::size_t index : nodes_)
      for (std::size_t i = 1; i < graph_.nodes[index].inputs.size(); ++i) take_makers(graph_, graph_.nodes[index].inputs[i], all);
    const std::set<std::size_t> inside(all.begin(), all.end());
    for (const std::size_t index : inside)
      for (const std::string& output : graph_.nodes[index].outputs) {
        if (output == value_) continue;
        const auto reads = graph_.readers(output);
        if (graph_.is_output(output) || !std::ranges::all_of(reads, [&](std::size_t reader) { return inside.contains(reader); }))
          return false;
      }
    all_nodes_ = std::move(all);
    return true;
  }

  void add_map(const char* name, const Projected& one, const Heads& heads, double factor, Recognised& made) const {
    PartedAxis parts = heads.heads;
    parts.insert(parts.end(), heads.each.begin(), heads.each.end());
    const std::vector<std::int64_t> places = columns(parts, one.first);
    const std::int64_t inputs = one.kernel.dim(0), width = one.kernel.dim(1), each = count(heads.each);
    std::vector<float> kernel, bias;
    for (std::int64_t row = 0; row < inputs; ++row)
      for (const std::int64_t place : places)
        kernel.push_back(
            static_cast<float>(factor * static_cast<double>(one.kernel.floats()[static_cast<std::size_t>(row * width + place)])));
    for (const std::int64_t place : places)
      bias.push_back(one.bias ? static_cast<float>(factor * static_cast<double>(one.bias->floats()[static_cast<std::size_t>(place)]))
                              : 0.0F);
    const std::string prefix = std::string(name) + "/";
    made.weights.emplace_back(prefix + "kernel", Tensor({inputs, heads_, each}, std::move(kernel)));
    if (has_bias()) made.weights.emplace_back(prefix + "bias", Tensor({heads_, each}, std::move(bias)));
  }

  bool has_bias() const { return q_->bias || k_->bias || v_->bias || output_bias_; }

  Recognised layer() const {
    const std::int64_t size = count(query_.each), values = count(values_.each), outputs = output_kernel_.dim(1);
    Recognised made{
        .settings = {{"num_heads", heads_}, {"key_dim", size}}, .nodes = all_nodes_, .inputs = {q_->source, v_->source}, .output = value_};
    if (values != size) made.settings["value_dim"] = values;
    if (outputs != q_->kernel.dim(0)) made.settings["output_shape"] = Json::array({outputs});
    if (!has_bias()) made.settings["use_bias"] = false;
    if (causal_) made.settings["use_causal_mask"] = true;
    if (k_->source != v_->source) made.inputs.push_back(k_->source);
    // Keras divides by the root of key_dim: what differs from it goes into the query.
    add_map("query", *q_, query_, scale_ * std::sqrt(static_cast<double>(size)), made);
    add_map("key", *k_, key_, 1, made);
    add_map("value", *v_, values_, 1, made);
    made.weights.emplace_back("attention_output/kernel", output_kernel_.reshaped({heads_, values, outputs}));
    if (has_bias()) made.weights.emplace_back("attention_output/bias", output_bias_.value_or(Tensor::full({outputs}, 0.0F)));
    if (query_.batch == 1) {
      made.before = {transposition({1, 0, 2})};
      made.before_others = made.before;
    }
    if (!batch_first_) made.after = {transposition({1, 0, 2})};
    return made;
  }

  const GraphView& graph_;
  AxisMover mover_;
  std::size_t softmax_;
  std::set<std::size_t> nodes_;
  std::vector<std::size_t> all_nodes_;
  std::optional<Projected> q_, k_, v_;
  Heads query_, key_, values_;
  std::int64_t heads_ = 0;
  double scale_ = 1;
  bool causal_ = false;
  std::string value_;  // as far as it is followed
  Tensor output_kernel_;
  std::optional<Tensor> output_bias_;
  bool batch_first_ = true;
};

}  // namespace

std::optional<Recognised> recognise_attention(const GraphView& graph, std::size_t softmax) {
  if (!is_op(graph.nodes[softmax], "Softmax")) return std::nullopt;
  return AttentionReader(graph, softmax).run();
}

}  // namespace upkeep::layers
