// upkeep inspect: what a model is made of.

#include "base/format.hpp"
#include "base/names.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "graph/onnx.hpp"
#include "layers/build.hpp"
#include "train/trainer.hpp"

namespace upkeep::commands {

struct InspectOptions {
  std::string model;
  std::string registry;
  bool graph = false;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::InspectOptions;

template <>
inline const Settings settings<InspectOptions> =
    describe<InspectOptions>("inspect", "what a model is made of: layers, shapes, parameters, settings",
                             field("model", &InspectOptions::model, "a model file, an architecture, or name@alias in --registry"),
                             field("registry", &InspectOptions::registry, "registry folder, for name@alias"),
                             field("graph", &InspectOptions::graph, "the whole graph as ONNX text instead"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

struct LayerRow {
  std::string name;
  std::string kind;
  std::string shape;
  std::int64_t parameters = 0;
  std::int64_t zeros = 0;
};

std::vector<LayerRow> layer_rows(const Model& model, const Architecture& architecture) {
  std::vector<LayerRow> rows;
  const Weights weights = weights_of(model);
  const std::map<std::string, Dims> shapes = output_shapes(architecture);
  for (const LayerSpec& layer : architecture.layers) {
    LayerRow row{.name = layer.name, .kind = layer.kind, .shape = to_string(shapes.at(layer.name))};
    for (const auto& [name, tensor] : weights) {
      if (!name.starts_with(layer.name + "/")) continue;
      row.parameters += tensor.size();
      if (tensor.dtype() == DType::kFloat32) row.zeros += std::ranges::count(tensor.floats(), 0.0F);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::map<std::string, int> operator_counts(const Graph& graph) {
  std::map<std::string, int> counts;
  for (const Node& node : graph.nodes) ++counts[node.domain.empty() ? node.op : node.domain + "." + node.op];
  return counts;
}

std::vector<std::string> signature(const std::vector<ValueInfo>& values, const Graph& graph) {
  std::vector<std::string> texts;
  for (const ValueInfo& value : values)
    if (!graph.initializer(value.name)) texts.push_back(value.name + " " + to_string(value.type));
  return texts;
}

std::optional<Architecture> layer_view(const Model& model) {
  try {
    return architecture_of(model);
  } catch (const Error&) {  // a foreign graph: its operators are shown instead
    return std::nullopt;
  }
}

struct Facts {
  std::vector<LayerRow> layers;
  std::map<std::string, int> operators;
  std::int64_t parameters = 0;
  std::int64_t zeros = 0;
  std::int64_t bytes = 0;
};

Facts facts_of(const Model& model) {
  Facts facts;
  if (const auto architecture = layer_view(model)) {
    const Model layered = with_layers(model);
    facts.layers = layer_rows(layered, *architecture);
  }
  facts.operators = operator_counts(model.graph);
  for (const auto& [name, tensor] : model.graph.initializers) {
    facts.bytes += static_cast<std::int64_t>(tensor.size_bytes());
    if (tensor.dtype() != DType::kFloat32) continue;
    facts.parameters += tensor.size();
    facts.zeros += std::ranges::count(tensor.floats(), 0.0F);
  }
  return facts;
}

Json to_json(const Model& model, const Facts& facts) {
  Json layers = Json::array();
  for (const LayerRow& row : facts.layers)
    layers.push_back({{"name", row.name}, {"kind", row.kind}, {"output", row.shape}, {"parameters", row.parameters}, {"zeros", row.zeros}});
  Json document = {{"inputs", signature(model.graph.inputs, model.graph)},
                   {"outputs", signature(model.graph.outputs, model.graph)},
                   {"layers", std::move(layers)},
                   {"operators", facts.operators},
                   {"parameters", facts.parameters},
                   {"zeros", facts.zeros},
                   {"weight_bytes", facts.bytes},
                   {"opset", model.opsets.contains("") ? model.opsets.at("") : 0},
                   {"producer", model.producer_name}};
  if (const auto compile = compile_of(model)) document["compile"] = upkeep::to_json(*compile);
  for (const char* key : {kFeaturesKey, kTargetKey, kClassesKey})
    if (const auto list = metadata_list(model, key); !list.empty()) document[std::string(key).substr(7)] = list;
  return document;
}

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string layer_table(const Facts& facts) {
  std::vector<std::vector<std::string>> rows{{"layer", "kind", "output shape", "parameters", "zeros"}};
  for (const LayerRow& row : facts.layers) rows.push_back({row.name, row.kind, row.shape, grouped(row.parameters), grouped(row.zeros)});
  return text_table(rows);
}

std::string operator_table(const Facts& facts) {
  std::vector<std::vector<std::string>> rows{{"operator", "nodes"}};
  for (const auto& [name, count] : facts.operators) rows.push_back({name, std::to_string(count)});
  return text_table(rows);
}

void print(const Model& model, const Facts& facts, Output& output) {
  output.text("inputs   " + join(signature(model.graph.inputs, model.graph)));
  output.text("outputs  " + join(signature(model.graph.outputs, model.graph)) + "\n");
  output.text((facts.layers.empty() ? operator_table(facts) : layer_table(facts)) + "\n");
  output.text(upkeep::format("{} parameters, {} of them zero, {} bytes of weights", grouped(facts.parameters), grouped(facts.zeros),
                             grouped(facts.bytes)));
  if (const auto compile = compile_of(model)) {
    output.text(upkeep::format("compiled with loss {}, optimizer {}{}", compile->loss.name, compile->optimizer.name,
                               compile->metrics.empty() ? "" : ", metrics " + join(compile->metrics)));
  }
  for (const auto& [key, label] :
       {std::pair{kFeaturesKey, "features "}, std::pair{kTargetKey, "predicts "}, std::pair{kClassesKey, "classes  "}})
    if (const auto list = metadata_list(model, key); !list.empty()) output.text(label + join(list));
}

int run_inspect(const InspectOptions& options, const Ordered&, Output& output) {
  Model model = open_model(options.model, options.registry);
  if (options.graph) {
    model.training_tensors.clear();  // the optimiser's, no part of the graph
    const std::string text = model_to_text(model);
    output.result({{"graph", text}});
    output.text(text);
    return 0;
  }
  infer_shapes(model);
  const Facts facts = facts_of(model);
  output.result(to_json(model, facts));
  if (!output.json()) print(model, facts, output);
  return 0;
}

}  // namespace

void add_inspect(CommandCatalog& catalog) {
  catalog.add(entry<InspectOptions>(
      "train", {"model"}, {"model"},
      {"upkeep inspect model.h5", "upkeep inspect price@production --registry reg --json", "upkeep inspect model.onnx --graph"},
      run_inspect));
}

}  // namespace upkeep::commands
