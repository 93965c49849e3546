// A function between layers: keras.ops.mean(x, axis=1), x + 1, x[:, 0] (layers/operations).

#include "layers/operations/operation.hpp"

#include <algorithm>

#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct OperationOptions {
  std::string function;
  Json arguments = Json::object();
};

}  // namespace layers

template <>
const Settings settings<layers::OperationOptions> = describe<layers::OperationOptions>(
    "operation", "a function of values, as keras.ops has them",
    field("function", &layers::OperationOptions::function, "which: a name of `upkeep catalog layers/operations`; must be given"),
    field("arguments", &layers::OperationOptions::arguments,
          "what it is called with, by name; {input: 0} is the first value that it reads"));

namespace layers {
namespace {

class Operation : public Layer {
 public:
  using Options = OperationOptions;

  explicit Operation(const Options& options) : arguments_(options.arguments) {
    if (options.function.empty()) throw Error(ErrorCode::kInvalidArgument, "an operation needs a function", "such as function: mean");
    if (!arguments_.is_object()) throw wrong_type("arguments as a map of names to values", arguments_);
    function_ = &operations::catalog().at(options.function);
    std::vector<std::string> known;
    for (const operations::Parameter& parameter : function_->parameters) known.push_back(parameter.name);
    for (const auto& [name, value] : arguments_.items())
      if (!std::ranges::contains(known, name)) throw unknown_name("argument of " + function_->name, name, known);
  }

  InputCount input_count() const override { return kAnyInputs; }
  Value build(const BuildContext& context) const override { return build_all(context)[0]; }

  std::vector<Value> build_all(const BuildContext& context) const override {
    return function_->build(operations::Call(context.ops, context.inputs, arguments_));
  }

 private:
  Json arguments_;
  const operations::OperationEntry* function_ = nullptr;
};

// Functions of each element by itself, of values alone (a constant may have axes), and padding, whose sides go with the axes.
std::optional<ChannelsLastForm> function_with_channels_last(Json settings, const Dims& input) {
  static const std::vector<std::string> kElementwise = {
      "add",     "subtract", "multiply",   "divide", "power", "maximum",    "minimum",       "negative", "absolute",
      "square",  "sqrt",     "reciprocal", "exp",    "log",   "sin",        "cos",           "tan",      "arctan",
      "erf",     "floor",    "ceil",       "round",  "sign",  "identity",   "stop_gradient", "clip",     "cast",
      "greater", "less",     "less_equal", "equal",  "where", "logical_not"};
  const std::string function = settings.at("function").get<std::string>();
  Json& arguments = settings["arguments"];
  if (function == "pad" && arguments.at("pad_width").size() == input.size()) {
    Json& widths = arguments["pad_width"];
    std::rotate(widths.begin() + 1, widths.begin() + 2, widths.end());
    return ChannelsLastForm{std::move(settings)};
  }
  const bool plain = std::ranges::none_of(arguments, [](const Json& one) { return one.is_array(); });
  if (!plain || !std::ranges::contains(kElementwise, function)) return std::nullopt;
  return ChannelsLastForm{std::move(settings)};
}

}  // namespace

void add_operation(LayerCatalog& catalog) {
  LayerEntry made = entry<Operation>("");  // Keras has a class for each function
  made.aliases.clear();
  made.channels_last = function_with_channels_last;
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
