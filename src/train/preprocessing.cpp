#include "train/preprocessing.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"

namespace upkeep {
namespace {

std::vector<std::string> input_layers(const Architecture& net) {
  std::vector<std::string> names;
  for (const LayerSpec& layer : net.layers)
    if (layer.inputs.empty()) names.push_back(layer.name);
  return names;
}

std::vector<const LayerSpec*> readers_of(const Architecture& net, const std::string& name) {
  std::vector<const LayerSpec*> readers;
  for (const LayerSpec& layer : net.layers)
    if (std::ranges::contains(layer.inputs, name)) readers.push_back(&layer);
  return readers;
}

// The last of the layers behind `name` that only scale its numbers.
std::string scaled(const Architecture& net, std::string name) {
  while (true) {
    const std::vector<const LayerSpec*> readers = readers_of(net, name);
    if (readers.size() != 1 || (readers[0]->kind != "normalization" && readers[0]->kind != "rescaling")) return name;
    name = readers[0]->name;
  }
}

// Puts `layers` behind the layer `behind`; whoever read that one reads the last of them.
void insert(Architecture& net, const std::string& behind, std::vector<LayerSpec> layers) {
  for (LayerSpec& layer : net.layers) std::ranges::replace(layer.inputs, behind, layers.back().name);
  std::ranges::replace(net.outputs, behind, layers.back().name);
  net.layers.insert(net.layers.begin() + static_cast<std::ptrdiff_t>(net.index(behind)) + 1, layers.begin(), layers.end());
}

std::string free(const Architecture& net, std::string name) {
  std::ranges::replace_if(name, [](char c) { return c == '/' || c == ':' || c == '='; }, '_');
  return std::ranges::contains(net.layers, name, &LayerSpec::name) ? free_name(net, name) : name;
}

std::int64_t width_of(const Architecture& net, const std::string& input) {
  const Json shape = net.layer(input).settings.value("shape", Json());
  if (!shape.is_array() || shape.size() != 1 || !shape[0].is_number_integer())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("input \"{}\" is of shape {}", input, shape.dump()),
                "categories join an input of one axis, such as shape: [4]");
  return shape[0].get<std::int64_t>();
}

}  // namespace

Architecture with_categories(Architecture net, std::vector<Category>& categories, std::int64_t numbers) {
  const std::vector<std::string> inputs = input_layers(net);
  if (inputs.size() != 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("the net has {} inputs: {}", inputs.size(), join(inputs)),
                "categories join a net of one input; of others, write the input and the lookup into the architecture");
  const std::int64_t width = width_of(net, inputs[0]);
  const std::int64_t all = numbers + std::ssize(categories);
  if (width != numbers && width != all)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("input \"{}\" is {} wide, the table gives {} numbers and {} categories", inputs[0], width, numbers,
                               categories.size()),
                upkeep::format("shape: [{}]", numbers));
  const std::string last = scaled(net, inputs[0]);
  const auto first_reader = static_cast<std::ptrdiff_t>(net.index(last)) + 1;
  const std::string joined = free(net, "features");
  LayerSpec join_layer{.kind = "concatenate", .name = joined, .inputs = {}};
  if (numbers > 0) join_layer.inputs.push_back(last);
  for (LayerSpec& layer : net.layers) std::ranges::replace(layer.inputs, last, joined);
  std::vector<LayerSpec> added;
  for (Category& category : categories) {
    category.input = free(net, category.column);
    const bool texts = category.dtype == DType::kString;
    added.push_back({.kind = "input", .name = category.input, .settings = {{"shape", {1}}, {"dtype", to_string(category.dtype)}}});
    added.push_back({.kind = texts ? "string_lookup" : "integer_lookup",
                     .name = free(net, category.input + "_one_hot"),
                     .settings = {{"output_mode", "one_hot"}},
                     .inputs = {category.input}});
    join_layer.inputs.push_back(added.back().name);
  }
  if (join_layer.inputs.size() == 1) join_layer.kind = "identity";
  added.push_back(std::move(join_layer));
  net.layers.insert(net.layers.begin() + first_reader, added.begin(), added.end());
  if (numbers > 0) net.layers[net.index(inputs[0])].settings["shape"] = {numbers};
  else net.layers.erase(net.layers.begin(), net.layers.begin() + first_reader);
  return net;
}

Architecture with_gaps_filled(Architecture net, const std::string& input, const std::vector<double>& fills) {
  const std::string missing = free(net, input + "_missing");
  insert(net, input,
         {{.kind = "operation",
           .name = missing,
           // NaN alone differs from itself.
           .settings = {{"function", "not_equal"}, {"arguments", {{"x1", {{"input", 0}}}, {"x2", {{"input", 1}}}}}},
           .inputs = {input, input}},
          {.kind = "operation",
           .name = free(net, input + "_filled"),
           .settings = {{"function", "where"}, {"arguments", {{"condition", {{"input", 0}}}, {"x1", fills}, {"x2", {{"input", 1}}}}}},
           .inputs = {missing, input}}});
  return net;
}

}  // namespace upkeep
