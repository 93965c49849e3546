// One session gives, for a batch of rows, the chosen element of each row's answer and its gradient. Rows do not influence each other, so
// one pass back from a one-hot gradient per row (times the slope of the scale) gives the gradients of all rows:
//
//   d logit / d p = 1 / (p (1 - p))

#include "explain/gradients.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/format.hpp"
#include "explain/lookups.hpp"
#include "graph/element_types.hpp"
#include "graph/onnx.hpp"
#include "graph/ops.hpp"
#include "graph/subgraph.hpp"
#include "train/batches.hpp"
#include "train/gradient_model.hpp"
#include "train/gradients/report.hpp"
#include "train/kernels/kernel.hpp"
#include "train/lowerings/lowering.hpp"

namespace upkeep::explain {

namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 22;  // of the inputs of one run: what is kept for the way back is many times that
constexpr const char* kAgnostic = "exact-shapley, kernel-shap, permutation-shap, lime and occlusion need the model's answers only";

struct GradientGraph {
  Model model;
  std::string element, answer;                 // the input for elements by row, the output with the answers
  std::map<std::string, std::string> outputs;  // of the gradients, by value
  std::vector<std::string> inner;
  std::vector<std::string> notes;
};

bool is_input_of_rows(const Model& model, const ValueInfo& input) {
  return !model.graph.initializer(input.name) && !(input.type.shape && input.type.shape->empty());
}

std::vector<Lookup> all_lookups(const Model& model) {
  std::vector<Lookup> lookups;
  for (const ValueInfo& input : model.graph.inputs) {
    if (!is_input_of_rows(model, input) || is_floating(input.type.dtype)) continue;
    const std::vector<Lookup> found = lookups_of(model, input.name);
    lookups.insert(lookups.end(), found.begin(), found.end());
    const bool read = std::ranges::any_of(model.graph.nodes, [&](const Node& node) { return reads_of(node).contains(input.name); });
    if (found.empty() && read)
      throw Error(ErrorCode::kUnsupported, upkeep::format("input \"{}\" is {}, which has no gradient, and the model looks nothing up by it",
                                                          input.name, to_string(input.type.dtype)));
  }
  return lookups;
}

std::vector<Gradients::Carrier> carriers_of(const Model& model, const std::vector<Lookup>& lookups) {
  std::vector<Gradients::Carrier> carriers;
  for (const ValueInfo& input : model.graph.inputs)
    if (is_input_of_rows(model, input) && is_floating(input.type.dtype)) carriers.push_back({input.name, input.name});
  for (const Lookup& lookup : lookups) carriers.push_back({lookup.input, lookup.value});
  if (carriers.empty()) throw Error(ErrorCode::kUnsupported, "the model has no input with a gradient");
  return carriers;
}

// [N, elements] and the batch's dimension.
Value flat_output(Ops& ops, const Value& output, std::int64_t elements) {
  if (output.rank_known() && output.rank() == 2 && output.dims()[1].value == elements) return output;
  return ops.reshape(output, {-1, elements});
}

Value incoming_gradient(Ops& ops, const Value& flat, const Value& element, std::int64_t elements, Scale scale) {
  const Value chosen = ops.one_hot(element, elements, flat.dtype());
  if (scale == Scale::kOutput) return chosen;
  const Value p = ops.clip(flat, 0x1p-24F, 1 - 0x1p-24F);
  return ops.div(chosen, ops.mul(p, ops.sub(1.0F, p)));
}

// Appends answers and gradients; the graph gives them and the inner values, and nothing else.
void append_gradients(GradientGraph& graph, const Subject& subject, const std::vector<Gradients::Carrier>& carriers) {
  std::set<std::string> kept(graph.inner.begin(), graph.inner.end());
  {
    Ops ops(graph.model, "explain/");
    const Value output = ops.existing(subject.output().name);
    std::vector<std::string> names = graph.inner;
    for (const Gradients::Carrier& carrier : carriers) names.push_back(carrier.value);
    std::vector<Value> wanted;
    for (const std::string& name : names) wanted.push_back(ops.existing(name));
    const Dims& first = ops.existing(carriers.front().value).rank_known() ? ops.existing(carriers.front().value).dims() : Dims{};
    graph.element = unused_name(ops, "explained_element");
    const Value element = ops.input(graph.element, DType::kInt64, {first.empty() ? Dim("batch") : first[0]});
    const Value flat = flat_output(ops, output, subject.elements());
    std::vector<Value> roots = wanted;
    roots.push_back(flat);
    kernels::fuse(ops, roots);
    graph.answer = unused_name(ops, "explained_answer");
    ops.output(ops.node("GatherElements", {flat, ops.unsqueeze(element, {1})}, {{"axis", std::int64_t{1}}}), graph.answer);
    kept.insert(graph.answer);
    const Value incoming = incoming_gradient(ops, flat, element, subject.elements(), subject.options().scale);
    gradients::Report report =
        gradients::differentiate_and_report(ops, flat, wanted, incoming, {.form = gradients::Form::kKernels, .by_name = false});
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string name = unused_name(ops, names[i] + "_gradient");
      ops.output(report.gradients[i], name);
      graph.outputs.emplace(names[i], name);
      kept.insert(name);
    }
    for (const std::string& name : graph.inner)
      if (std::ranges::none_of(graph.model.graph.outputs, [&](const ValueInfo& value) { return value.name == name; }))
        ops.output(ops.existing(name));
    graph.notes = std::move(report.notes);
  }
  std::erase_if(graph.model.graph.outputs, [&](const ValueInfo& value) { return !kept.contains(value.name); });
  drop_unused(graph.model.graph);
}

// Of all inputs to what they are looked up as.
Model lookup_model(const Model& model, const std::vector<Lookup>& lookups) {
  Model made = model;
  std::vector<ValueInfo> outputs;
  for (const Lookup& lookup : lookups) outputs.push_back(*made.graph.value(lookup.value));
  std::erase_if(made.graph.values, [&](const ValueInfo& value) {
    return std::ranges::any_of(lookups, [&](const Lookup& lookup) { return lookup.value == value.name; });
  });
  made.graph.outputs = std::move(outputs);
  drop_unused(made.graph);
  std::erase_if(made.graph.inputs, [&](const ValueInfo& input) {
    return std::ranges::none_of(made.graph.nodes, [&](const Node& node) { return reads_of(node).contains(input.name); });
  });
  return made;
}

// Rows joined as they come, batch by batch.
class Joined {
 public:
  void add(const Tensor& part, std::int64_t rows, const std::string& name) {
    if (part.rank() == 0 || part.dim(0) < rows)
      throw Error(ErrorCode::kUnsupported,
                  upkeep::format("the gradient by \"{}\" {} has not one row per row of the input", name, to_string(part.shape())));
    const Tensor floats = part.rows(0, rows).cast(DType::kFloat32);
    shape_ = part.shape();
    rows_ += rows;
    values_.insert(values_.end(), floats.floats().begin(), floats.floats().end());
  }
  Tensor taken() {
    shape_[0] = rows_;
    return Tensor(shape_, std::move(values_));
  }

 private:
  Shape shape_;
  std::int64_t rows_ = 0;
  std::vector<float> values_;
};

Tensors only_inputs(const Session& session, const Tensors& rows) {
  Tensors read;
  for (const TensorSpec& spec : session.inputs())
    if (const auto found = rows.find(spec.name); found != rows.end()) read.emplace(*found);
  return read;
}

}  // namespace

struct Gradients::State {
  State(const Model& model, const Subject& about, const std::vector<std::string>& inner) : subject(about) {
    Model whole = lowered(model);
    infer_shapes(whole);
    const std::vector<Lookup> lookups = all_lookups(whole);
    carriers = carriers_of(whole, lookups);
    GradientGraph graph{.model = whole, .inner = inner};
    cut_at(graph.model, lookups);
    append_gradients(graph, subject, carriers);
    element = graph.element;
    answer = graph.answer;
    outputs = std::move(graph.outputs);
    inner_values = inner;
    notes = std::move(graph.notes);
    session = std::make_unique<Session>(graph.model, SessionOptions{.threads = subject.options().threads, .kernels = &kernels::domain()});
    if (!lookups.empty()) lookup = std::make_unique<Session>(lookup_model(whole, lookups), SessionOptions{.threads = 1});
  }

  std::int64_t batch_rows(const Tensors& inputs, std::int64_t count) const {
    std::int64_t elements = 1;
    for (const auto& [name, values] : inputs) elements += values.size() / std::max<std::int64_t>(1, count);
    return std::clamp<std::int64_t>(kMostElements / elements, 1, subject.options().batch_rows);
  }

  const Subject& subject;
  std::unique_ptr<Session> session, lookup;
  std::vector<Carrier> carriers;
  std::string element, answer;
  std::map<std::string, std::string> outputs;
  std::vector<std::string> inner_values, notes;
};

Gradients::Gradients(const Model& model, const Subject& subject, const std::vector<std::string>& inner) {
  try {
    state_ = std::make_unique<State>(model, subject, inner);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    throw Error(ErrorCode::kUnsupported, "the model cannot be differentiated: " + error.message(), kAgnostic);
  }
}

Gradients::~Gradients() = default;

const std::vector<Gradients::Carrier>& Gradients::carriers() const { return state_->carriers; }

const std::vector<std::string>& Gradients::notes() const { return state_->notes; }

bool Gradients::reads(const std::string& name) const {
  return std::ranges::any_of(state_->session->inputs(), [&](const TensorSpec& spec) { return spec.name == name; });
}

Tensors Gradients::looked_up(const Tensors& rows) const {
  Tensors made = rows;
  if (!state_->lookup) return made;
  std::map<std::string, Joined> joined;
  run_in_batches(*state_->lookup, only_inputs(*state_->lookup, rows), state_->subject.options().batch_rows,
                 [&](const Tensors&, const Tensors& outputs, std::int64_t taken) {
                   for (const auto& [name, values] : outputs) joined[name].add(values, taken, name);
                 });
  for (auto& [name, values] : joined) made.insert_or_assign(name, values.taken());
  return made;
}

Gradients::Answer Gradients::at(const Tensors& rows, std::int64_t element) const {
  return at(rows, std::vector<std::int64_t>(static_cast<std::size_t>(rows_in(rows)), element));
}

Gradients::Answer Gradients::at(const Tensors& rows, const std::vector<std::int64_t>& elements) const {
  const State& state = *state_;
  const bool complete = std::ranges::all_of(state.carriers, [&](const Carrier& carrier) { return rows.contains(carrier.value); });
  Tensors inputs = only_inputs(*state.session, complete ? rows : looked_up(rows));
  const auto count = static_cast<std::int64_t>(elements.size());
  state.subject.spend(count);
  const std::int64_t batch = state.batch_rows(inputs, count);
  inputs.insert_or_assign(state.element, Tensor({count}, elements));
  Answer made;
  std::map<std::string, Joined> joined;
  run_in_batches(*state.session, inputs, batch, [&](const Tensors&, const Tensors& outputs, std::int64_t taken) {
    if (taken == 0) throw Error(ErrorCode::kUnsupported, "the model's inputs do not have a row for each sample");
    const Tensor answers = outputs.at(state.answer).cast(DType::kFloat64);
    for (const double answer : answers.data<double>().first(static_cast<std::size_t>(taken)))
      made.answers.push_back(on_scale(answer, state.subject.options().scale));
    for (const auto& [value, output] : state.outputs) joined[value].add(outputs.at(output), taken, value);
    for (const std::string& value : state.inner_values) joined["=" + value].add(outputs.at(value), taken, value);
  });
  for (const auto& [value, output] : state.outputs) made.gradients.emplace(value, joined.at(value).taken());
  for (const std::string& value : state.inner_values) made.values.emplace(value, joined.at("=" + value).taken());
  return made;
}

}  // namespace upkeep::explain
