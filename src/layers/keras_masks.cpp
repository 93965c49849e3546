#include "layers/keras_masks.hpp"

#include <algorithm>
#include <vector>

#include "layers/keras_parts.hpp"
#include "layers/layer.hpp"

namespace upkeep::layers {
namespace {

// {"args": [...], "kwargs": {...}} of a layer that is called once.
Json operation_call(const Json& layer) {
  const Json nodes = member(layer, "inbound_nodes");
  return nodes.is_array() && nodes.size() == 1 ? nodes[0] : Json();
}

void collect_tensors(const Json& json, std::vector<std::string>& names) {
  if (member(json, "class_name") == "__keras_tensor__") {
    const Json history = member(member(json, "config"), "keras_history");
    if (history.is_array() && !history.empty() && history[0].is_string()) names.push_back(history[0].get<std::string>());
  } else if (json.is_structured()) {
    for (const Json& item : json) collect_tensors(item, names);
  }
}

std::vector<std::string> tensors_of(const Json& layer) {
  std::vector<std::string> names;
  collect_tensors(member(operation_call(layer), "args"), names);
  return names;
}

std::string operation_name(const Json& layer) { return text(member(layer, "config"), "name"); }

// .keras files and to_json() say the module; .h5 files do not.
bool may_be_operation(const Json& layer) {
  const Json module = member(layer, "module");
  const Json kind = member(layer, "class_name");
  return module.is_string() ? module.get<std::string>().starts_with("keras.src.ops")
                            : kind.is_string() && !catalog().find(kind.get<std::string>());
}

// not_equal(x, v), where an Embedding with mask_zero or a Masking reads x and masks v.
bool is_made_by_a_layer(const Json& comparison, const Json& layers) {
  const Json arguments = member(operation_call(comparison), "args");
  const std::vector<std::string> read = tensors_of(comparison);
  if (member(comparison, "class_name") != "NotEqual" || read.size() != 1 || arguments.size() != 2 || !arguments[1].is_number())
    return false;
  return std::ranges::any_of(layers, [&](const Json& layer) {
    const Json config = member(layer, "config");
    const Json kind = member(layer, "class_name");
    const bool masks = (kind == "Embedding" && member(config, "mask_zero") == true && arguments[1] == 0) ||
                       (kind == "Masking" && member(config, "mask_value") == arguments[1]);
    return masks && tensors_of(layer) == read;
  });
}

}  // namespace

std::set<std::string> mask_operations(const Json& layers) {
  std::set<std::string> found;
  if (!layers.is_array()) return found;
  for (bool more = true; more;) {
    more = false;
    for (const Json& layer : layers) {
      if (!may_be_operation(layer) || found.contains(operation_name(layer))) continue;
      const std::vector<std::string> read = tensors_of(layer);
      const bool of_masks = !read.empty() && std::ranges::all_of(read, [&](const std::string& name) { return found.contains(name); });
      if (of_masks || is_made_by_a_layer(layer, layers)) more = found.insert(operation_name(layer)).second;
    }
  }
  return found;
}

bool is_mask_argument(const std::string& name) { return name == "mask" || (name.ends_with("_mask") && name != "attention_mask"); }

}  // namespace upkeep::layers
