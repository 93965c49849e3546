// The formulas are those of keras.activations (Keras 3); an ONNX operator stands for a formula wherever it means the same.

#include "layers/shared/activations.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/settings.hpp"
#include "layers/keras/form.hpp"
#include "layers/view/layout.hpp"

namespace upkeep::layers {
namespace {

// Parameters of one call, all present.
class Arguments {
 public:
  explicit Arguments(const Json& values) : values_(values) {}
  float number(const char* name) const { return values_.at(name).get<float>(); }
  std::int64_t integer(const char* name) const { return values_.at(name).get<std::int64_t>(); }
  bool flag(const char* name) const { return values_.at(name).get<bool>(); }
  bool given(const char* name) const { return !values_.at(name).is_null(); }

 private:
  const Json& values_;
};

enum class Kind { kNumber, kNumberOrNull, kInteger, kBoolean };

struct Parameter {
  std::string name;
  Kind kind;
  std::optional<Json> default_value;  // none: must be given
};

struct Function {
  std::string name;
  std::vector<std::string> aliases;
  std::vector<Parameter> parameters;
  Value (*apply)(Ops& ops, Value x, const Arguments& arguments);
};

using A = const Arguments&;

// max(x, 0), below `threshold` the line slope * (x - threshold), above `max_value` flat.
Value relu(Ops& ops, Value x, A a) {
  const float slope = a.number("negative_slope");
  const float threshold = a.number("threshold");
  if (slope != 0 && threshold == 0 && !a.given("max_value")) return ops.node("LeakyRelu", {x}, {{"alpha", slope, {}}});
  Value y = x;
  if (threshold != 0) y = ops.where(ops.greater(x, threshold), x, ops.constant(0, x.dtype()));
  if (a.given("max_value")) y = ops.clip(y, 0, a.number("max_value"));
  else if (threshold == 0) y = ops.relu(y);
  if (slope == 0) return y;
  const Value below = ops.relu(threshold == 0 ? ops.neg(x) : ops.sub(threshold, x));
  return ops.sub(y, ops.mul(below, slope));
}

Value with_alpha(Ops& ops, std::string_view op, Value x, float alpha) { return ops.node(op, {x}, {{"alpha", alpha, {}}}); }

Value shrink(Ops& ops, Value x, float threshold, float bias) {
  return ops.node("Shrink", {x}, {{"lambd", threshold, {}}, {"bias", bias, {}}});
}

// 0 below -1, x above 1, (x + 1)^2 / 4 between.
Value sparse_plus(Ops& ops, Value x, A) {
  const Value above_minus_one = ops.add(x, 1.0F);
  const Value between = ops.mul(ops.mul(above_minus_one, above_minus_one), 0.25F);
  const Value upper = ops.where(ops.less(x, 1.0F), between, x);  // NaN stays NaN
  return ops.where(ops.less_or_equal(x, ops.constant(-1, x.dtype())), ops.constant(0, x.dtype()), upper);
}

// The first half, gated by the sigmoid of the second.
Value glu(Ops& ops, Value x, A a) {
  const std::int64_t axis = a.integer("axis");
  const Dims& dims = x.dims();
  const auto rank = static_cast<std::int64_t>(dims.size());
  if (axis < -rank || axis >= rank)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("axis {} is outside {}", axis, to_string(dims)));
  const Dim& size = dims[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
  if (size.known() && size.value % 2 != 0)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("glu halves axis {}, and {} is odd", axis, size.value), "use an even size");
  const std::vector<Value> halves = ops.nodes("Split", {x}, 2, {{"axis", axis, {}}, {"num_outputs", std::int64_t{2}, {}}});
  return ops.mul(halves[0], ops.sigmoid(halves[1]));
}

// As Keras has it, which sums c over the whole support S where Martins and Astudillo (2016) take its last: with z from the largest down and
// c its sums so far,  S = {i: z_i > (c_i - 1) / i},  tau = (sum of c_i over S - 1) / |S|,  y = max(x - tau, 0).
Value sparsemax(Ops& ops, Value x, A a) {
  const auto rank = static_cast<std::int64_t>(x.rank());
  const std::int64_t given = a.integer("axis");
  if (given < -rank || given >= rank)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("axis {} is outside {}", given, to_string(x.dims())));
  const std::int64_t axis = given < 0 ? given + rank : given;
  const Dim& size = x.dims()[static_cast<std::size_t>(axis)];
  if (!size.known()) throw Error(ErrorCode::kUnsupported, upkeep::format("sparsemax along axis {} of unknown size", axis));
  const Value z = ops.nodes("TopK", {x, ops.ints({size.value})}, 2, {{"axis", axis}})[0];
  const Value sums = ops.node("CumSum", {z, ops.constant(Tensor::scalar(axis))});
  std::vector<float> ranks;
  for (std::int64_t i = 1; i <= size.value; ++i) ranks.push_back(static_cast<float>(i));
  Shape shape(static_cast<std::size_t>(rank), 1);
  shape[static_cast<std::size_t>(axis)] = size.value;
  const Value counts = ops.constant(Tensor(shape, std::move(ranks)).cast(x.dtype()));
  const Value support = ops.greater(ops.sub(z, ops.div(ops.sub(sums, 1.0F), counts)), 0.0F);
  const Value sum = ops.reduce("ReduceSum", ops.where(support, sums, ops.constant(0, x.dtype())), {axis}, true);
  const Value tau = ops.div(ops.sub(sum, 1.0F), ops.reduce("ReduceSum", ops.cast(support, x.dtype()), {axis}, true));
  return ops.relu(ops.sub(x, tau));
}

Value threshold(Ops& ops, Value x, A a) {
  return ops.where(ops.greater(x, a.number("threshold")), x, ops.constant(a.number("default_value"), x.dtype()));
}

// Keras 3 has slope 1/6; Keras 2 and ONNX's default have 0.2.
Value hard_sigmoid(Ops& ops, Value x, A a) {
  return ops.node("HardSigmoid", {x}, {{"alpha", a.number("slope"), {}}, {"beta", a.number("offset"), {}}});
}

Value gelu(Ops& ops, Value x, A a) {
  if (!a.flag("approximate")) return ops.node("Gelu", {x});
  return ops.node("Gelu", {x}, {{"approximate", std::string("tanh"), {}}});
}

Value squareplus(Ops& ops, Value x, A a) { return ops.mul(ops.add(x, ops.sqrt(ops.add(ops.mul(x, x), a.number("b")))), 0.5F); }

const std::vector<Function>& functions() {
  static const std::vector<Function> all = {
      {"linear", {}, {}, [](Ops&, Value x, A) { return x; }},
      {"relu",
       {},
       {{"negative_slope", Kind::kNumber, 0.0}, {"max_value", Kind::kNumberOrNull, Json()}, {"threshold", Kind::kNumber, 0.0}},
       relu},
      {"leaky_relu",
       {},
       {{"negative_slope", Kind::kNumber, 0.2}},
       [](Ops& ops, Value x, A a) { return with_alpha(ops, "LeakyRelu", x, a.number("negative_slope")); }},
      {"relu6", {}, {}, [](Ops& ops, Value x, A) { return ops.clip(x, 0, 6); }},
      {"elu", {}, {{"alpha", Kind::kNumber, 1.0}}, [](Ops& ops, Value x, A a) { return with_alpha(ops, "Elu", x, a.number("alpha")); }},
      {"celu", {}, {{"alpha", Kind::kNumber, 1.0}}, [](Ops& ops, Value x, A a) { return with_alpha(ops, "Celu", x, a.number("alpha")); }},
      {"selu", {}, {}, [](Ops& ops, Value x, A) { return ops.node("Selu", {x}); }},
      {"gelu", {}, {{"approximate", Kind::kBoolean, false}}, gelu},
      {"silu", {"swish"}, {}, [](Ops& ops, Value x, A) { return ops.mul(x, ops.sigmoid(x)); }},
      {"mish", {}, {}, [](Ops& ops, Value x, A) { return ops.node("Mish", {x}); }},
      {"softplus", {}, {}, [](Ops& ops, Value x, A) { return ops.softplus(x); }},
      {"softsign", {}, {}, [](Ops& ops, Value x, A) { return ops.node("Softsign", {x}); }},
      {"squareplus", {}, {{"b", Kind::kNumber, 4}}, squareplus},
      {"sparse_plus", {}, {}, sparse_plus},
      {"sparse_sigmoid", {}, {}, [](Ops& ops, Value x, A) { return ops.clip(ops.add(ops.mul(x, 0.5F), 0.5F), 0, 1); }},
      {"sigmoid", {}, {}, [](Ops& ops, Value x, A) { return ops.sigmoid(x); }},
      {"log_sigmoid", {}, {}, [](Ops& ops, Value x, A) { return ops.neg(ops.softplus(ops.neg(x))); }},
      {"hard_sigmoid", {}, {{"slope", Kind::kNumber, 1.0 / 6.0}, {"offset", Kind::kNumber, 0.5}}, hard_sigmoid},
      {"hard_silu", {"hard_swish"}, {}, [](Ops& ops, Value x, A) { return ops.node("HardSwish", {x}); }},
      {"hard_tanh", {}, {}, [](Ops& ops, Value x, A) { return ops.clip(x, -1, 1); }},
      {"hard_shrink",
       {},
       {{"threshold", Kind::kNumber, 0.5}},
       [](Ops& ops, Value x, A a) { return shrink(ops, x, a.number("threshold"), 0); }},
      {"soft_shrink",
       {},
       {{"threshold", Kind::kNumber, 0.5}},
       [](Ops& ops, Value x, A a) { return shrink(ops, x, a.number("threshold"), a.number("threshold")); }},
      {"tanh", {}, {}, [](Ops& ops, Value x, A) { return ops.tanh(x); }},
      {"tanh_shrink", {}, {}, [](Ops& ops, Value x, A) { return ops.sub(x, ops.tanh(x)); }},
      {"threshold", {}, {{"threshold", Kind::kNumber, {}}, {"default_value", Kind::kNumber, {}}}, threshold},
      {"exponential", {}, {}, [](Ops& ops, Value x, A) { return ops.exp(x); }},
      {"softmax", {}, {{"axis", Kind::kInteger, -1}}, [](Ops& ops, Value x, A a) { return ops.softmax(x, a.integer("axis")); }},
      {"log_softmax", {}, {{"axis", Kind::kInteger, -1}}, [](Ops& ops, Value x, A a) { return ops.log_softmax(x, a.integer("axis")); }},
      {"glu", {}, {{"axis", Kind::kInteger, -1}}, glu},
      {"sparsemax", {}, {{"axis", Kind::kInteger, -1}}, sparsemax},
  };
  return all;
}

const Function& function(const std::string& name) {
  for (const Function& one : functions())
    if (one.name == name || std::ranges::find(one.aliases, name) != one.aliases.end()) return one;
  throw unknown_name("activation", name, activation_names());
}

void check_type(const Parameter& parameter, const Json& value) {
  switch (parameter.kind) {
    case Kind::kNumber: from_json_checked<double>(value); break;
    case Kind::kNumberOrNull: from_json_checked<std::optional<double>>(value); break;
    case Kind::kInteger: from_json_checked<std::int64_t>(value); break;
    case Kind::kBoolean: from_json_checked<bool>(value); break;
  }
}

Json all_parameters(const Function& function, const Json& given) {
  std::vector<std::string> names;
  Json all = Json::object();
  for (const Parameter& parameter : function.parameters) {
    names.push_back(parameter.name);
    if (!given.contains(parameter.name) && !parameter.default_value)
      throw Error(ErrorCode::kInvalidArgument, "activation \"" + function.name + "\" needs a \"" + parameter.name + "\"");
    all[parameter.name] = given.contains(parameter.name) ? given[parameter.name] : *parameter.default_value;
    in_context(function.name + "." + parameter.name, [&] { check_type(parameter, all[parameter.name]); });
  }
  for (const auto& [key, value] : given.items())
    if (!all.contains(key)) throw unknown_name("parameter", key, names).in("activation \"" + function.name + "\"");
  return all;
}

// A layer class as an activation: its own default slope, and the keys that every Keras layer has.
NamedSettings from_layer_class(NamedSettings named) {
  static const std::map<std::string, std::string> kClasses = {
      {"ReLU", "relu"}, {"LeakyReLU", "leaky_relu"}, {"ELU", "elu"}, {"Softmax", "softmax"}};
  const auto found = kClasses.find(named.name);
  if (found == kClasses.end()) return named;
  named.name = found->second;
  for (const char* key : {"name", "trainable", "dtype"}) named.values.erase(key);
  if (found->first != "LeakyReLU") return named;
  if (named.values.contains("alpha")) {  // Keras 2
    named.values["negative_slope"] = named.values["alpha"];
    named.values.erase("alpha");
  }
  if (!named.values.contains("negative_slope")) named.values["negative_slope"] = 0.3;
  return named;
}

// Numbers are compared as the floats that the graph holds.
bool same(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return a.get<float>() == b.get<float>();
  return a == b;
}

}  // namespace

Activation read_activation(const Json& setting) {
  if (setting.is_null()) return {};
  const NamedSettings named = from_layer_class(read_keras_form(setting));
  const Function& found = function(named.name);
  return {found.name, all_parameters(found, named.values)};
}

Json activation_setting(const Activation& activation) {
  Json config = Json::object();
  for (const Parameter& parameter : function(activation.name).parameters) {
    const Json& value = activation.parameters.at(parameter.name);
    if (!parameter.default_value || !same(value, *parameter.default_value)) config[parameter.name] = value;
  }
  if (config.empty()) return activation.name;
  return {{"class_name", activation.name}, {"config", config}};
}

Value activate(Ops& ops, Value x, const Activation& activation) {
  const Function& about = function(activation.name);
  if (!has_channels_first(ops, x)) return about.apply(ops, x, Arguments(activation.parameters));
  Json parameters = activation.parameters;
  if (parameters.contains("axis")) parameters["axis"] = channels_first_axis(parameters["axis"].get<std::int64_t>(), x.rank());
  return channels_last(ops, about.apply(ops, channels_first(ops, x), Arguments(parameters)));
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const Function& one : functions()) names.push_back(one.name);
  return names;
}

}  // namespace upkeep::layers
