// Activation functions that are called as functions, keras.ops.relu(x), tf.nn.relu(x).

#include "layers/activations.hpp"
#include "layers/operations/operation.hpp"

namespace upkeep::operations {
namespace {

struct Described {
  const char* name;
  const char* keras_class;
  std::vector<std::string> tensorflow;
  std::vector<std::string> settings = {};  // of the class, under the names that the activation has for them
  Json in_tensorflow = nullptr;            // what TensorFlow takes for a setting that is not given, where that is something else
};

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
                            const Value x = call.ops().cast(call.value("x"), DType::kFloat32);
                            if (!described.settings.empty() && described.settings[0] == "axis")
                              return {layers::activate(call.ops(), x, read)};
                            return {elementwise(call.ops(), x, [&](const Value& one) { return layers::activate(call.ops(), one, read); })};
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
