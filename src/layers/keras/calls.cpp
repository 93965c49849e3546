#include "layers/keras/calls.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "layers/keras/operations.hpp"
#include "layers/keras/order.hpp"
#include "layers/view/training_flag.hpp"

namespace upkeep::layers {
namespace {

// What a call says of training. Keras 3 heeds no training=True in a model that only predicts.
std::optional<bool> training_in(const Json& entry, const Json& node, const Json& named) {
  const Json said = member(named, "training");
  if (!said.is_boolean()) return std::nullopt;
  if (!node.is_object()) return said.get<bool>();
  return said == false && says_training(entry) ? std::optional(false) : std::nullopt;
}

// What a layer is called with by name. Keras 3: {"args": [...], "kwargs": {...}}; Keras 2: beside the first reference.
Json named_arguments(const Json& node) {
  if (node.is_object()) return member(node, "kwargs");
  const bool alone = node.is_array() && node.size() > 3 && node[0].is_string();
  const bool listed = node.is_array() && !node.empty() && node[0].is_array() && node[0].size() > 3;
  return alone ? Json(node[3]) : listed ? Json(node[0][3]) : Json();
}

// The values that a layer is called with, in the layer's order: query, value and key by name too; a mask of attention is the last.
std::vector<Reference> read_values(const Json& node, const Json& named) {
  std::vector<Reference> values;
  if (node.is_object()) {
    collect(member(node, "args"), values);
  } else if (node.is_array() && !node.empty() && node[0].is_string()) {
    if (node.size() < 3) throw corrupt_keras("a layer is called with something that is no value");
    collect(Json{node[0], node[1], node[2]}, values);
  } else if (node.is_array()) {
    for (const Json& one : node) {
      const bool reference = one.is_array() && one.size() >= 3;
      collect(reference ? Json{one[0], one[1], one[2]} : one, values);
    }
  }
  if (!named.is_object()) return values;
  for (const char* key : {"query", "value", "key"}) collect(member(named, key), values);
  for (const auto& [key, value] : named.items())
    if (!is_mask_argument(key) && key != "query" && key != "value" && key != "key" && key != "attention_mask") collect(value, values);
  collect(member(named, "attention_mask"), values);
  return values;
}

}  // namespace

std::string frame(const Json& entry, std::size_t index) {
  std::string name = text(member(entry, "config"), "name");
  if (name.empty()) name = text(entry, "name");
  return upkeep::format("layers[{}] \"{}\" ({})", index, name, text(entry, "class_name"));
}

bool is_sequential(const Json& entry) {
  const std::string kind = text(entry, "class_name");
  return kind == "Sequential" || kind == "Pipeline";  // a layer that is a row of layers
}

bool is_model(const Json& entry) {
  const std::string kind = text(entry, "class_name");
  return is_sequential(entry) || kind == "Functional" || kind == "Model";
}

bool is_input(const Json& entry) { return text(entry, "class_name") == "InputLayer"; }

std::vector<Call> list_calls(const Json& layers, const KerasMasks& masks) {
  std::vector<Call> calls;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (masks.operations().contains(entry_name(layers[i]))) continue;
    if (is_input(layers[i])) calls.push_back({.index = i});
    const Json nodes = member(layers[i], "inbound_nodes");
    if (!nodes.is_array()) continue;
    for (std::size_t use = 0; use < nodes.size(); ++use)
      calls.push_back(in_context(frame(layers[i], i), [&] {
        if (is_operation(layers[i])) {
          OperationCall call = read_operation(layers[i], nodes[use]);
          return Call{
              .index = i, .use = static_cast<std::int64_t>(use), .reads = std::move(call.reads), .settings = std::move(call.settings)};
        }
        const Json named = named_arguments(nodes[use]);
        std::vector<Reference> reads = read_values(nodes[use], named);
        std::vector<GivenMask> given = masks.given(reads, named);
        return Call{.index = i,
                    .use = static_cast<std::int64_t>(use),
                    .reads = std::move(reads),
                    .settings = named,
                    .training = training_in(layers[i], nodes[use], named),
                    .masks = std::move(given)};
      }));
  }
  return calls;
}

void count_from_zero(std::vector<Reference>& outputs, std::vector<Call>& calls, const Json& layers) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!is_model(layers[i])) continue;
    const std::string name = entry_name(layers[i]);
    const Json nodes = member(layers[i], "inbound_nodes");
    const auto uses = static_cast<std::int64_t>(nodes.is_array() ? nodes.size() : 0);
    const bool keras3 = uses > 0 && nodes[0].is_object();
    std::vector<Reference*> to_it;
    for (Reference& one : outputs)
      if (one.layer == name) to_it.push_back(&one);
    bool shifted = keras3 && text(layers[i], "class_name") != "Sequential";
    for (Call& call : calls)
      for (Reference& one : call.reads)
        if (!keras3 && one.layer == name) to_it.push_back(&one);
    if (!keras3) shifted = std::ranges::any_of(to_it, [&](const Reference* one) { return one->use == uses; });
    if (shifted)
      for (Reference* one : to_it) one->use -= 1;
  }
}

void sort_by_run(std::vector<Call>& calls, const Json& layers, const std::vector<Reference>& outputs) {
  const auto run = keras_run(layers, outputs);
  std::ranges::stable_sort(calls, {}, [&](const Call& call) {
    const auto found = run.find({entry_name(layers[call.index]), call.use});
    return found == run.end() ? run.size() : found->second;
  });
}

}  // namespace upkeep::layers
