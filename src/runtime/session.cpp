#include "runtime/session.hpp"

#include <algorithm>

#include "base/names.hpp"
#include "graph/onnx.hpp"
#include "runtime/cancel_token.hpp"
#include "runtime/custom_ops.hpp"
#include "runtime/ort.hpp"

namespace upkeep {

using runtime::ort_call;

struct Session::State {
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::vector<const char*> output_names;
  std::vector<Tensor> weights;  // large ones, which the runtime reads where they are
  std::unique_ptr<runtime::CustomOps> kernels;
  Ort::Session session{nullptr};
};

namespace {

Dims dims_of(const Ort::ConstTensorTypeAndShapeInfo& info) {
  const std::vector<std::int64_t> numbers = info.GetShape();
  std::vector<const char*> symbols(numbers.size());
  info.GetSymbolicDimensions(symbols.data(), symbols.size());
  Dims dims;
  for (std::size_t i = 0; i < numbers.size(); ++i) dims.push_back(numbers[i] >= 0 ? Dim(numbers[i]) : Dim(std::string(symbols[i])));
  return dims;
}

// The runtime tells a scalar and a tensor of unknown rank alike; the model does not.
TensorSpec spec_of(const Graph& graph, std::string name, const Ort::TypeInfo& type) {
  TensorSpec spec{.name = std::move(name), .dtype = DType::kUndefined, .dims = {}};
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) return spec;
  const auto info = type.GetTensorTypeAndShapeInfo();
  spec.dtype = static_cast<DType>(info.GetElementType());
  spec.dims = dims_of(info);
  const ValueInfo* declared = graph.value(spec.name);
  spec.any_rank = spec.dims.empty() && declared && !declared->type.shape;
  return spec;
}

std::string describe(const TensorSpec& spec) {
  if (spec.dtype == DType::kUndefined) return "not a tensor";
  return to_string(spec.dtype) + (spec.any_rank ? " of any shape" : to_string(spec.dims));
}

const TensorSpec& find(const std::vector<TensorSpec>& specs, std::string_view kind, const std::string& name) {
  const auto found = std::ranges::find(specs, name, &TensorSpec::name);
  if (found != specs.end()) return *found;
  std::vector<std::string> names;
  for (const TensorSpec& spec : specs) names.push_back(spec.name);
  throw unknown_name("model " + std::string(kind), name, names);
}

void check_fit(const TensorSpec& spec, std::string_view kind, DType dtype, const Shape& shape) {
  bool fits = dtype == spec.dtype && (spec.any_rank || shape.size() == spec.dims.size());
  for (std::size_t i = 0; fits && i < spec.dims.size(); ++i) fits = !spec.dims[i].known() || spec.dims[i].value == shape[i];
  if (fits) return;
  throw Error(ErrorCode::kInvalidArgument, std::string(kind) + " \"" + spec.name + "\" got " + to_string(dtype) + to_string(shape),
              "expected " + describe(spec));
}

// The runtime looks at the flag between two operators.
template <typename Run>
void run_until_cancelled(CancelToken& cancel, const Run& run) {
  Ort::RunOptions options;
  const CancelToken::Held held(cancel, [&] { options.SetTerminate(); });
  try {
    run(options);
  } catch (const Error&) {
    if (cancel.cancelled()) throw Error(ErrorCode::kFailedPrecondition, "the run was ended before it was done");
    throw;
  }
}

Error missing(const TensorSpec& spec, const char* what) {
  return Error(ErrorCode::kInvalidArgument, "input \"" + spec.name + "\" is " + what, "expected " + describe(spec));
}

}  // namespace

Session::Session(const Model& model, const SessionOptions& options) {
  Ort::Env& environment = runtime::environment();  // first: nothing of the runtime can be made, or unmade, before its library is there
  state_ = std::make_unique<State>();
  State& state = *state_;
  const ModelWithoutWeights parts = model_without_weights(model, runtime::kSharedBytes);
  ort_call("the runtime cannot load the model", [&] {
    Ort::SessionOptions ort_options = runtime::session_options(options);
    runtime::share_weights(parts, ort_options, state.weights);
    if (options.kernels) {
      state.kernels = std::make_unique<runtime::CustomOps>(*options.kernels, runtime::thread_count(options));
      ort_options.Add(state.kernels->domain());
    }
    state.session = Ort::Session(environment, parts.bytes.data(), parts.bytes.size(), ort_options);
  });
  read_specs(model.graph);
}

Session Session::from_ort_file(const std::filesystem::path& file, const SessionOptions& options) {
  Ort::Env& environment = runtime::environment();
  auto state = std::make_unique<State>();
  ort_call("the runtime cannot load the file", [&] {
    Ort::SessionOptions ort_options = runtime::session_options(options);
    ort_options.AddConfigEntry("session.load_model_format", "ORT");
    state->session = Ort::Session(environment, file.c_str(), ort_options);
  });
  return Session(std::move(state));
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) { read_specs({}); }

void Session::read_specs(const Graph& graph) {
  State& state = *state_;
  const Ort::AllocatorWithDefaultOptions allocator;
  for (std::size_t i = 0; i < state.session.GetInputCount(); ++i)
    state.inputs.push_back(spec_of(graph, state.session.GetInputNameAllocated(i, allocator).get(), state.session.GetInputTypeInfo(i)));
  for (std::size_t i = 0; i < state.session.GetOutputCount(); ++i)
    state.outputs.push_back(spec_of(graph, state.session.GetOutputNameAllocated(i, allocator).get(), state.session.GetOutputTypeInfo(i)));
  for (const TensorSpec& spec : state.outputs) state.output_names.push_back(spec.name.c_str());
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const std::vector<TensorSpec>& Session::inputs() const { return state_->inputs; }
const std::vector<TensorSpec>& Session::outputs() const { return state_->outputs; }

Tensors Session::run(const Tensors& inputs, const std::vector<std::string>& outputs, CancelToken* cancel) const {
  State& state = *state_;
  std::vector<const char*> input_names;
  std::vector<Ort::Value> values;
  for (const auto& [name, tensor] : inputs) {
    const TensorSpec& spec = find(state.inputs, "input", name);
    check_fit(spec, "input", tensor.dtype(), tensor.shape());
    input_names.push_back(spec.name.c_str());
    values.push_back(runtime::view(tensor));
  }
  for (const TensorSpec& spec : state.inputs)
    if (!inputs.contains(spec.name)) throw missing(spec, "missing");
  std::vector<const char*> chosen;
  for (const std::string& name : outputs) chosen.push_back(find(state.outputs, "output", name).name.c_str());
  const std::vector<const char*>& names = outputs.empty() ? state.output_names : chosen;
  std::vector<Ort::Value> results;
  const auto run_with = [&](const Ort::RunOptions& options) {
    ort_call("the model failed while it ran",
             [&] { results = state.session.Run(options, input_names.data(), values.data(), values.size(), names.data(), names.size()); });
  };
  if (cancel) run_until_cancelled(*cancel, run_with);
  else run_with(Ort::RunOptions{nullptr});
  Tensors made;
  for (std::size_t i = 0; i < results.size(); ++i) runtime::take(names[i], std::move(results[i]), made);
  return made;
}

std::vector<std::string> parts_of(const Tensors& answers, const std::string& output) {
  if (answers.contains(output)) return {output};
  std::vector<std::string> parts;
  for (std::string name = output + ".0"; answers.contains(name); name = output + "." + std::to_string(parts.size())) parts.push_back(name);
  return parts;
}

// --- Binding -------------------------------------------------------------------------------------------------------

// Arrays of names and values that the C API takes as they are: a run is one call, without any look-up or allocation of ours.
struct Binding::State {
  Ort::Session* session = nullptr;
  const std::vector<TensorSpec>* inputs = nullptr;
  const std::vector<TensorSpec>* outputs = nullptr;
  std::vector<const char*> input_names;
  std::vector<Ort::Value> input_values;
  std::vector<Tensor> held;  // tensors behind input values
  std::vector<const char*> output_names;
  std::vector<Ort::Value> output_values;
  Ort::RunOptions options;
};

Binding::Binding(const Session& session) : state_(std::make_unique<State>()) {
  state_->session = &session.state_->session;
  state_->inputs = &session.state_->inputs;
  state_->outputs = &session.state_->outputs;
}

Binding::~Binding() = default;
Binding::Binding(Binding&&) noexcept = default;
Binding& Binding::operator=(Binding&&) noexcept = default;

namespace {

std::size_t slot(std::vector<const char*>& names, std::vector<Ort::Value>& values, const char* name) {
  const auto found = std::ranges::find(names, name);
  const auto index = static_cast<std::size_t>(found - names.begin());
  if (found == names.end()) {
    names.push_back(name);
    values.emplace_back(nullptr);
  }
  return index;
}

}  // namespace

void Binding::input(const std::string& name, const Tensor& tensor) {
  State& state = *state_;
  const TensorSpec& spec = find(*state.inputs, "input", name);
  check_fit(spec, "input", tensor.dtype(), tensor.shape());
  const std::size_t at = slot(state.input_names, state.input_values, spec.name.c_str());
  state.held.resize(state.input_values.size());
  state.input_values[at] = runtime::view(tensor);
  state.held[at] = tensor;
}

void Binding::input(const std::string& name, DType dtype, const Shape& shape, void* data) {
  State& state = *state_;
  const TensorSpec& spec = find(*state.inputs, "input", name);
  check_fit(spec, "input", dtype, shape);
  const std::size_t at = slot(state.input_names, state.input_values, spec.name.c_str());
  state.held.resize(state.input_values.size());
  state.input_values[at] = runtime::view(dtype, shape, data);
  state.held[at] = {};
}

void Binding::output(const std::string& name, DType dtype, const Shape& shape, void* data) {
  State& state = *state_;
  const TensorSpec& spec = find(*state.outputs, "output", name);
  check_fit(spec, "output", dtype, shape);
  const std::size_t at = slot(state.output_names, state.output_values, spec.name.c_str());
  state.output_values[at] = runtime::view(dtype, shape, data);
}

void Binding::run() {
  State& state = *state_;
  if (state.input_values.size() != state.inputs->size())
    for (const TensorSpec& spec : *state.inputs)
      if (std::ranges::find(state.input_names, spec.name.c_str()) == state.input_names.end()) throw missing(spec, "not bound");
  if (state.output_values.empty()) throw Error(ErrorCode::kInvalidArgument, "no output is bound");
  ort_call("the model failed while it ran", [&] {
    state.session->Run(state.options, state.input_names.data(), state.input_values.data(), state.input_values.size(),
                       state.output_names.data(), state.output_values.data(), state.output_values.size());
  });
}

std::string runtime_version() { return runtime::library().GetVersionString(); }

}  // namespace upkeep
