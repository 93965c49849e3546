// Activation functions that are called as functions, keras.ops.relu(x), tf.nn.relu(x).

#include <set>

#include "graph/element_types.hpp"
#include "layers/operations/operation.hpp"
#include "layers/shared/activations.hpp"

namespace upkeep::operations {
namespace {

struct Described {
  const char* name;
  const char* keras_class;
  std::vector<std::string> tensorflow;
  std::vector<std::string> settings = {};  // of the class, under the names that the activation has for them
  Json in_tensorflow = nullptr;            // what TensorFlow takes for a setting that is not given, where that is something else
};

// Integers stay integers, which float32 would round.
Value of_integers(const Call& call, const std::string& name, const Value& x) {
  Ops& ops = call.ops();
  return layers::in_type(ops, x, x.dtype(), [&](const Value& y) {
    const auto number = [&](double value) { return layers::number(ops, value, y.dtype()); };
    if (name == "threshold") {
      const Value above = ops.greater(y, call.value("threshold", y.dtype()));
      return ops.where(above, y, call.value("default_value", y.dtype()));
    }
    const Value positive = ops.max(y, number(0));
    return name == "relu6" ? ops.min(positive, number(6)) : positive;
  });
}

// Floats and, where the function gives integers for integers, these stay in their type; others are float32.
Value activated(const Call& call, const Described& described, const layers::Activation& function) {
  static const std::set<std::string> kOfIntegers = {"relu", "relu6", "threshold"};
  // The runtime has these for float32 alone; float64 is rounded to it on the way.
  static const std::set<std::string> kSingle = {"softplus",     "softsign",  "elu",         "selu", "leaky_relu",
                                                "hard_sigmoid", "hard_silu", "log_sigmoid", "celu"};
  Ops& ops = call.ops();
  const Value x = call.value("x");
  const bool own = kOfIntegers.contains(described.name) && is_integer_type(x.dtype());
  const auto activate = [&](const Value& any) {
    const auto in_float = [&](const Value& y) {
      return layers::activate(ops, kSingle.contains(described.name) ? ops.cast(y, DType::kFloat32) : y, function);
    };
    return own ? of_integers(call, described.name, any) : layers::in_type(ops, any, layers::floating_type(any.dtype()), in_float);
  };
  const bool along_axis = !described.settings.empty() && described.settings[0] == "axis";
  return along_axis ? activate(x) : elementwise(ops, x, activate);
}

OperationEntry activation(Described described) {
  std::vector<std::string> aliases = described.tensorflow;
  aliases.emplace_back(described.keras_class);
  std::vector<Parameter> parameters = {called("x", {"features", "logits", "input"})};
  for (const std::string& setting : described.settings) {
    parameters.push_back(made(setting));
    if (setting == "negative_slope") parameters.back().also = {"alpha"};
  }
  const Json in_tensorflow = described.in_tensorflow;
  OperationEntry entry = {.name = described.name,
                          .aliases = std::move(aliases),
                          .keras_class = described.keras_class,
                          .keras_module = std::string(described.name) == "tanh" ? "keras.src.ops.numpy" : "keras.src.ops.nn",
                          .help = std::string("activation function ") + described.name,
                          .parameters = std::move(parameters),
                          .build = [described = std::move(described)](const Call& call) -> std::vector<Value> {
                            Json config = Json::object();
                            for (const std::string& setting : described.settings)
                              if (call.has(setting)) config[setting] = call.plain(setting);
                            const layers::Activation read =
                                layers::read_activation({{"class_name", described.name}, {"config", std::move(config)}});
                            return {activated(call, described, read)};
                          }};
  if (!in_tensorflow.is_null())
    entry.from_tensorflow = [setting = entry.parameters.back().name, in_tensorflow](Json& arguments) {
      if (!arguments.contains(setting) || arguments[setting].is_null()) arguments[setting] = in_tensorflow;
    };
  return entry;
}

}  // namespace

void add_activation(OperationCatalog& catalog) {
  const std::vector<Described> all = {{"relu", "Relu", {"nn.relu"}},
                                      {"relu6", "Relu6", {"nn.relu6"}},
                                      {"sigmoid", "Sigmoid", {"math.sigmoid", "nn.sigmoid"}},
                                      {"tanh", "Tanh", {"math.tanh", "nn.tanh"}},
                                      {"softplus", "Softplus", {"math.softplus", "nn.softplus"}},
                                      {"softsign", "Softsign", {"nn.softsign"}},
                                      {"silu", "Silu", {"nn.silu", "nn.swish"}},
                                      {"elu", "Elu", {"nn.elu"}, {"alpha"}},
                                      {"selu", "Selu", {"nn.selu"}},
                                      {"gelu", "Gelu", {"nn.gelu"}, {"approximate"}, false},
                                      {"leaky_relu", "LeakyRelu", {"nn.leaky_relu"}, {"negative_slope"}, 0.2},
                                      {"hard_sigmoid", "HardSigmoid", {}},
                                      {"hard_silu", "HardSilu", {}},
                                      {"log_sigmoid", "LogSigmoid", {"math.log_sigmoid"}},
                                      {"softmax", "Softmax", {"nn.softmax"}, {"axis"}},
                                      {"log_softmax", "LogSoftmax", {"nn.log_softmax"}, {"axis"}},
                                      {"celu", "Celu", {}, {"alpha"}},
                                      {"glu", "Glu", {}, {"axis"}},
                                      {"sparsemax", "Sparsemax", {}, {"axis"}},
                                      {"hard_tanh", "HardTanh", {}},
                                      {"hard_shrink", "HardShrink", {}, {"threshold"}},
                                      {"soft_shrink", "SoftShrink", {}, {"threshold"}},
                                      {"tanh_shrink", "TanhShrink", {}},
                                      {"sparse_plus", "SparsePlus", {}},
                                      {"sparse_sigmoid", "SparseSigmoid", {}},
                                      {"squareplus", "Squareplus", {}, {"b"}},
                                      {"threshold", "Threshold", {}, {"threshold", "default_value"}}};
  for (const Described& one : all) catalog.add(activation(one));
}

}  // namespace upkeep::operations
