#include "graph/opsets/adapter.hpp"

#include <numeric>

#include "graph/subgraph.hpp"

namespace upkeep::opsets {

void Known::constant(const std::string& name, const Tensor& tensor) {
  types_[name] = {tensor.dtype(), Dims(tensor.shape().begin(), tensor.shape().end()), {}};
  constants_[name] = tensor;
}

void Known::varies(const std::string& name, const ValueType& type) {
  constants_.erase(name);
  types_[name] = type;
}

const ValueType* Known::type(const std::string& name) const {
  const auto found = types_.find(name);
  if (found != types_.end()) return found->second == ValueType{} ? nullptr : &found->second;
  return outer_ ? outer_->type(name) : nullptr;
}

const Tensor* Known::constant(const std::string& name) const {
  if (const auto found = constants_.find(name); found != constants_.end()) return &found->second;
  return outer_ && !types_.contains(name) ? outer_->constant(name) : nullptr;
}

void NewValues::take(const Graph& graph) {
  for (const auto* list : {&graph.inputs, &graph.outputs, &graph.values})
    for (const ValueInfo& value : *list) take(value.name);
  for (const auto& [name, tensor] : graph.initializers) take(name);
  for (const Node& node : graph.nodes) {
    take(node.name);
    names_.insert(node.inputs.begin(), node.inputs.end());
    names_.insert(node.outputs.begin(), node.outputs.end());
    for (const GraphPtr& inner : subgraphs(node)) take(*inner);
  }
}

std::string NewValues::fresh(const std::string& base) {
  std::string name = base;
  for (int number = 1; !names_.insert(name).second; ++number) name = base + "_" + std::to_string(number);
  return name;
}

std::string NewValues::constant(const Tensor& tensor) {
  for (const auto& [name, known] : initializers)
    if (known == tensor) return name;
  const std::string name = fresh("constant");
  if (as_ == Constants::kInitializers) initializers.emplace_back(name, tensor);
  else
    nodes_.push_back(
        {.op = "Constant", .domain = {}, .name = name, .inputs = {}, .outputs = {name}, .attributes = {{"value", tensor, {}}}});
  return name;
}

Step::Step(Node given, std::int64_t from_set, std::int64_t to_set, Known& known, NewValues& made)
    : node(std::move(given)), from(from_set), to(to_set), known_(known), made_(made) {}

Error cannot_be_written(const Node& node, std::int64_t version, std::string why) {
  const std::string& name = !node.name.empty() || node.outputs.empty() ? node.name : node.outputs[0];
  return Error(ErrorCode::kUnsupported, node.op + " \"" + name + "\" cannot be written in operator set " + std::to_string(version),
               std::move(why));
}

void Step::refuse(std::string why) const { throw cannot_be_written(node, to, std::move(why)); }

const std::string& Step::input(std::size_t i) const {
  static const std::string kAbsent;
  return i < node.inputs.size() ? node.inputs[i] : kAbsent;
}

void Step::set_input(std::size_t i, std::string name) {
  if (i >= node.inputs.size()) node.inputs.resize(i + 1);
  node.inputs[i] = std::move(name);
  while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
}

std::optional<Dims> Step::dims(std::size_t i) const {
  const ValueType* type = has(i) ? known_.type(input(i)) : nullptr;
  return type ? type->shape : std::nullopt;
}

std::optional<std::int64_t> Step::rank(std::size_t i) const {
  const std::optional<Dims> known = dims(i);
  return known ? std::optional(static_cast<std::int64_t>(known->size())) : std::nullopt;
}

DType Step::dtype(std::size_t i) const {
  const ValueType* type = has(i) ? known_.type(input(i)) : nullptr;
  return type ? type->dtype : DType::kUndefined;
}

const Tensor* Step::constant_input(std::size_t i) const { return has(i) ? known_.constant(input(i)) : nullptr; }

DType Step::known_dtype(std::size_t i) const {
  if (dtype(i) == DType::kUndefined) refuse("the element type of \"" + input(i) + "\" is not known");
  return dtype(i);
}

std::int64_t Step::known_rank(std::size_t i) const {
  const std::optional<std::int64_t> known = rank(i);
  if (!known) refuse("the rank of \"" + input(i) + "\" is not known");
  return *known;
}

const Tensor& Step::constant_of(std::size_t i, std::string_view what) const {
  if (const Tensor* tensor = constant_input(i)) return *tensor;
  refuse("its " + std::string(what) + " are an attribute there, and \"" + input(i) + "\" is computed by the graph");
}

std::vector<std::int64_t> Step::integers(std::size_t i, std::string_view what) const {
  const Tensor values = constant_of(i, what).cast(DType::kInt64);
  return {values.data<std::int64_t>().begin(), values.data<std::int64_t>().end()};
}

std::vector<float> Step::floats(std::size_t i, std::string_view what) const {
  const Tensor& given = constant_of(i, what);
  const Tensor values = given.cast(DType::kFloat32);
  if (given.dtype() == DType::kFloat64 && !(values.cast(DType::kFloat64) == given))
    refuse("its " + std::string(what) + " are float32 there, which does not hold what \"" + input(i) + "\" is");
  return {values.floats().begin(), values.floats().end()};
}

void Step::set(std::string name, AttributeValue value) {
  erase(name);
  node.attributes.push_back({std::move(name), std::move(value), {}});
}

void Step::erase(std::string_view name) {
  std::erase_if(node.attributes, [&](const Attribute& attribute) { return attribute.name == name; });
}

std::string Step::ints(std::vector<std::int64_t> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return constant(Tensor(shape, std::move(values)));
}

std::string Step::filled(const Shape& shape, double value, DType dtype) { return constant(Tensor::full<double>(shape, value).cast(dtype)); }

const std::string& Step::base() const {
  for (const std::string& name : node.outputs)
    if (!name.empty()) return name;
  return node.name;
}

std::string Step::before(std::string op, std::vector<std::string> inputs, std::vector<Attribute> attributes) {
  const std::string name = made_.fresh(base() + "/" + op);
  before_.push_back({.op = std::move(op),
                     .domain = {},
                     .name = name,
                     .inputs = std::move(inputs),
                     .outputs = {name},
                     .attributes = std::move(attributes)});
  return name;
}

std::string Step::under(std::size_t output) { return node.outputs[output] = made_.fresh(node.outputs[output] + "/" + node.op); }

void Step::after(std::string op, std::vector<std::string> inputs, std::string output, std::vector<Attribute> attributes) {
  const std::string name = made_.fresh(output + "/" + op);
  after_.push_back({.op = std::move(op),
                    .domain = {},
                    .name = name,
                    .inputs = std::move(inputs),
                    .outputs = {std::move(output)},
                    .attributes = std::move(attributes)});
}

void Step::become(std::string op, std::vector<std::string> inputs, std::vector<Attribute> attributes) {
  node.op = std::move(op);
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
}

std::vector<Node> Step::nodes() && {
  std::vector<Node> all = std::move(before_);
  all.push_back(std::move(node));
  std::ranges::move(after_, std::back_inserter(all));
  return all;
}

void write_out(Step& step) { step.refuse("it means something else there, and ONNX does not define it by other operators"); }

Adapt adapter_for(std::string_view op, std::int64_t from, std::int64_t to) {
  static const auto index = [] {
    std::unordered_map<std::string, OperatorChange> all;
    for (const AdapterEntry& entry : catalog())
      for (const OperatorChange& change : entry.changes)
        for (const std::string_view name : change.ops)
          if (!all.try_emplace(std::string(name) + " " + std::to_string(change.since), change).second)
            throw Error(ErrorCode::kInternal, "two adapters for " + std::string(name) + " of set " + std::to_string(change.since));
    return all;
  }();
  const auto found = index.find(std::string(op) + " " + std::to_string(std::max(from, to)));
  return found == index.end() ? nullptr : from < to ? found->second.up : found->second.down;
}

void count_from_front(const Step& step, std::vector<std::int64_t>& axes, std::optional<std::int64_t> rank) {
  for (std::int64_t& axis : axes) {
    if (axis >= 0) continue;
    if (!rank) step.refuse("axes are counted from the front there, and the rank of \"" + step.input(0) + "\" is not known");
    axis += *rank;
  }
}

std::vector<std::int64_t> iota_axes(std::int64_t rank) {
  std::vector<std::int64_t> axes(static_cast<std::size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

}  // namespace upkeep::opsets
