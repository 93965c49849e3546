#include "api/network.hpp"

#include <map>

#include "api/settings.hpp"
#include "base/format.hpp"

namespace upkeep::api {

struct Layer::State {
  std::string kind;
  std::string name;
  Setting::Object settings;
};

// One use of a layer.
struct Value::Call {
  Layer layer;
  std::vector<Value> inputs;
  LayerMode mode = LayerMode::kAsTheModel;
};

static constexpr const char* kInput = "input";

Layer::Layer(std::string kind, std::string name, Setting::Object settings)
    : state_(std::make_shared<const State>(State{std::move(kind), std::move(name), std::move(settings)})) {}

static const std::string kNoText;
static const Setting::Object kNoSettings;
const std::string& Layer::kind() const { return state_ ? state_->kind : kNoText; }
const std::string& Layer::name() const { return state_ ? state_->name : kNoText; }
const Setting::Object& Layer::settings() const { return state_ ? state_->settings : kNoSettings; }

Value Layer::operator()(const Value& input, LayerMode mode) const { return (*this)(std::vector{input}, mode); }

Value Layer::operator()(const std::vector<Value>& inputs, LayerMode mode) const {
  if (!state_) throw Error(ErrorCode::kInvalidArgument, "a layer that is none is called");
  if (kind() == kInput) throw Error(ErrorCode::kInvalidArgument, "an Input reads nothing", "use it as a value itself");
  if (inputs.empty()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("a layer \"{}\" is called with no values", kind()));
  return Value(std::make_shared<const Value::Call>(Value::Call{*this, inputs, mode}), 0);
}

Value::Value(const Layer& input) : call_(std::make_shared<const Call>(Call{input, {}, LayerMode::kAsTheModel})) {
  if (input.kind() != kInput)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("a layer \"{}\" is no value", input.kind()),
                "call it on one, as in Dense({.units = 1})(x); only an Input is a value itself");
}

Value Value::output(std::size_t index) const { return Value(call_, index); }

std::string Network::text_of(const Layer& layer) {
  NamedSettings all{layer.kind(), to_json(layer.settings())};
  if (!layer.name().empty()) all.values["name"] = layer.name();
  return to_text(all);
}

const void* Network::key_of(const Value& value) {
  return value.call_->inputs.empty() ? static_cast<const void*>(value.call_->layer.state_.get()) : value.call_.get();
}

std::string Network::reference(const Value& value) const {
  const std::string& name = names_.at(key_of(value));
  return value.index_ == 0 ? name : upkeep::format("{}:{}", name, value.index_);
}

void Network::add(const Value& value) {
  const Value::Call& call = *value.call_;
  const Layer& layer = call.layer;
  const auto owner = owners_.find(layer.state_.get());
  const bool first = owner == owners_.end();
  LayerSpec spec{.kind = layer.kind(),
                 .name = first && !layer.name().empty() ? layer.name() : free_name(net_, layer.kind()),
                 .settings = to_json(layer.settings()),
                 .inputs = {},
                 .inference = call.mode == LayerMode::kInference};
  if (!first) spec.shares = owner->second;
  for (const Value& input : call.inputs) spec.inputs.push_back(reference(input));
  owners_.emplace(layer.state_.get(), spec.name);
  names_[key_of(value)] = spec.name;
  net_.layers.push_back(std::move(spec));
}

void Network::add_input(const Value& input) {
  if (!input.call_->inputs.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("what a layer \"{}\" gives is no input of a model", input.call_->layer.kind()),
                "inputs are Input layers");
  if (has(input)) throw Error(ErrorCode::kInvalidArgument, "one input is given twice");
  add(input);
}

// Walks back from the outputs, on a stack of its own, as nets may be deep; what a layer reads comes before it.
void Network::add_all_for(const std::vector<Value>& outputs) {
  std::vector<Value> open(outputs.rbegin(), outputs.rend());
  while (!open.empty()) {
    const Value value = open.back();
    const std::vector<Value>& read = value.call_->inputs;
    const auto missing = std::ranges::find_if(read, [&](const Value& input) { return !has(input); });
    if (has(value)) {
      open.pop_back();
    } else if (read.empty()) {
      throw Error(
          ErrorCode::kInvalidArgument,
          value.call_->layer.name().empty()
              ? "the outputs need an input without a name that is not among the model's inputs"
              : upkeep::format("the outputs need the input \"{}\", which is not among the model's inputs", value.call_->layer.name()));
    } else if (missing != read.end()) {
      open.push_back(*missing);
    } else {
      add(value);
      open.pop_back();
    }
  }
}

Architecture Network::architecture(const std::vector<Value>& inputs, const std::vector<Value>& outputs) {
  if (outputs.empty()) throw Error(ErrorCode::kInvalidArgument, "a model without outputs", "Model({inputs}, {outputs})");
  Network network;
  for (const Value& input : inputs) network.add_input(input);
  network.add_all_for(outputs);
  for (const Value& output : outputs) network.net_.outputs.push_back(network.reference(output));
  check(network.net_);
  return std::move(network.net_);
}

Architecture Network::architecture(const std::vector<Layer>& layers) {
  Value value = layers.front();
  for (std::size_t i = 1; i < layers.size(); ++i) value = layers[i](value);
  Architecture net = architecture({layers.front()}, {value});
  net.name = "sequential";
  return net;
}

}  // namespace upkeep::api
